package vm_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/assay-chain/assay/x/contract/vm"
)

// TestMain fails the package if the interpreter panicked in any test that did not make it.
func TestMain(m *testing.M) {
	code := m.Run()
	if n := vm.Panics() - deliberate.Load(); n != 0 {
		fmt.Fprintf(os.Stderr, "the interpreter panicked %d times\n", n)
		code = 1
	}
	os.Exit(code)
}

func TestKernels(t *testing.T) {
	for _, k := range kernels {
		t.Run(k.name, func(t *testing.T) {
			code := kernel(t, k.name)
			got, err := instance(t, code).Call("run", k.arg)
			if err != nil {
				t.Fatal(err)
			}
			want, err := interpreted(t, code).ExportedFunction("run").Call(context.Background(), uint64(k.arg))
			if err != nil {
				t.Fatal(err)
			}
			if uint64(got) != want[0] {
				t.Fatalf("expected %d as from wazero, got %d", want[0], got)
			}
		})
	}
}
