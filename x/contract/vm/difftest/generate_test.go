package difftest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/validate"
)

// TestGenerator holds the generator to its word: whatever the bytes, the module is valid and in the profile.
func TestGenerator(t *testing.T) {
	limits := binary.DefaultLimits()
	limits.MemoryPages = maxPages
	lengths := []int{0, 1, 10, 100, 1000, 4000}
	for seed := range uint64(600) {
		p := generate(stream(seed, lengths[seed%6]))
		m, err := binary.Decode(p.code, limits)
		require.NoError(t, err, "seed %d", seed)
		_, err = validate.Module(m, limits)
		require.NoError(t, err, "seed %d", seed)
	}
}
