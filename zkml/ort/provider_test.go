package ort

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestProviders(t *testing.T) {
	requireLibrary(t)
	names, err := Providers()
	if err != nil {
		t.Fatal(err)
	}
	if names[0] != ProviderCPU {
		t.Errorf("expected %q first, got %v", ProviderCPU, names)
	}
	for _, name := range append(names, "") {
		if err := CheckProvider(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestProviderRejects(t *testing.T) {
	requireLibrary(t)
	names, err := Providers()
	if err != nil {
		t.Fatal(err)
	}
	for name, missing := range map[string]string{
		ProviderCUDA:     "libonnxruntime_providers_shared.so and libonnxruntime_providers_cuda.so",
		ProviderTensorRT: "libonnxruntime_providers_shared.so and libonnxruntime_providers_tensorrt.so",
		"quantum":        "expected cpu, cuda or tensorrt",
		"CPU":            "expected cpu, cuda or tensorrt",
	} {
		t.Run("failure: "+name, func(t *testing.T) {
			if slices.Contains(names, name) {
				t.Skip("this machine has it")
			}
			_, err := NewSession(gemm(1), Options{Provider: name})
			for _, err := range []error{err, CheckProvider(name)} {
				if !errors.Is(err, ErrProvider) {
					t.Fatalf("expected %v, got %v", ErrProvider, err)
				}
				for _, part := range []string{`"` + name + `"`, missing, "available: cpu"} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("expected %q in %q", part, err)
					}
				}
			}
		})
	}
}

// Files of a provider that are there but are none, or lack what they need themselves, must be
// an error of the library and not its end. A process opens one library, so it is a process of its own.
func TestProviderBrokenFile(t *testing.T) {
	const child = "ASSAY_TEST_PROVIDER"
	if path := os.Getenv(child); path != "" {
		if err := Open(path); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{ProviderCUDA, ProviderTensorRT} {
			if err := CheckProvider(name); !errors.Is(err, ErrProvider) {
				t.Errorf("%s: expected %v, got %v", name, ErrProvider, err)
			}
		}
		return
	}
	requireLibrary(t)
	dir := t.TempDir()
	copied := filepath.Join(dir, libraryName)
	data, err := os.ReadFile(Path())
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		libraryName:    data,
		sharedProvider: []byte("not a library"),
	}
	for _, p := range providers {
		files[p.file] = []byte("not a library")
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rerun(t, "TestProviderBrokenFile", child+"="+copied)
}
