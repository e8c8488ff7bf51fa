package exec_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
	"github.com/assay-chain/assay/x/contract/vm/compile"
	"github.com/assay-chain/assay/x/contract/vm/exec"
	"github.com/assay-chain/assay/x/contract/vm/validate"
)

const page = binary.PageSize

// Types of module's functions.
const (
	procedure = iota // () → ()
	function         // () → i32
	unary            // (i32) → i32
)

// defined is a function of a module.
type defined struct {
	kind   uint32 // its type
	locals uint32
	body   []byte
}

// module imports function 0, () → i32, and defines the others. It has memory, a global and a table.
func module(funcs ...defined) []byte {
	var types, code [][]byte
	for _, f := range funcs {
		types, code = append(types, wire.U32(f.kind)), append(code, wire.Func(f.locals, f.body...))
	}
	return wire.Module(
		wire.Vector(wire.Type, wire.FuncType(0, false), wire.FuncType(0, true), wire.FuncType(1, true)),
		wire.Vector(wire.Import, wire.Imported("assay", "f", function)),
		wire.Vector(wire.Function, types...),
		wire.Vector(wire.Table, wire.Bytes(0x70, 0, 2)),
		wire.Vector(wire.Memory, wire.Bytes(0, 1)),
		wire.Vector(wire.Global, slices.Concat(wire.Bytes(0x7f, 1), wire.Const(0))),
		wire.Vector(wire.Code, code...),
	)
}

// config runs a module with a page of memory that may grow to three.
func config(t *testing.T, code []byte) exec.Config {
	t.Helper()
	m, err := binary.Decode(code, binary.DefaultLimits())
	require.NoError(t, err)
	info, err := validate.Module(m, binary.DefaultLimits())
	require.NoError(t, err)
	p, err := compile.Lower(m, info)
	require.NoError(t, err)
	return exec.Config{Program: p, Gas: 1 << 40, MinPages: 1, MaxPages: 3, TableSize: 2, Globals: 1, CallDepth: 256, StackSlots: 1 << 14}
}

// host answers calls of the imported function.
type host func() (uint32, error)

func (h host) CallHost(uint32, []uint32) (uint32, error) { return h() }

// requireTrap checks all of a trap that is not its cause.
func requireTrap(t *testing.T, err error, code exec.TrapCode, fn uint32, offset int) {
	t.Helper()
	require.ErrorIs(t, err, code)
	trap, ok := err.(*exec.Trap) //nolint:errorlint // a trap is given as it is
	require.True(t, ok)
	require.Equal(t, fn, trap.Func)
	require.Equal(t, offset, trap.Offset)
}

// TestReuse: nothing of one instance can be seen in the next, however the machine went from one to the other.
func TestReuse(t *testing.T) {
	const (
		dirty = 1 + iota
		readLocal
		callElement
		seven
	)
	c := config(t, module(
		defined{procedure, 100, slices.Concat(
			wire.Bytes(0x41, 1, 0x40, 0, 0x1a),                                               // drop (memory.grow 1)
			wire.Bytes(0x41, 0, 0x41, 0x7f, 0x41), wire.S32(2*page), wire.Bytes(0xfc, 11, 0), // memory.fill 0 -1 (2 pages)
			wire.Bytes(0x41, 7, 0x24, 0, 0x41, 7, 0x21, 0, 0x41, 7, 0x21, 99), // global and locals are 7
			wire.Bytes(0x41, 7, 0x41, 7, 0x41, 7, 0x10, seven, 0x1a, 0x1a, 0x1a, 0x1a),
		)},
		defined{function, 100, wire.Bytes(0x20, 0, 0x20, 99, 0x72)},
		defined{function, 0, wire.Bytes(0x41, 0, 0x11, function, 0)},
		defined{function, 0, wire.Bytes(0x41, 7)},
	))
	for _, between := range []struct {
		name string
		do   func(m *exec.Machine)
	}{
		{"success: reset", func(*exec.Machine) {}},
		{"success: all kept", func(m *exec.Machine) { m.Clear(1 << 20) }},
		{"success: memory gone", func(m *exec.Machine) { m.Clear(page) }},
		{"success: all gone", func(m *exec.Machine) { m.Clear(0) }},
	} {
		t.Run(between.name, func(t *testing.T) {
			var m exec.Machine
			for range 3 {
				m.Reset(c)
				require.Equal(t, c.Gas, m.Gas())
				require.Equal(t, make([]byte, page), m.Memory())
				require.Zero(t, m.Global(0))
				v, err := m.Call(readLocal)
				require.NoError(t, err)
				require.Zero(t, v)
				_, err = m.Call(callElement)
				require.ErrorIs(t, err, exec.TrapUninitializedElement)

				_, err = m.Call(dirty)
				require.NoError(t, err)
				require.Len(t, m.Memory(), 2*page)
				require.Equal(t, byte(0xff), m.Memory()[2*page-1])
				require.Equal(t, uint32(7), m.Global(0))
				v, err = m.Call(readLocal)
				require.NoError(t, err)
				require.Zero(t, v)
				require.True(t, m.Elements(0, []uint32{seven, seven}))
				v, err = m.Call(callElement)
				require.NoError(t, err)
				require.Equal(t, uint32(7), v)
				between.do(&m)
			}
			// An instance that is smaller has less of all.
			m.Reset(c)
			_, err := m.Call(dirty)
			require.NoError(t, err)
			small := c
			small.MinPages, small.TableSize, small.Globals = 0, 1, 0
			between.do(&m)
			m.Reset(small)
			require.Empty(t, m.Memory())
			require.True(t, m.Elements(0, []uint32{seven}))
			require.False(t, m.Elements(1, []uint32{seven}))
		})
	}
}

