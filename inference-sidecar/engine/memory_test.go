package engine

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"syscall"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

// resident is the memory of this process that is in RAM, in bytes.
func resident(t testing.TB) int {
	t.Helper()
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skipf("needs /proc: %v", err)
	}
	pages, err := strconv.Atoi(string(bytes.Fields(data)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// A model of a version that was replaced must leave nothing behind, or a device dies of updates.
func TestCloseFreesMemory(t *testing.T) {
	requireLibrary(t)
	if err := exec.Command(os.Args[0], "-test.run=^$").Run(); errors.Is(err, syscall.ENOEXEC) {
		t.Skipf("needs a process of its own: an emulator's memory is not the program's: %v", err)
	}
	data, _ := source{"camera", nil}.canonical(t)
	cycle := func(times int) {
		for range times {
			m, err := Load(data, onnx.SessionOptions(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			held := m.Frame() // a frame that is out when the model closes
			if err := m.WarmUp(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			m.Recycle(held)
		}
	}
	const loads = 200
	cycle(loads / 10)
	before := resident(t)
	cycle(loads)
	after := resident(t)
	// The C heap varies by some megabytes; a model that stays is more than twice the bound.
	if bound := loads * len(data) / 2; after-before > bound {
		t.Errorf("%d loads: expected at most %d bytes more, got %d", loads, bound, after-before)
	}
	if n := ort.Loaded(); n != 0 {
		t.Errorf("expected no model to be left, got %d", n)
	}
	t.Logf("resident: %d KiB before, %d KiB after", before>>10, after>>10)
}
