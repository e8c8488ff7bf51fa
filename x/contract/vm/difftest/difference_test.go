package difftest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm"
)

// seeds is how many programs the plain test runs.
const seeds = 2000

// lengths of the bytes that programs are made of: most of the instructions that a short one has are leaves.
var lengths = []int{60, 200, 500, 1000, 2000, 4000}

func seeded(seed uint64) []byte { return stream(seed, lengths[seed%uint64(len(lengths))]) }

func TestDifferential(t *testing.T) {
	ours := newOwn(plenty)
	for seed := range uint64(seeds) {
		p := generate(seeded(seed))
		got := transcript(ours, p, seed, nil)
		if d := firstDifference(got, transcript(interpreter(), p, seed, nil)); d != "" {
			t.Errorf("seed %d, wazero's interpreter: %s", seed, d)
		}
		if seed%4 == 0 {
			if d := firstDifference(got, transcript(compiler(), p, seed, nil)); d != "" {
				t.Errorf("seed %d, wazero's compiler: %s", seed, d)
			}
		}
	}
	require.Zero(t, vm.Panics())
}

// FuzzDifferential looks for a program that runs otherwise here than in wazero.
func FuzzDifferential(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seeded(seed), seed)
	}
	ours := newOwn(plenty)
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		p := generate(data)
		got := transcript(ours, p, seed, nil)
		if d := firstDifference(got, transcript(interpreter(), p, seed, nil)); d != "" {
			t.Errorf("wazero's interpreter: %s\n%x", d, p.code)
		}
		if seed%16 == 0 {
			if d := firstDifference(got, transcript(compiler(), p, seed, nil)); d != "" {
				t.Errorf("wazero's compiler: %s\n%x", d, p.code)
			}
		}
		if vm.Panics() != 0 {
			t.Fatalf("panics: expected none, got %d", vm.Panics())
		}
	})
}

// TestGas runs programs with exactly the gas that they use, which changes nothing, and with one unit less, which ends them
// with all of it used.
func TestGas(t *testing.T) {
	for seed := range uint64(300) {
		p := generate(seeded(seed))
		m, err := vm.Compile(p.code, newOwn(0).hosts, wide())
		require.NoError(t, err)
		for i, e := range p.exports {
			id := fmt.Sprintf("seed %d, export %d", seed, i)
			value, kind, used := spend(t, m, e, plenty)
			again, sameKind, sameUsed := spend(t, m, e, used)
			require.Equal(t, value, again, id)
			require.Equal(t, kind, sameKind, id)
			require.Equal(t, used, sameUsed, id)
			if used > 0 {
				_, kind, used = spend(t, m, e, used-1)
				require.Equal(t, vm.TrapOutOfGas.Error(), kind, id)
				require.Equal(t, sameUsed-1, used, id)
			}
		}
	}
}

// spend runs one export of a new instance.
func spend(t *testing.T, m *vm.Module, e funcExport, gas uint64) (value uint32, kind string, used uint64) {
	t.Helper()
	in, err := m.Instantiate(&hostState{}, gas)
	defer in.Release()
	if err == nil {
		value, err = in.Call(e.name, make([]uint32, e.params)...)
	}
	require.Equal(t, gas, in.GasUsed()+in.GasLeft())
	return value, ownKind(err), in.GasUsed()
}