// TestGrow has one page of at most three. The instructions cost 11 besides.
func TestGrow(t *testing.T) {
	code := module(defined{unary, 0, wire.Bytes(0x20, 0, 0x40, 0)})
	at := len(code) - 3
	for _, c := range []struct {
		name   string
		by     uint32
		gas    uint64
		result uint32
		pages  int
		used   uint64
	}{
		{"success: by nothing", 0, 20, 1, 1, 11},
		{"success: by one", 1, 1011, 1, 2, 1011},
		{"success: to the limit", 2, 2020, 1, 3, 2011},
		{"success: refused beyond the limit, for free", 3, 20, ^uint32(0), 1, 11},
		{"success: refused by the most there can be", ^uint32(0), 20, ^uint32(0), 1, 11},
		{"failure: out of gas by one", 1, 1010, 0, 1, 1010},
		{"failure: out of gas by two", 2, 2010, 0, 1, 2010},
	} {
		t.Run(c.name, func(t *testing.T) {
			var fresh, reused exec.Machine
			cfg := config(t, code)
			cfg.Gas = 1 << 20
			reused.Reset(cfg)
			_, err := reused.Call(1, 2)
			require.NoError(t, err)
			for i := range reused.Memory() { // all that may come back
				reused.Memory()[i] = 0xff
			}
			cfg.Gas = c.gas
			for _, m := range []*exec.Machine{&fresh, &reused} {
				m.Reset(cfg)
				m.Memory()[page-1] = 7
				v, err := m.Call(1, c.by)
				if c.result == 0 {
					requireTrap(t, err, exec.TrapOutOfGas, 1, at)
				} else {
					require.NoError(t, err)
				}
				require.Equal(t, c.result, v)
				want := make([]byte, c.pages*page)
				want[page-1] = 7
				require.Equal(t, want, m.Memory())
				require.Equal(t, c.used, c.gas-m.Gas())
			}
		})
	}
}

func TestSlice(t *testing.T) {
	var m, without exec.Machine
	c := config(t, module())
	m.Reset(c)
	c.MinPages = 0
	without.Reset(c)
	const most = ^uint32(0)
	for _, c := range []struct {
		name   string
		m      *exec.Machine
		ptr, n uint32
		ok     bool
	}{
		{"success: nothing", &m, 0, 0, true},
		{"success: nothing at the end", &m, page, 0, true},
		{"success: the last byte", &m, page - 1, 1, true},
		{"success: all", &m, 0, page, true},
		{"success: nothing of no memory", &without, 0, 0, true},
		{"failure: nothing behind the end", &m, page + 1, 0, false},
		{"failure: one more than all", &m, 0, page + 1, false},
		{"failure: all, one later", &m, 1, page, false},
		{"failure: a sum of 2^32", &m, most, 1, false},
		{"failure: the largest sum", &m, most, most, false},
		{"failure: nothing at the largest address", &m, most, 0, false},
		{"failure: a byte of no memory", &without, 0, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, ok := c.m.Slice(c.ptr, c.n)
			require.Equal(t, c.ok, ok)
			if ok {
				require.Len(t, b, int(c.n))
				require.Equal(t, len(b), cap(b))
			} else {
				require.Nil(t, b)
			}
		})
	}
}

