package difftest

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/golden.txt")

// Programs of the golden file: so many groups of so many.
const (
	goldenGroups = 10
	goldenGroup  = 100
)

// TestGolden holds results, traps, gas, globals and memories to what they were when the file was committed, on whatever machine
// this runs. A difference in gas alone changes what transactions cost, and breaks consensus as much as another result.
func TestGolden(t *testing.T) {
	var b strings.Builder
	for _, dir := range sampleDirs {
		for _, s := range samples(t, dir) {
			code, err := os.ReadFile(s.file)
			require.NoError(t, err)
			in := start(t, code)
			value, kind := in.call(s.export, s.args...)
			used := in.GasUsed()
			memory, err := in.Read(0, 65536)
			require.NoError(t, err)
			fmt.Fprintf(&b, "%s %s%v = %d%s gas %d memory %.16x\n",
				filepath.Base(s.file), s.export, s.args, value, kind, used, sha256.Sum256(memory))
			in.close()
		}
	}
	ours := newOwn(plenty)
	for group := range goldenGroups {
		digest := sha256.New()
		for i := range goldenGroup {
			seed := uint64(group*goldenGroup + i)
			lines := transcript(ours, generate(seeded(seed)), seed, func(in instance) {
				fmt.Fprintf(digest, "gas %d\n", in.(ownInstance).GasUsed())
			})
			fmt.Fprintf(digest, "seed %d\n%s\n", seed, strings.Join(lines, "\n"))
		}
		fmt.Fprintf(&b, "programs %d to %d: %x\n", group*goldenGroup, (group+1)*goldenGroup-1, digest.Sum(nil))
	}
	file := filepath.Join("testdata", "golden.txt")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String(), "if the state machine is meant to change, go test -update writes it anew")
}
