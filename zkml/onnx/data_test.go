package onnx

import (
	"os"
	"path/filepath"
	"testing"
)

// dataFile returns the content of a third-party file, and skips the test where it is absent.
func dataFile(t testing.TB, name ...string) []byte {
	t.Helper()
	path := filepath.Join(append([]string{dataRoot()}, name...)...)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("third-party data is absent: %v", err)
	}
	return b
}

// dataRoot is the folder of third-party data: ASSAY_DATA, or shared/data beside the repository.
func dataRoot() string {
	if dir := os.Getenv("ASSAY_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared", "data")
}
