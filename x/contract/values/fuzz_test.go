package values_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/values"
)

// FuzzDecode: what is decoded encodes to the same bytes, is within the limits, and survives being written for people.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add(values.Encode(values.T("pay"), values.N(1), values.B([]byte{0}), values.T("number:1"), values.T("é \x00\"\\")))
	f.Add([]byte("n\x07\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("b\xff\xff\xff\xff"))
	f.Add([]byte("t\x01\x00\x00\x00\xff"))
	f.Fuzz(func(t *testing.T, encoded []byte) {
		list, err := values.Decode(encoded)
		if err != nil {
			require.ErrorIs(t, err, values.ErrMalformed)
			return
		}
		require.NoError(t, values.Check(list...))
		require.Equal(t, string(encoded), string(values.Encode(list...)))
		words, err := values.Split(values.Format(list))
		require.NoError(t, err)
		back, err := values.Parse(words)
		require.NoError(t, err)
		require.Len(t, back, len(list))
		for i := range list {
			require.True(t, list[i].Equal(back[i]), "%q: %q", list, back)
		}
	})
}

// FuzzSplit: words that were read are written and read again.
func FuzzSplit(f *testing.F) {
	f.Add(`a "b c" d # e`)
	f.Add("\"\\xff\" \u2028")
	f.Fuzz(func(t *testing.T, line string) {
		words, err := values.Split(line)
		if err != nil {
			require.ErrorIs(t, err, values.ErrArgument)
			return
		}
		again, err := values.Split(values.Join(words))
		require.NoError(t, err)
		require.Equal(t, words, again)
	})
}
