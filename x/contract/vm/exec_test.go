package vm_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/assay-chain/assay/x/contract/vm"
)

// testLimits allow growth, so that it is tested.
func testLimits() vm.Limits {
	l := vm.DefaultLimits()
	l.MemoryPages = 2
	l.StackSlots = 1 << 18 // the reference counts calls only
	return l
}

// agree runs an export on both runtimes and compares result, trap, gas and memory.
func agree(t *testing.T, code []byte, gas uint64, export string, args ...uint32) {
	t.Helper()
	m, err := vm.Compile(code, nil, testLimits())
	if err != nil {
		t.Fatalf("compile %x: %v", code, err)
	}
	ref := newReference(code, testLimits(), gas)
	in, err := m.Instantiate(nil, gas)
	defer in.Release()
	refErr := ref.prepare()
	if codeOf(err) != codeOf(refErr) {
		t.Fatalf("instantiate %x: expected %v, got %v", code, refErr, err)
	}
	if err != nil {
		return
	}
	want, wantErr := ref.call(export, args...)
	got, err := in.Call(export, args...)
	switch {
	case codeOf(err) != codeOf(wantErr):
		t.Fatalf("%x: expected %v, got %v", code, wantErr, err)
	case got != want:
		t.Fatalf("%x: expected %d, got %d", code, want, got)
	case in.GasUsed() != gas-ref.gas:
		t.Fatalf("%x: expected %d gas, got %d (%v)", code, gas-ref.gas, in.GasUsed(), err)
	}
	if memory, err := in.Read(0, uint32(len(ref.memory))); err != nil || !bytes.Equal(memory, ref.memory) {
		t.Fatalf("%x: memory differs", code)
	}
	if _, err := in.Read(uint32(len(ref.memory)), 1); err == nil {
		t.Fatalf("%x: memory is larger than %d bytes", code, len(ref.memory))
	}
}

func TestReferenceKernels(t *testing.T) {
	for name, arg := range map[string]uint32{"fnv": 100, "sieve": 300, "crc32": 100, "fib": 12, "dispatch": 20} {
		t.Run(name, func(t *testing.T) { agree(t, kernel(t, name), plenty, "run", arg) })
	}
}

func TestReferenceRandom(t *testing.T) {
	n := uint32(20_000)
	if testing.Short() {
		n = 2_000
	}
	for seed := range n {
		data := binary.LittleEndian.AppendUint32(nil, seed*2654435761)
		agree(t, randomModule(data), 3000, "run", seed, 5)
	}
}

// FuzzLowering runs programs made of the input on the interpreter and on the reference.
func FuzzLowering(f *testing.F) {
	f.Add([]byte(nil), uint32(0), uint32(0))
	f.Add([]byte("values that stay on the stack"), uint32(1), uint32(1<<31))
	f.Fuzz(func(t *testing.T, data []byte, x, y uint32) {
		if len(data) < 1<<12 {
			agree(t, randomModule(data), 3000, "run", x, y)
		}
	})
}
