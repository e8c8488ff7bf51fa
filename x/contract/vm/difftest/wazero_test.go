package difftest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/assay-chain/assay/x/contract/vm"
)

// peer is a runtime of wazero with the host functions in place. It serves one goroutine.
type peer struct {
	runtime wazero.Runtime
}

type hostKey struct{}

// interpreter and compiler are made once a process: making one costs more than a run.
var (
	interpreter = sync.OnceValue(func() *peer { return newPeer(wazero.NewRuntimeConfigInterpreter()) })
	compiler    = sync.OnceValue(func() *peer { return newPeer(wazero.NewRuntimeConfigCompiler()) })
)

func newPeer(config wazero.RuntimeConfig) *peer {
	ctx := context.Background()
	// Without reference types wazero checks element segments against the table; with them it ignores those that do not fit.
	features := api.CoreFeaturesV1 | api.CoreFeatureSignExtensionOps | api.CoreFeatureBulkMemoryOperations
	config = config.WithCoreFeatures(features).WithMemoryLimitPages(maxPages).WithDebugInfoEnabled(false)
	r := wazero.NewRuntimeWithConfig(ctx, config)
	b := r.NewHostModuleBuilder("assay")
	for i, h := range hostTypes {
		params := make([]api.ValueType, h.params)
		for j := range params {
			params[j] = api.ValueTypeI32
		}
		var results []api.ValueType
		if h.result {
			results = []api.ValueType{api.ValueTypeI32}
		}
		b = b.NewFunctionBuilder().WithGoModuleFunction(peerHost(i), params, results).Export(h.name)
	}
	if _, err := b.Instantiate(ctx); err != nil {
		panic(err)
	}
	return &peer{r}
}

// peerHost adapts a host function of hostTypes to wazero.
func peerHost(index int) api.GoModuleFunc {
	return func(ctx context.Context, m api.Module, stack []uint64) {
		h := ctx.Value(hostKey{}).(*hostState)
		h.write = func(ptr, value uint32) error {
			if mem := m.ExportedMemory("memory"); mem == nil || !mem.WriteUint32Le(ptr, value) {
				return errPoke
			}
			return nil
		}
		args := make([]uint32, hostTypes[index].params)
		for i := range args {
			args[i] = uint32(stack[i])
		}
		value, err := h.call(index, args)
		if err != nil {
			panic(err)
		}
		if hostTypes[index].result {
			stack[0] = uint64(value)
		}
	}
}

type peerInstance struct {
	ctx      context.Context
	compiled wazero.CompiledModule
	module   api.Module
}

func (p *peer) instantiate(code []byte, host *hostState) (instance, string) {
	ctx := context.WithValue(context.Background(), hostKey{}, host)
	compiled, err := p.runtime.CompileModule(ctx, code)
	if err != nil {
		if strings.Contains(err.Error(), "exceeds min table size") {
			return nil, kindTable // found early; by the specification a module fails to instantiate for it
		}
		panic(fmt.Sprintf("compile: %v", err)) // the generator made an invalid module
	}
	module, err := p.runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		_ = compiled.Close(ctx)
		return nil, peerKind(err)
	}
	return &peerInstance{ctx, compiled, module}, ""
}

func (i *peerInstance) call(export string, args ...uint32) (uint32, string) {
	wide := make([]uint64, len(args))
	for j, a := range args {
		wide[j] = uint64(a)
	}
	out, err := i.module.ExportedFunction(export).Call(i.ctx, wide...)
	if err != nil {
		return 0, peerKind(err)
	}
	if len(out) == 0 {
		return 0, ""
	}
	return uint32(out[0]), ""
}

func (i *peerInstance) memory() []byte {
	mem := i.module.ExportedMemory("memory")
	if mem == nil || mem.Size() == 0 {
		return nil
	}
	b, _ := mem.Read(0, mem.Size())
	return b
}

func (i *peerInstance) close() {
	_ = i.module.Close(i.ctx)
	_ = i.compiled.Close(i.ctx)
}

// peerKind finds the words that both implementations share in an error of wazero, whose sentinels are internal.
func peerKind(err error) string {
	if errors.Is(err, errPoke) {
		return kindHost
	}
	text := err.Error()
	if strings.HasPrefix(text, "data[") {
		return vm.TrapMemory.Error()
	}
	for _, kind := range []string{
		"unreachable", "integer divide by zero", "integer overflow", "out of bounds memory access", kindTable,
		"indirect call type mismatch",
	} {
		if strings.Contains(text, "wasm error: "+kind) {
			return kind
		}
	}
	return text
}
