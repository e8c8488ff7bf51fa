// Package contracts_test runs the scenarios of the contracts, holds the package for authors against its own, and runs the guide
// of docs/contracts.md. It trusts the local runtime of cmd/assay/contract, whose own tests compare it with the chain.
package contracts_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/cmd/assay/contract/scenario"
)

// The scenarios of the contracts hold, with the binaries that are checked in.
func TestScenarios(t *testing.T) {
	for _, folder := range []string{"accuracy-gate", "bounty", "publisher-guild", "examples"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.scenario"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			t.Run(file, func(t *testing.T) { runScenario(t, file) })
		}
	}
}

// The example in C is built, and does what its scenario says whatever the version of the compiler makes of it.
func TestCounter(t *testing.T) {
	needs(t, "clang")
	needs(t, "wasm-ld")
	folder := t.TempDir()
	assay := filepath.Join(folder, "assay")
	build(t, "..", assay, "./cmd/assay")
	out, err := exec.Command(assay, "contract", "build", "examples/counter.c", "-o", filepath.Join(folder, "counter.wasm")).CombinedOutput()
	require.NoError(t, err, string(out))
	text, err := os.ReadFile("examples/counter.scenario")
	require.NoError(t, err)
	write(t, filepath.Join(folder, "counter.scenario"), string(text))
	runScenario(t, filepath.Join(folder, "counter.scenario"))
}

// runScenario runs a scenario, and logs the most gas that each entry point used in a call that succeeded.
func runScenario(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	s, err := scenario.Parse(file, text)
	require.NoError(t, err)
	most := map[string]uint64{}
	require.NoError(t, s.Run(func(r scenario.Report) {
		if !r.Call || r.Failed != "" {
			return
		}
		name := entryOf(r.Step)
		most[name] = max(most[name], r.Gas)
	}))
	for _, name := range slices.Sorted(maps.Keys(most)) {
		t.Logf("%-28s %7d gas", name, most[name])
		require.Less(t, most[name], uint64(1_000_000), "%s: a call may not use more", name)
	}
}

// entryOf is the entry point of a step, with the method of an execute or a query.
func entryOf(step string) string {
	head, args, _ := strings.Cut(step, ":")
	entry, _, _ := strings.Cut(head, " ")
	if method := strings.Fields(args); (entry == "execute" || entry == "query") && len(method) > 0 {
		return entry + " " + method[0]
	}
	return entry
}
