package vm_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"

	"github.com/assay-chain/assay/x/contract/vm"
)

// table is a module whose function "run" calls element i of a table of three: function 1 () → i32, nothing, and
// function 2 (i32) → i32.
func table() []byte {
	return wire.Module(
		wire.Vector(wire.Type, wire.FuncType(1, true), wire.FuncType(0, true)),
		wire.Vector(wire.Function, wire.U32(0), wire.U32(1), wire.U32(0)),
		wire.Vector(wire.Table, wire.Bytes(0x70, 0x00, 3)),
		wire.Vector(wire.Export, wire.Exported("run", 0, 0)),
		wire.Vector(wire.Element, slices.Concat(wire.Bytes(0), wire.Const(0), wire.Vec(wire.U32(1))),
			slices.Concat(wire.Bytes(0), wire.Const(2), wire.Vec(wire.U32(2)))),
		wire.Vector(wire.Code, wire.Func(0, 0x20, 0, 0x11, 1, 0), wire.Func(0, 0x41, 7), wire.Func(0, 0x20, 0)),
	)
}

func TestIndirectCalls(t *testing.T) {
	for name, c := range map[string]struct {
		element uint32
		code    vm.TrapCode
	}{
		"success":                         {element: 0},
		"failure: null element":           {1, vm.TrapUninitializedElement},
		"failure: another type":           {2, vm.TrapSignature},
		"failure: out of the table":       {3, vm.TrapUndefinedElement},
		"failure: the largest index":      {^uint32(0), vm.TrapUndefinedElement},
		"failure: the largest signed one": {1<<31 - 1, vm.TrapUndefinedElement},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := instance(t, table()).Call("run", c.element)
			if c.code == 0 {
				if err != nil || v != 7 {
					t.Fatalf("expected 7, got %d, %v", v, err)
				}
				return
			}
			if !errors.Is(err, c.code) {
				t.Fatalf("expected %v, got %v", c.code, err)
			}
		})
	}
}

// Addresses are sums of 33 bits: none wraps.
func TestMemoryEdges(t *testing.T) {
	load := func(op byte, offset uint32) []byte {
		return one(1, true, 0, slices.Concat(wire.Bytes(0x20, 0, op, 0), wire.U32(offset))...)
	}
	const page = 65536
	for name, c := range map[string]struct {
		op          byte
		at, offset  uint32
		outOfBounds bool
	}{
		"success: the last word":               {op: 0x28, at: page - 4},
		"success: the last word by its offset": {op: 0x28, offset: page - 4},
		"success: the last byte":               {op: 0x2d, at: page - 1},
		"success: the last half":               {op: 0x2f, at: page - 3, offset: 1},
		"failure: a byte behind it":            {op: 0x2d, at: page, outOfBounds: true},
		"failure: a word across the end":       {op: 0x28, at: page - 3, outOfBounds: true},
		"failure: a half across the end":       {op: 0x2e, at: page - 1, outOfBounds: true},
		"failure: the sum is 2^32":             {op: 0x28, at: ^uint32(0), offset: 1, outOfBounds: true},
		"failure: the sum is 2^32 + 4":         {op: 0x28, at: ^uint32(0), offset: 5, outOfBounds: true},
		"failure: both are the largest":        {op: 0x2d, at: ^uint32(0), offset: ^uint32(0), outOfBounds: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := instance(t, load(c.op, c.offset)).Call("run", c.at)
			if got := errors.Is(err, vm.TrapMemory); got != c.outOfBounds || (err != nil) != c.outOfBounds {
				t.Fatalf("expected out of bounds %t, got %v", c.outOfBounds, err)
			}
		})
	}
}

// A few calls with many locals use up the stack as many calls do.
func TestStackSlots(t *testing.T) {
	l := vm.DefaultLimits()
	l.StackSlots = 300
	for name, c := range map[string]struct {
		locals uint32
		code   vm.TrapCode
	}{
		"success: fits":                   {locals: 250},
		"failure: one frame":              {400, vm.TrapCallStack},
		"failure: the second frame's end": {200, vm.TrapCallStack},
	} {
		t.Run(name, func(t *testing.T) {
			body := wire.Bytes(0x20, 0, 0x45, 0x0d, 0, 0x41, 0, 0x10, 0) // unless 0, call itself with 0
			m, err := vm.Compile(one(1, false, c.locals, body...), nil, l)
			if err != nil {
				t.Fatal(err)
			}
			in, err := m.Instantiate(nil, plenty)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Release()
			arg := uint32(0)
			if c.locals == 200 {
				arg = 1
			}
			if _, err := in.Call("run", arg); (err == nil) != (c.code == 0) || err != nil && !errors.Is(err, c.code) {
				t.Fatalf("expected %v, got %v", c.code, err)
			}
		})
	}
}

// deliberate counts the panics that tests cause.
var deliberate atomic.Uint64

func TestPanicOfHost(t *testing.T) {
	hosts, err := vm.NewHosts(vm.HostFunc{Module: "assay", Name: "f", Call: func(*vm.Instance, []uint32) (uint32, error) {
		panic("a bug")
	}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := vm.Compile(wire.Module(
		wire.Vector(wire.Type, wire.FuncType(0, false)),
		wire.Vector(wire.Import, wire.Imported("assay", "f", 0)),
		wire.Vector(wire.Function, wire.U32(0)),
		wire.Vector(wire.Export, wire.Exported("run", 0, 1)),
		wire.Vector(wire.Code, wire.Func(0, 0x10, 0)),
	), hosts, vm.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	in, err := m.Instantiate(nil, plenty)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Release()
	before := vm.Panics()
	deliberate.Add(1)
	if _, err := in.Call("run"); !errors.Is(err, vm.TrapInternal) || vm.Panics() != before+1 {
		t.Fatalf("expected %v, counted once; got %v, %d", vm.TrapInternal, err, vm.Panics()-before)
	}
}

// An instance from the pool gives what a fresh one gives, and costs as much.
func TestPooledInstances(t *testing.T) {
	for _, k := range kernels {
		m, err := vm.Compile(kernel(t, k.name), nil, vm.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		var value uint32
		var gas uint64
		for i := range 3 {
			in, err := m.Instantiate(nil, 100_000)
			if err != nil {
				t.Fatal(err)
			}
			v, err := in.Call("run", 3)
			if i > 0 && (v != value || in.GasUsed() != gas) {
				t.Errorf("%s: expected %d for %d gas, got %d for %d (%v)", k.name, value, gas, v, in.GasUsed(), err)
			}
			value, gas = v, in.GasUsed()
			in.Release()
		}
	}
}

func TestCacheCompilesOnce(t *testing.T) {
	code := one(0, false, 0)
	c := vm.NewCache(1 << 20)
	var compiled atomic.Int32
	release := make(chan struct{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			m, err := c.Get([32]byte{1}, func() (*vm.Module, error) {
				compiled.Add(1)
				<-release
				return vm.Compile(code, nil, vm.DefaultLimits())
			})
			if err != nil || m == nil {
				t.Errorf("expected a module, got %v", err)
			}
		})
	}
	close(release)
	wg.Wait()
	if n := compiled.Load(); n != 1 {
		t.Errorf("expected one compilation, got %d", n)
	}
}
