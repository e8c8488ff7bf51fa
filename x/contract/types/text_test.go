package types_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/types"
)

func TestTexts(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		text8      error // as a text of at most 8 bytes
		label8     error
	}{
		{"success: ASCII", "gate 1~", nil, nil},
		{"success: letters of more than a byte", "größe", nil, nil},
		{"success: as long as may be", "12345678", nil, nil},
		{"success: control characters beyond ASCII are letters", "a\u0085b", nil, nil},
		{"failure: empty", "", nil, types.ErrInvalidRequest},
		{"failure: a byte too long", "123456789", types.ErrLimit, types.ErrLimit},
		{"failure: cut in a letter", "grö"[:3], types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: half of a surrogate pair", "\xed\xa0\x80", types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: overlong", "\xc0\x80", types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: NUL", "a\x00", types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: line break", "a\n", types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: tab", "\t", types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: last below the space", "\x1f", types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: delete", "\x7f", types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: long and no UTF-8", strings.Repeat("\xff", 9), types.ErrLimit, types.ErrLimit},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, types.ValidateText("text", tc.text, 8), tc.text8)
			require.ErrorIs(t, types.ValidateLabel(tc.text, 8), tc.label8)
		})
	}
}

func TestDigest(t *testing.T) {
	digest := bytes.Repeat([]byte{0xab, 0x01}, 16)
	text := strings.Repeat("ab01", 16)
	require.Equal(t, text, types.FormatDigest(digest))
	for _, tc := range []struct {
		name, text string
		err        error
	}{
		{"success: lower case", text, nil},
		{"success: upper case", strings.ToUpper(text), nil},
		{"failure: empty", "", types.ErrInvalidRequest},
		{"failure: a byte short", text[2:], types.ErrInvalidRequest},
		{"failure: a byte long", text + "00", types.ErrInvalidRequest},
		{"failure: half a byte", text[1:], types.ErrInvalidRequest},
		{"failure: a prefix", "0x" + text[2:], types.ErrInvalidRequest},
		{"failure: very long", strings.Repeat("zz", 10_000), types.ErrInvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := types.ParseDigest(tc.text)
			require.ErrorIs(t, err, tc.err)
			if tc.err == nil {
				require.Equal(t, digest, got)
				return
			}
			require.Nil(t, got)
			require.Less(t, len(err.Error()), 200, "what is quoted is clipped")
		})
	}
}

func TestEntrySizes(t *testing.T) {
	p := types.DefaultParams()
	p.MaxKeyBytes, p.MaxValueBytes = 4, 8
	for _, tc := range []struct {
		name       string
		key, value int
		err        error
	}{
		{"success: the least", 1, 0, nil},
		{"success: the most", 4, 8, nil},
		{"failure: no key", 0, 1, types.ErrLimit},
		{"failure: key too long", 5, 1, types.ErrLimit},
		{"failure: value too long", 1, 9, types.ErrLimit},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, types.ValidateEntry(make([]byte, tc.key), make([]byte, tc.value), p), tc.err)
		})
	}
	require.ErrorIs(t, types.ValidateEntry(nil, nil, p), types.ErrLimit)
}
