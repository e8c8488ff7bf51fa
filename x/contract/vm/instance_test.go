package vm_test

import (
	"errors"
	"testing"

	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"

	"github.com/assay-chain/assay/x/contract/vm"
)

// one is a module of one function, "run", with memory of a page.
func one(params int, result bool, locals uint32, body ...byte) []byte {
	return wire.Module(
		wire.Vector(wire.Type, wire.FuncType(params, result)),
		wire.Vector(wire.Function, wire.U32(0)),
		wire.Vector(wire.Memory, wire.Bytes(0, 1)),
		wire.Vector(wire.Export, wire.Exported("run", 0, 0)),
		wire.Vector(wire.Code, wire.Func(locals, body...)),
	)
}

func TestTraps(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		code vm.TrapCode
		at   int // in the body
	}{
		"failure: unreachable":    {wire.Bytes(0x01, 0x00), vm.TrapUnreachable, 1},
		"failure: divide by zero": {wire.Bytes(0x41, 1, 0x41, 0, 0x6d, 0x1a), vm.TrapDivideByZero, 4},
		"failure: overflow":       {wire.Bytes(0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x41, 0x7f, 0x6d, 0x1a), vm.TrapIntegerOverflow, 8},
		"failure: load":           {wire.Bytes(0x41, 0x7f, 0x28, 0, 0, 0x1a), vm.TrapMemory, 2},
		"failure: out of gas":     {wire.Bytes(0x03, 0x40, 0x0c, 0, 0x0b), vm.TrapOutOfGas, 2},
		"failure: call stack":     {wire.Bytes(0x10, 0), vm.TrapCallStack, 0},
	} {
		t.Run(name, func(t *testing.T) {
			code := one(0, false, 0, c.body...)
			in := instance(t, code)
			if c.code == vm.TrapOutOfGas {
				m := in.Module()
				short, err := m.Instantiate(nil, 1000)
				if err != nil {
					t.Fatal(err)
				}
				defer short.Release()
				in = short
			}
			_, err := in.Call("run")
			var trap *vm.Trap
			if !errors.As(err, &trap) || !errors.Is(err, c.code) {
				t.Fatalf("expected %v, got %v", c.code, err)
			}
			if at := len(code) - len(c.body) - 1 + c.at; trap.Offset != at {
				t.Errorf("expected offset %#x, got %#x", at, trap.Offset)
			}
			if c.code == vm.TrapOutOfGas && in.GasUsed() != 1000 {
				t.Errorf("expected all gas to be used, got %d", in.GasUsed())
			}
		})
	}
}

func TestCallErrors(t *testing.T) {
	in := instance(t, one(1, true, 0, 0x20, 0))
	if _, err := in.Call("walk"); !errors.Is(err, vm.ErrExport) {
		t.Errorf("expected %v, got %v", vm.ErrExport, err)
	}
	if _, err := in.Call("run"); !errors.Is(err, vm.ErrArguments) {
		t.Errorf("expected %v, got %v", vm.ErrArguments, err)
	}
	if in.GasUsed() != 0 {
		t.Errorf("expected no gas to be used, got %d", in.GasUsed())
	}
}

