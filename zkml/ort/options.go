package ort

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Optimization is ONNX Runtime's graph optimization level. The zero value is the runtime's default.
type Optimization int

// The levels, from the runtime's default (all) to none.
const (
	OptimizeDefault Optimization = iota
	OptimizeNone
	OptimizeBasic
	OptimizeExtended
	OptimizeAll
)

var levels = map[Optimization]onnxruntime.GraphOptimizationLevel{
	OptimizeNone:     onnxruntime.GraphOptimizationLevelDisableAll,
	OptimizeBasic:    onnxruntime.GraphOptimizationLevelEnableBasic,
	OptimizeExtended: onnxruntime.GraphOptimizationLevelEnableExtended,
	OptimizeAll:      onnxruntime.GraphOptimizationLevelEnableAll,
}

// Options are the session options of a model version. The zero value is ONNX Runtime's defaults
// with one thread; a canonical file needs Config to be onnx.SessionOptions.
type Options struct {
	// Config holds session configuration entries, such as session.disable_quant_qdq = 1: what
	// a manifest lists. Values change results, so take them from the manifest, all of them.
	Config map[string]string
	// Optimization changes speed, and in a canonical file never a bit.
	Optimization Optimization
	// Threads is the number of threads that one Run may use; 0 means 1, the caller's own. Runs side
	// by side share the others.
	Threads int
	// DisableArena gives memory back to the system after each run, for time.
	DisableArena bool
	// Provider is the execution provider: "" or ProviderCPU, ProviderCUDA, ProviderTensorRT. What a
	// GPU does not know runs on the CPU.
	Provider string
}

func (o Options) onCPU() bool { return o.Provider == "" || o.Provider == ProviderCPU }

// build makes the C object; the caller destroys it.
func (o Options) build() (*onnxruntime.SessionOptions, error) {
	if o.Threads < 0 {
		return nil, fmt.Errorf("threads: expected 0 or more, got %d", o.Threads)
	}
	level, ok := levels[o.Optimization]
	if !ok && o.Optimization != OptimizeDefault {
		return nil, fmt.Errorf("optimization: expected %d to %d, got %d", OptimizeDefault, OptimizeAll, o.Optimization)
	}
	s, err := onnxruntime.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	set := []func() error{
		func() error { return s.SetIntraOpNumThreads(max(o.Threads, 1)) },
		func() error { return s.SetInterOpNumThreads(1) },
	}
	if o.DisableArena {
		set = append(set, func() error { return s.SetCpuMemArena(false) })
	}
	if ok {
		set = append(set, func() error { return s.SetGraphOptimizationLevel(level) })
	}
	for _, key := range slices.Sorted(maps.Keys(o.Config)) {
		set = append(set, func() error { return s.AddSessionConfigEntry(key, o.Config[key]) })
	}
	set = append(set, func() error { return addProvider(s, o.Provider) })
	for _, f := range set {
		if err := f(); err != nil {
			return nil, errors.Join(err, s.Destroy())
		}
	}
	return s, nil
}
