package ort

import (
	"debug/elf"
	"fmt"
	"runtime"
	"strings"
)

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// versionPrefix is what ONNX Runtime's builds call the version of their symbols: VERS_1.24.3.
const versionPrefix = "VERS_"

// inspect reads what a library says of itself before any of its code runs: a file that is none, one
// for another processor, and a release of another series, which the binding would refuse with a number.
func inspect(path string) error {
	file, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("%w: open %q: expected a shared library: %w", ErrNoLibrary, path, err)
	}
	defer file.Close()
	if want, ok := machines[runtime.GOARCH]; ok && file.Machine != want {
		return fmt.Errorf("%w: open %q: expected a library for %v, got %v", ErrNoLibrary, path, want, file.Machine)
	}
	// A build without versioned symbols is asked for its version once it is open.
	versions, err := file.DynamicVersions()
	if err != nil {
		return nil
	}
	for _, v := range versions {
		if got, ok := strings.CutPrefix(v.Name, versionPrefix); ok && !inSeries(got) {
			return fmt.Errorf("%w: open %q: expected %s, got %s", ErrVersion, path, Series, got)
		}
	}
	return nil
}

func inSeries(version string) bool { return strings.HasPrefix(version, Series+".") }
