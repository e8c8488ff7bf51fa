package host_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/host"
)

// The table of functions in the reference is the table in the code, row by row.
func TestReference(t *testing.T) {
	b, err := os.ReadFile("../../../docs/host-functions.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(b), "| function | gas | and | since |\n|---|---|---|---|\n")
	require.True(t, found)
	table, _, _ := strings.Cut(rest, "\n\n")
	var want []string
	for _, f := range host.Describe() {
		row := fmt.Sprintf("| `%s` | %d | %s | %d |", f.Signature, f.Gas, f.Grows, f.Since)
		want = append(want, strings.ReplaceAll(row, "|  |", "| |"))
	}
	require.Equal(t, want, strings.Split(table, "\n"))
}
