package local

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/vm"
)

// Limits are those that the chain compiles with.
func Limits() vm.Limits {
	l := vm.DefaultLimits()
	l.CodeBytes = MaxCodeBytes
	l.MemoryPages = 1
	return l
}

// Load reads a file and checks it as the chain does when code is stored. Errors: those of the file, of vm.Compile and of
// host.Check.
func Load(path string) (*Code, error) {
	b, err := ReadBounded(path, MaxCodeBytes+1) // one more, so that Compile sees that it is too much
	if err != nil {
		return nil, err
	}
	return Compile(path, b)
}

// Compile is Load for bytes that are read already.
func Compile(path string, code []byte) (*Code, error) {
	m, err := vm.Compile(code, host.Functions(), Limits())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := host.Check(m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Code{Path: path, Size: len(code), Digest: sha256.Sum256(code), Module: m}, nil
}

// ReadBounded reads a file, or its first most bytes.
func ReadBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}
