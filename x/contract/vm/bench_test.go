package vm_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/assay-chain/assay/x/contract/vm"
)

// kernels are the programs of testdata/kernels, each with an argument that keeps it busy for a while.
var kernels = []struct {
	name string
	arg  uint32
}{
	{"fnv", 100_000},
	{"sieve", 49_152},
	{"matmul", 1},
	{"crc32", 100_000},
	{"fib", 20},
	{"dispatch", 2_000},
}

// plenty is gas that no benchmark uses up.
const plenty = 1 << 50

func kernel(tb testing.TB, name string) []byte {
	tb.Helper()
	code, err := os.ReadFile(filepath.Join("testdata", "kernels", name+".wasm"))
	if err != nil {
		tb.Fatal(err)
	}
	return code
}

// interpreted is wazero without its compiler.
func interpreted(tb testing.TB, code []byte) api.Module {
	tb.Helper()
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	tb.Cleanup(func() { _ = r.Close(ctx) })
	m, err := r.Instantiate(ctx, code)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func instance(tb testing.TB, code []byte) *vm.Instance {
	tb.Helper()
	m, err := vm.Compile(code, nil, vm.DefaultLimits())
	if err != nil {
		tb.Fatal(err)
	}
	in, err := m.Instantiate(nil, plenty)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(in.Release)
	return in
}

func BenchmarkVM(b *testing.B) {
	b.Run("cold", benchmarkCold)
	b.Run("cached", benchmarkCached)
	for _, k := range kernels {
		b.Run(k.name, func(b *testing.B) { benchmarkKernel(b, kernel(b, k.name), k.arg) })
	}
}

func benchmarkKernel(b *testing.B, code []byte, arg uint32) {
	b.Run("assay", func(b *testing.B) {
		in := instance(b, code)
		before := in.GasUsed()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := in.Call("run", arg); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(in.GasUsed()-before), "ns/gas")
	})
	b.Run("wazero", func(b *testing.B) {
		ctx := context.Background()
		run := interpreted(b, code).ExportedFunction("run")
		var stack [1]uint64
		b.ReportAllocs()
		for b.Loop() {
			stack[0] = uint64(arg)
			if err := run.CallWithStack(ctx, stack[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// benchmarkCold goes from bytes to a first result.
func benchmarkCold(b *testing.B) {
	code := kernel(b, "fib")
	b.Run("assay", func(b *testing.B) {
		l := vm.DefaultLimits()
		b.ReportAllocs()
		for b.Loop() {
			m, err := vm.Compile(code, nil, l)
			if err != nil {
				b.Fatal(err)
			}
			in, err := m.Instantiate(nil, plenty)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := in.Call("run", 1); err != nil {
				b.Fatal(err)
			}
			in.Release()
		}
	})
	b.Run("wazero", func(b *testing.B) {
		ctx := context.Background()
		b.ReportAllocs()
		for b.Loop() {
			r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
			m, err := r.Instantiate(ctx, code)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := m.ExportedFunction("run").Call(ctx, 1); err != nil {
				b.Fatal(err)
			}
			if err := r.Close(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// benchmarkCached goes from compiled code to a first result.
func benchmarkCached(b *testing.B) {
	code := kernel(b, "fib")
	b.Run("assay", func(b *testing.B) {
		m, err := vm.Compile(code, nil, vm.DefaultLimits())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			in, err := m.Instantiate(nil, plenty)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := in.Call("run", 1); err != nil {
				b.Fatal(err)
			}
			in.Release()
		}
	})
	b.Run("wazero", func(b *testing.B) {
		ctx := context.Background()
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
		defer func() { _ = r.Close(ctx) }()
		compiled, err := r.CompileModule(ctx, code)
		if err != nil {
			b.Fatal(err)
		}
		config := wazero.NewModuleConfig().WithName("")
		b.ReportAllocs()
		for b.Loop() {
			m, err := r.InstantiateModule(ctx, compiled, config)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := m.ExportedFunction("run").Call(ctx, 1); err != nil {
				b.Fatal(err)
			}
			if err := m.Close(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}