func TestHostFunctions(t *testing.T) {
	failed := errors.New("failed")
	hosts, err := vm.NewHosts(vm.HostFunc{
		Module: "assay", Name: "f", Params: 2, Result: true, Gas: 100,
		Call: func(in *vm.Instance, args []uint32) (uint32, error) {
			switch args[0] {
			case 0:
				return args[1] + 1, in.Write(8, []byte{42})
			case 1:
				return 0, failed
			case 2:
				return 0, in.Charge(1 << 60)
			}
			_, err := in.Call("run", 0, 0)
			return 0, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	code := wire.Module(
		wire.Vector(wire.Type, wire.FuncType(2, true)),
		wire.Vector(wire.Import, wire.Imported("assay", "f", 0)),
		wire.Vector(wire.Function, wire.U32(0)),
		wire.Vector(wire.Memory, wire.Bytes(0, 1)),
		wire.Vector(wire.Export, wire.Exported("run", 0, 1), wire.Exported("again", 0, 0)),
		wire.Vector(wire.Code, wire.Func(0, 0x20, 0, 0x20, 1, 0x10, 0)),
	)
	if _, err := vm.Compile(code, nil, vm.DefaultLimits()); !errors.Is(err, vm.ErrImport) {
		t.Errorf("expected %v, got %v", vm.ErrImport, err)
	}
	m, err := vm.Compile(code, hosts, vm.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, export := range []string{"run", "again"} {
		in, err := m.Instantiate(nil, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := in.Call(export, 0, 6); err != nil || v != 7 {
			t.Errorf("%s: expected 7, got %d, %v", export, v, err)
		}
		if b, err := in.Read(8, 1); err != nil || b[0] != 42 {
			t.Errorf("%s: expected 42 in memory, got %v, %v", export, b, err)
		}
		if want := map[string]uint64{"run": 112, "again": 100}[export]; in.GasUsed() != want {
			t.Errorf("%s: expected %d gas, got %d", export, want, in.GasUsed())
		}
		if _, err := in.Call(export, 1, 0); !errors.Is(err, vm.TrapHost) || !errors.Is(err, failed) {
			t.Errorf("%s: expected %v of the host, got %v", export, failed, err)
		}
		if _, err := in.Call(export, 2, 0); !errors.Is(err, vm.TrapOutOfGas) || in.GasLeft() != 0 {
			t.Errorf("%s: expected %v, got %v", export, vm.TrapOutOfGas, err)
		}
		in.Release()
	}
	in, err := m.Instantiate(nil, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Release()
	if _, err := in.Call("run", 3, 0); !errors.Is(err, vm.ErrRunning) {
		t.Errorf("expected %v, got %v", vm.ErrRunning, err)
	}
}

func TestNoAllocations(t *testing.T) {
	in := instance(t, kernel(t, "fib"))
	if n := testing.AllocsPerRun(100, func() {
		if _, err := in.Call("run", 10); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("expected no allocations, got %v", n)
	}
}

func TestReleasedMemoryIsZero(t *testing.T) {
	m, err := vm.Compile(one(0, false, 0), nil, vm.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		in, err := m.Instantiate(nil, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := in.Read(64, 4); err != nil || b[0] != 0 {
			t.Fatalf("expected zero, got %v, %v", b, err)
		}
		if err := in.Write(64, []byte{1, 2, 3, 4}); err != nil {
			t.Fatal(err)
		}
		in.Release()
	}
}

func TestCache(t *testing.T) {
	code := one(0, false, 0)
	compile := func() (*vm.Module, error) { return vm.Compile(code, nil, vm.DefaultLimits()) }
	m, err := compile()
	if err != nil {
		t.Fatal(err)
	}
	never := func() (*vm.Module, error) { t.Fatal("compiled again"); return nil, nil }
	c := vm.NewCache(2*m.Size() + 1)
	failed := errors.New("failed")
	if _, err := c.Get([32]byte{9}, func() (*vm.Module, error) { return nil, failed }); !errors.Is(err, failed) || c.Len() != 0 {
		t.Errorf("expected %v and an empty cache, got %v and %d", failed, err, c.Len())
	}
	c.Pin([32]byte{0})
	for i := range byte(4) {
		if _, err := c.Get([32]byte{i}, compile); err != nil {
			t.Fatal(err)
		}
	}
	if c.Len() != 2 || c.Bytes() != 2*m.Size() {
		t.Errorf("expected two modules of %d bytes, got %d of %d", m.Size(), c.Len(), c.Bytes())
	}
	for _, i := range []byte{0, 3} { // pinned, and the last
		if _, err := c.Get([32]byte{i}, never); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzExec compiles anything and runs what is accepted.
func FuzzExec(f *testing.F) {
	f.Add(one(0, false, 0), uint32(0))
	f.Add(one(1, true, 3, 0x20, 0, 0x41, 7, 0x6a), uint32(1))
	sample, _ := wire.Sample()
	f.Add(sample, uint32(2))
	f.Fuzz(func(t *testing.T, code []byte, x uint32) {
		m, err := vm.Compile(code, nil, testLimits())
		if errors.Is(err, vm.TrapInternal) {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		in, err := m.Instantiate(nil, 10_000)
		for _, e := range m.Exports() {
			if params, _, ok := m.FuncType(e.Name); ok && err == nil {
				args := make([]uint32, params)
				for i := range args {
					args[i] = x
				}
				_, _ = in.Call(e.Name, args...)
			}
		}
		in.Release()
		if vm.Panics() != deliberate.Load() {
			t.Fatal("the interpreter panicked")
		}
	})
}
