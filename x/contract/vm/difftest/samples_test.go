package difftest

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm"
)

// sample is a line of an expected.txt: a module, a call and what it gives.
type sample struct {
	file   string
	export string
	args   []uint32
	want   uint32
}

// samples reads lines of the form "FILE EXPORT RESULT ARGUMENT…"; # begins a comment.
func samples(t *testing.T, dir string) []sample {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "expected.txt"))
	require.NoError(t, err)
	defer file.Close()
	var out []sample
	for lines := bufio.NewScanner(file); lines.Scan(); {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		require.GreaterOrEqual(t, len(words), 3, "expected FILE EXPORT RESULT ARGUMENT…, got %q", text)
		s := sample{file: filepath.Join(dir, words[0]), export: words[1]}
		for i, w := range words[2:] {
			var n uint32
			_, err := fmt.Sscan(w, &n)
			require.NoError(t, err, text)
			if i == 0 {
				s.want = n
			} else {
				s.args = append(s.args, n)
			}
		}
		out = append(out, s)
	}
	require.NotEmpty(t, out)
	return out
}

// runSamples holds both implementations to what is expected, and to the same memory after.
func runSamples(t *testing.T, dir string) {
	for _, s := range samples(t, dir) {
		t.Run(strings.TrimSuffix(filepath.Base(s.file), ".wasm")+"/"+s.export, func(t *testing.T) {
			code, err := os.ReadFile(s.file)
			require.NoError(t, err)
			theirs, kind := interpreter().instantiate(code, &hostState{})
			require.Empty(t, kind)
			defer theirs.close()
			if in := theirs.(*peerInstance); in.module.ExportedFunction(initialize) != nil {
				_, kind = in.call(initialize)
				require.Empty(t, kind, "wazero")
			}
			value, kind := theirs.call(s.export, s.args...)
			require.Empty(t, kind, "wazero")
			require.Equal(t, s.want, value, "wazero")

			in := start(t, code)
			defer in.close()
			value, kind = in.call(s.export, s.args...)
			require.Empty(t, kind)
			require.Equal(t, s.want, value)
			memory := theirs.memory()
			got, err := in.Read(0, uint32(len(memory)))
			require.NoError(t, err)
			require.Equal(t, memory, got)
		})
	}
}

// initialize is what AssemblyScript makes of the start function, for the host to call first.
const initialize = "_initialize"

// sampleGas is a few times what the longest sample uses: an interpreter that is broken must not run for ever.
const sampleGas = 100_000_000

// start is an instance within the default limits, apart from gas.
func start(t *testing.T, code []byte) ownInstance {
	t.Helper()
	m, err := vm.Compile(code, newOwn(0).hosts, vm.DefaultLimits())
	require.NoError(t, err)
	in, err := m.Instantiate(&hostState{}, sampleGas)
	require.NoError(t, err)
	if m.HasFunc(initialize) {
		_, err = in.Call(initialize)
		require.NoError(t, err)
	}
	return ownInstance{in}
}

// sampleDirs have modules that compilers made, and what they give.
var sampleDirs = []string{filepath.Join("..", "testdata", "kernels"), filepath.Join("..", "testdata", "compilers")}

func TestSamples(t *testing.T) {
	for _, dir := range sampleDirs {
		t.Run(filepath.Base(dir), func(t *testing.T) { runSamples(t, dir) })
	}
}
