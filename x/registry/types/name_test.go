package types_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestValidateName(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		ok       bool
	}{
		{"success: shortest", "abc", true},
		{"success: digits and hyphens", "a-1--2", true},
		{"success: longest", "a" + strings.Repeat("b", 39), true},
		{"failure: empty", "", false},
		{"failure: two bytes", "ab", false},
		{"failure: 41 bytes", "a" + strings.Repeat("b", 40), false},
		{"failure: leading digit", "1ab", false},
		{"failure: leading hyphen", "-ab", false},
		{"failure: trailing hyphen", "ab-", false},
		{"failure: upper case", "aBc", false},
		{"failure: slash", "a/b", false},
		{"failure: at", "a@b", false},
		{"failure: zero byte", "a\x00b", false},
		{"failure: not ASCII", "aéb", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := types.ValidateName("publisher", tc.in)
			if tc.ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, types.ErrInvalidName)
		})
	}
}

func TestErrorsClipWhatTheSenderWrote(t *testing.T) {
	err := types.ValidateName("publisher", strings.Repeat("x", 1<<20))
	require.ErrorIs(t, err, types.ErrInvalidName)
	require.Less(t, len(err.Error()), 256)
}
