package circuit_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/circuit"
	"github.com/assay-chain/assay/zkml/onnx"
)

var update = flag.Bool("update", false, "rewrite testdata/circuits.csv")

const goldenFile = "testdata/circuits.csv"

// TestGolden keeps constraint counts and circuit digests in review: a change of a gadget's cost, or
// of any byte of a circuit, shows in testdata/circuits.csv. As the digests in it are fixed, it also
// shows that compiling again, or on another platform, gives the same circuit.
func TestGolden(t *testing.T) {
	rows := [][]string{{"circuit", "constraints", "secret wires", "digest"}}
	golden := readGolden(t)
	row := func(t *testing.T, name string, g *onnx.Graph) {
		c, err := circuit.Compile(g)
		require.NoError(t, err)
		again, err := circuit.Compile(g)
		require.NoError(t, err)
		require.Equal(t, c.Digest, again.Digest)
		got := []string{name, fmt.Sprint(c.Stats.Constraints), fmt.Sprint(c.Stats.SecretWires), fmt.Sprintf("%x", c.Digest)}
		rows = append(rows, got)
		if !*update {
			require.Equal(t, golden[name], got, "run go test ./zkml/circuit -run Golden -update and review the change")
		}
	}
	for _, tc := range cases() {
		t.Run(tc.name, func(t *testing.T) { row(t, tc.name, tc.graph) })
	}
	for _, name := range models {
		t.Run(name, func(t *testing.T) {
			if name == "kws" && testing.Short() {
				t.Skip("short")
			}
			row(t, name, model(t, name))
		})
	}
	if *update {
		writeGolden(t, rows)
	}
}

// TestGoldenRows demands a row for every circuit, and none for others.
func TestGoldenRows(t *testing.T) {
	var want, got []string
	for _, tc := range cases() {
		want = append(want, tc.name)
	}
	for name := range readGolden(t) {
		got = append(got, name)
	}
	require.ElementsMatch(t, append(want, models...), got)
}

func readGolden(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	if *update {
		return out
	}
	f, err := os.Open(goldenFile)
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	for _, r := range rows[1:] {
		out[r[0]] = r
	}
	return out
}

func writeGolden(t *testing.T, rows [][]string) {
	t.Helper()
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	f, err := os.Create(goldenFile)
	require.NoError(t, err)
	w := csv.NewWriter(f)
	require.NoError(t, w.WriteAll(rows))
	require.NoError(t, f.Close())
}
