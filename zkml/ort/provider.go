package ort

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// The execution providers. Only the CPU's results are those that a proof is about: CUDA and TensorRT
// choose kernels of their own, and nothing here makes them agree with it on every bit.
const (
	ProviderCPU      = "cpu"
	ProviderCUDA     = "cuda"
	ProviderTensorRT = "tensorrt"
)

// ErrProvider is returned for an execution provider that this library cannot use on this machine.
var ErrProvider = errors.New("onnx runtime execution provider")

// sharedProvider is what every provider outside the library itself is loaded through.
const sharedProvider = "libonnxruntime_providers_shared.so"

type provider struct {
	name string
	file string // beside the library
	add  func(*onnxruntime.SessionOptions) error
}

var providers = []provider{
	{ProviderCUDA, "libonnxruntime_providers_cuda.so", addCUDA},
	{ProviderTensorRT, "libonnxruntime_providers_tensorrt.so", addTensorRT},
}

// CheckProvider says whether sessions can be opened with the provider, "" being the CPU: ErrProvider
// names what is missing and which providers are available. It opens the library first if need be.
func CheckProvider(name string) error {
	if err := Open(""); err != nil {
		return err
	}
	s, err := onnxruntime.NewSessionOptions()
	if err != nil {
		return err
	}
	return errors.Join(addProvider(s, name), s.Destroy())
}

// Providers lists the execution providers that the open library can use on this machine, the CPU
// first. To find out, it loads their libraries, which for a GPU takes memory.
func Providers() ([]string, error) {
	if err := Open(""); err != nil {
		return nil, err
	}
	names := []string{ProviderCPU}
	for _, p := range providers {
		s, err := onnxruntime.NewSessionOptions()
		if err != nil {
			return nil, err
		}
		if p.try(s) == nil {
			names = append(names, p.name)
		}
		if err := s.Destroy(); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func addProvider(s *onnxruntime.SessionOptions, name string) error {
	if name == "" || name == ProviderCPU {
		return nil
	}
	for _, p := range providers {
		if p.name != name {
			continue
		}
		if err := p.try(s); err != nil {
			return fmt.Errorf("%w %q: %w; %s", ErrProvider, name, err, available())
		}
		return nil
	}
	return fmt.Errorf("%w %q: expected %s, %s or %s; %s", ErrProvider, name,
		ProviderCPU, ProviderCUDA, ProviderTensorRT, available())
}

func available() string {
	names, err := Providers()
	if err != nil {
		return "available: unknown: " + err.Error()
	}
	return "available: " + strings.Join(names, ", ")
}

// try adds the provider. Files are looked for first, because the library's own words for a missing
// one come from the dynamic linker and differ between its releases.
func (p provider) try(s *onnxruntime.SessionOptions) error {
	dir := filepath.Dir(Path())
	var missing []string
	for _, file := range []string{sharedProvider, p.file} {
		if regular(filepath.Join(dir, file)) != nil {
			missing = append(missing, file)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("expected %s beside the library in %q", strings.Join(missing, " and "), dir)
	}
	return p.add(s)
}

func addCUDA(s *onnxruntime.SessionOptions) error {
	o, err := onnxruntime.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	return errors.Join(s.AppendExecutionProviderCUDA(o), o.Destroy())
}

func addTensorRT(s *onnxruntime.SessionOptions) error {
	o, err := onnxruntime.NewTensorRTProviderOptions()
	if err != nil {
		return err
	}
	return errors.Join(s.AppendExecutionProviderTensorRT(o), o.Destroy())
}