func TestElements(t *testing.T) {
	for _, c := range []struct {
		name   string
		offset uint32
		funcs  []uint32
		ok     bool
	}{
		{"success: all", 0, []uint32{1, 1}, true},
		{"success: the last", 1, []uint32{1}, true},
		{"success: none at the end", 2, nil, true},
		{"failure: none behind the end", 3, nil, false},
		{"failure: one too many", 0, []uint32{1, 1, 1}, false},
		{"failure: the largest offset", ^uint32(0), []uint32{1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m exec.Machine
			m.Reset(config(t, module(defined{unary, 0, wire.Bytes(0x20, 0)}, defined{unary, 0, wire.Bytes(0x41, 3, 0x20, 0, 0x11, unary, 0)})))
			require.Equal(t, c.ok, m.Elements(c.offset, c.funcs))
			for i := range uint32(2) {
				v, err := m.Call(2, i)
				if c.ok && i >= c.offset && i < c.offset+uint32(len(c.funcs)) {
					require.NoError(t, err)
					require.Equal(t, uint32(3), v)
				} else { // of what does not fit nothing is written
					require.ErrorIs(t, err, exec.TrapUninitializedElement)
				}
			}
		})
	}
}

// TestTraps: a trap has the function and the place of what trapped, or of the block that could not be paid: of the first
// instruction there that the internal form has.
func TestTraps(t *testing.T) {
	const calls, callee = 1, 2 // function 1 calls function 2
	failed := errors.New("failed")
	own := &exec.Trap{Code: exec.TrapOutOfGas, Func: 9, Offset: 99}
	for _, c := range []struct {
		name string
		body []byte // of the callee, () → i32
		host host
		set  func(c *exec.Config)
		code exec.TrapCode
		fn   uint32
		at   int // from the beginning of that function's body
	}{
		{"failure: unreachable", wire.Bytes(0x01, 0x00), nil, nil, exec.TrapUnreachable, callee, 1},
		{"failure: division", wire.Bytes(0x41, 1, 0x41, 0, 0x6d), nil, nil, exec.TrapDivideByZero, callee, 4},
		{"failure: memory", wire.Bytes(0x41, 0x7f, 0x28, 0, 0), nil, nil, exec.TrapMemory, callee, 2},
		{"failure: bulk memory", wire.Bytes(0x41, 0, 0x41, 0, 0x41, 0x7f, 0xfc, 11, 0, 0x41, 0), nil, nil, exec.TrapMemory, callee, 6},
		{
			"failure: gas of a bulk", wire.Bytes(0x41, 0, 0x41, 0, 0x41, 17, 0xfc, 11, 0, 0x41, 0),
			nil, gas(11 + 8 + 1), exec.TrapOutOfGas, callee, 6,
		},
		{"failure: element", wire.Bytes(0x41, 2, 0x11, function, 0), nil, nil, exec.TrapUndefinedElement, callee, 2},
		{"failure: gas of the first block", wire.Bytes(0x41, 0), nil, gas(10), exec.TrapOutOfGas, calls, 1},
		{"failure: gas of a call", wire.Bytes(0x41, 0, 0x45), nil, gas(12), exec.TrapOutOfGas, callee, 2},
		{
			"failure: gas of a later block", wire.Bytes(0x41, 0, 0x04, 0x40, 0x0b, 0x03, 0x40, 0x0c, 0, 0x0b, 0x41, 0),
			nil, gas(14), exec.TrapOutOfGas, callee, 7,
		},
		{"failure: call depth", wire.Bytes(0x41, 0), nil, func(c *exec.Config) { c.CallDepth = 1 }, exec.TrapCallStack, calls, 1},
		{"failure: no call depth", wire.Bytes(0x41, 0), nil, func(c *exec.Config) { c.CallDepth = 0 }, exec.TrapCallStack, calls, 1},
		{"failure: stack", wire.Bytes(0x41, 0), nil, func(c *exec.Config) { c.StackSlots = 0 }, exec.TrapCallStack, calls, 1},
		{"failure: error of the host", wire.Bytes(0x01, 0x10, 0), func() (uint32, error) { return 0, failed }, nil, exec.TrapHost, callee, 1},
		{
			"failure: error of the host that wraps a trap", wire.Bytes(0x10, 0),
			func() (uint32, error) { return 0, fmt.Errorf("wrapped: %w", own) }, nil, exec.TrapHost, callee, 0,
		},
		{"failure: gas of the host function", wire.Bytes(0x01, 0x10, 0), nil, func(c *exec.Config) {
			c.Gas = 30
			c.Program.Funcs[0].Gas = 10
		}, exec.TrapOutOfGas, callee, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := wire.Bytes(0x01, 0x10, callee, 0x45)
			code := module(defined{function, 0, first}, defined{function, 0, c.body})
			at := len(code) - len(c.body) - 1 // after a body is its end
			if c.fn == calls {
				at -= 2 + len(first) + 1 // before it are its size and the number of its locals
			}
			var m exec.Machine
			cfg := config(t, code)
			cfg.Host = c.host
			if c.set != nil {
				c.set(&cfg)
			}
			m.Reset(cfg)
			_, err := m.Call(calls)
			requireTrap(t, err, c.code, c.fn, at+c.at)
			require.False(t, m.Running())
			if c.code == exec.TrapOutOfGas {
				require.Zero(t, m.Gas())
			}
			if c.code == exec.TrapHost {
				_, cause := c.host()
				require.Equal(t, cause, errors.Unwrap(err))
			}
		})
	}
}

