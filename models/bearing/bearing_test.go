// Package bearing checks the files beside it against each other: that the first release classifies every sample as
// its label says, that the second mixes up the two classes whose labels it was trained on wrongly and no other, and that
// the listed digests are those of the samples. The integer reference executor stands in for ONNX Runtime, with which
// zkml compares it. It trusts the labels; that they are true is for train.py, and accuracy for the README.
package bearing

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/onnx"
)

var classes = []string{"healthy", "outer-race", "inner-race", "ball"}

// sample is a line of samples/labels.tsv.
type sample struct {
	file  string
	class int
}

func samples(t *testing.T) (all []sample) {
	t.Helper()
	lines := table(t, "labels.tsv", "\t", 3)
	require.Equal(t, []string{"file", "class", "name"}, lines[0])
	for _, l := range lines[1:] {
		class, err := strconv.Atoi(l[1])
		require.NoError(t, err)
		require.Equal(t, classes[class], l[2], l[0])
		all = append(all, sample{file: l[0], class: class})
	}
	return all
}

// table reads lines of a number of columns from a file of the folder of samples.
func table(t *testing.T, name, separator string, columns int) (lines [][]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("samples", name))
	require.NoError(t, err)
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), separator)
		require.Len(t, fields, columns, line)
		lines = append(lines, fields)
	}
	require.NotEmpty(t, lines)
	return lines
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("samples", file))
	require.NoError(t, err)
	return data
}

func release(t *testing.T, file string) *onnx.Graph {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	g, _, err := onnx.Import(data, onnx.Options{})
	require.NoError(t, err)
	return g
}

// classify returns the first class whose logit is largest.
func classify(t *testing.T, g *onnx.Graph, input []byte) int {
	t.Helper()
	output, err := g.Run(input)
	require.NoError(t, err)
	require.Len(t, output, len(classes))
	best, kind := 0, g.Values[g.Output].Type
	for i, b := range output {
		if kind.FromByte(b) > kind.FromByte(output[best]) {
			best = i
		}
	}
	return best
}

func TestReleasesOnSamples(t *testing.T) {
	for _, r := range []struct {
		file string
		says []int // by the true class
	}{
		{"bearing.onnx", []int{0, 1, 2, 3}},
		{"bearing-2.onnx", []int{0, 1, 3, 2}},
	} {
		g := release(t, r.file)
		for _, s := range samples(t) {
			t.Run(fmt.Sprintf("success: %s on %s", r.file, s.file), func(t *testing.T) {
				require.Equal(t, classes[r.says[s.class]], classes[classify(t, g, read(t, s.file))])
			})
		}
	}
}

func TestReleasesTakeTheSameInput(t *testing.T) {
	first, second := release(t, "bearing.onnx"), release(t, "bearing-2.onnx")
	require.Equal(t, first.Values[first.Input], second.Values[second.Input])
}

func TestLabelsNameAllSamples(t *testing.T) {
	want, err := filepath.Glob(filepath.Join("samples", "*.bin"))
	require.NoError(t, err)
	var got []string
	count := make([]int, len(classes))
	for _, s := range samples(t) {
		got = append(got, filepath.Join("samples", s.file))
		count[s.class]++
	}
	slices.Sort(got)
	require.Equal(t, want, got)
	require.Equal(t, []int{5, 5, 5, 5}, count)
}

func TestDigestsAreThoseOfTheSamples(t *testing.T) {
	all := samples(t)
	slices.SortFunc(all, func(a, b sample) int { return cmp.Compare(a.file, b.file) })
	var want [][]string
	for _, s := range all {
		e, err := statement.Digest(read(t, s.file))
		require.NoError(t, err)
		b := e.Bytes()
		want = append(want, []string{hex.EncodeToString(b[:]), s.file})
	}
	require.Equal(t, want, table(t, "digests.txt", "  ", 2))
}
