package cpus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/assay-chain/assay/zkml/ort"
)

// machine is a CPU to run on: the one under us, or one that QEMU acts as.
type machine struct {
	name, arch string
	qemu       []string // QEMU's user-mode program and its arguments
}

var machines = []machine{
	{name: "native", arch: runtime.GOARCH},
	emulated("nehalem", "amd64", "Nehalem"),         // SSE4.2, no AVX
	emulated("haswell", "amd64", "Haswell"),         // AVX2
	emulated("cortex-a57", "arm64", "cortex-a57"),   // Armv8.0
	emulated("neoverse-n1", "arm64", "neoverse-n1"), // and dot products
	emulated("arm-max", "arm64", "max"),             // and matrix products, SVE
}

func emulated(name, arch, cpu string) machine {
	if arch == "amd64" {
		return machine{name, arch, []string{"qemu-x86_64-static", "-cpu", cpu}}
	}
	return machine{name, arch, []string{"qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu", "-cpu", cpu}}
}

const root = "../.."

func (m machine) runner() string { return filepath.Join(root, "build", "cpus", "runner-"+m.arch) }

func (m machine) library() string {
	if path := os.Getenv(ort.LibraryEnv); path != "" && m.arch == runtime.GOARCH {
		return path
	}
	return filepath.Join(root, "build", "ort", m.arch, "libonnxruntime.so.1")
}

// run has the machine do the jobs and returns the results by name. A runner that dies, as on an
// instruction that the CPU lacks, is an error.
func (m machine) run(jobs []Job) (map[string]Result, error) {
	command := append(append([]string{}, m.qemu...), m.runner())
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), ort.LibraryEnv+"="+m.library())
	var in, out, diagnostics bytes.Buffer
	for _, j := range jobs {
		if err := json.NewEncoder(&in).Encode(j); err != nil {
			return nil, err
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &diagnostics
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", command, err, &diagnostics)
	}
	results := map[string]Result{}
	for dec := json.NewDecoder(&out); ; {
		var r Result
		if err := dec.Decode(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		results[r.Name] = r
	}
	if len(results) != len(jobs) {
		return nil, fmt.Errorf("%v: expected %d results, got %d\n%s", command, len(jobs), len(results), &diagnostics)
	}
	return results, nil
}

// everywhere has every machine do its jobs, as many machines at a time as there are cores.
func everywhere(t *testing.T, jobs [][]Job) []map[string]Result {
	t.Helper()
	results, errs := make([]map[string]Result, len(machines)), make([]error, len(machines))
	var wg sync.WaitGroup
	cores := make(chan struct{}, runtime.NumCPU())
	for i, m := range machines {
		wg.Go(func() {
			cores <- struct{}{}
			defer func() { <-cores }()
			results[i], errs[i] = m.run(jobs[i])
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return results
}

// requireMachines skips where scripts/test-cpus.sh has not prepared the run.
func requireMachines(t *testing.T) {
	t.Helper()
	if os.Getenv("ASSAY_CPUS") == "" {
		t.Skip("needs QEMU, runners for two architectures and minutes: run scripts/test-cpus.sh")
	}
	for _, m := range machines {
		for _, file := range []string{m.runner(), m.library()} {
			if _, err := os.Stat(file); err != nil {
				t.Fatalf("%s: %v\nhint: run scripts/test-cpus.sh", m.name, err)
			}
		}
	}
}