// gas limits the gas of a run.
func gas(n uint64) func(*exec.Config) { return func(c *exec.Config) { c.Gas = n } }

// TestTrapOfHost: a trap that the host function gives is the run's, also where the function is called as an export.
func TestTrapOfHost(t *testing.T) {
	own := &exec.Trap{Code: exec.TrapMemory, Func: 9, Offset: 99}
	failed := errors.New("failed")
	var result error
	var m exec.Machine
	c := config(t, module(defined{function, 0, wire.Bytes(0x10, 0)}))
	c.Host = host(func() (uint32, error) { return 5, result })
	for index := range uint32(2) {
		m.Reset(c)
		v, err := m.Call(index)
		require.NoError(t, err)
		require.Equal(t, uint32(5), v)
		result = own
		_, err = m.Call(index)
		require.Same(t, own, err)
		result = failed
		_, err = m.Call(index)
		require.ErrorIs(t, err, exec.TrapHost)
		require.ErrorIs(t, err, failed)
		result = nil
	}
	c.Program.Funcs[0].Gas = 10
	c.Gas = 9
	m.Reset(c)
	_, err := m.Call(0)
	requireTrap(t, err, exec.TrapOutOfGas, 0, 0)
	require.Zero(t, m.Gas())
}

// TestStack sums up to n by n+1 calls within each other. Each frame has four slots, and the next one begins at its third,
// where the argument is; of the wide ones these are 308 and 307. The machine begins with room for 1,024 slots and 32 frames.
func TestStack(t *testing.T) {
	sum := defined{unary, 0, wire.Bytes(0x20, 0, 0x04, 0x7f, 0x20, 0, 0x20, 0, 0x41, 1, 0x6b, 0x10, 1, 0x6a, 0x05, 0x41, 0, 0x0b)}
	wide := defined{unary, 300, sum.body}
	var reused exec.Machine
	for _, c := range []struct {
		name  string
		f     defined
		n     uint32
		depth uint32
		slots uint32
		ok    bool
	}{
		{"success: many frames", sum, 5000, 5001, 1 << 20, true},
		{"success: as many frames as may be", sum, 99, 100, 1 << 14, true},
		{"failure: one frame more", sum, 100, 100, 1 << 14, false},
		{"success: as many slots as may be", sum, 9, 256, 9*2 + 4, true},
		{"failure: one slot more", sum, 9, 256, 9*2 + 3, false},
		{"success: more frames than at first", sum, 31, 256, 1 << 14, true},
		{"success: wide frames", wide, 40, 256, 40*306 + 308, true},
		{"failure: wide frames", wide, 40, 256, 40*306 + 307, false},
		{"failure: no frame", sum, 0, 0, 1 << 14, false},
		{"success: fewer slots than at first", sum, 0, 1, 4, true},
		{"failure: fewer slots than at first", sum, 0, 1, 3, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(t, module(c.f))
			cfg.CallDepth, cfg.StackSlots = c.depth, c.slots
			var fresh exec.Machine
			for _, m := range []*exec.Machine{&fresh, &reused} { // what a machine has room for does not matter
				m.Reset(cfg)
				v, err := m.Call(1, c.n)
				if !c.ok {
					require.ErrorIs(t, err, exec.TrapCallStack)
					require.Zero(t, v)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, c.n*(c.n+1)/2, v)
			}
			require.Equal(t, fresh.Gas(), reused.Gas())
		})
	}
}

func TestCharge(t *testing.T) {
	var m exec.Machine
	c := config(t, module())
	c.Gas = 10
	m.Reset(c)
	require.True(t, m.Charge(4))
	require.True(t, m.Charge(6))
	require.True(t, m.Charge(0))
	require.False(t, m.Charge(1))
	m.Reset(c)
	require.False(t, m.Charge(1<<63))
	require.Zero(t, m.Gas(), "what is left is taken")
}
