package spectest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm"
)

var update = flag.Bool("update", false, "write the counts to testdata")

// TestOfficial runs every command of the official tests.
func TestOfficial(t *testing.T) {
	for _, version := range []string{"v1", "v2"} {
		t.Run(version, func(t *testing.T) {
			counts := newTally()
			for _, s := range scripts(t, version) {
				r := newRunner(t, s)
				for _, c := range s.Commands {
					v := r.run(c)
					counts.add(s.name, c.Type, v)
					if v.outcome == failed {
						t.Errorf("%s %s: %s", s.name, c.Type, v.reason)
					}
				}
			}
			golden(t, version+".txt", counts)
		})
	}
	require.Zero(t, vm.Panics())
}

// golden compares the counts with the committed ones.
func golden(t *testing.T, name string, counts *tally) {
	t.Helper()
	t.Log("\n" + counts.String())
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(counts.String()), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "go test -update writes it")
	assert.Equal(t, string(want), counts.String(), "go test -update writes what is counted now")
}
