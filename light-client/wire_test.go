package lightclient

import (
	"bytes"
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"
)

func TestCountFields(t *testing.T) {
	set := func(n int) *cmtproto.ValidatorSet {
		return &cmtproto.ValidatorSet{Validators: make([]*cmtproto.Validator, n)}
	}
	for _, s := range []*cmtproto.ValidatorSet{set(0), set(3)} {
		for i := range s.Validators {
			s.Validators[i] = &cmtproto.Validator{VotingPower: 1 << 40, Address: make([]byte, 300)}
		}
		raw, err := (&cmtproto.LightBlock{ValidatorSet: s, SignedHeader: &cmtproto.SignedHeader{Header: &cmtproto.Header{Height: 5}}}).Marshal()
		require.NoError(t, err)
		n, err := countFields(raw, 2, 1)
		require.NoError(t, err)
		require.Equal(t, len(s.Validators), n)
		n, err = countFields(raw, 1)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		n, err = countFields(raw, 9)
		require.NoError(t, err)
		require.Zero(t, n)
	}
	for name, raw := range map[string][]byte{
		"failure: no tag":               {0x80},
		"failure: group":                {0x0b},
		"failure: number cut short":     {0x08, 0x80},
		"failure: length cut short":     {0x0a, 0x80},
		"failure: longer than the rest": {0x0a, 0x02, 0x00},
		"failure: longer than anything": append([]byte{0x0a}, bytes.Repeat([]byte{0xff}, 9)...),
		"failure: 8 bytes cut short":    {0x09, 1, 2},
		"failure: 4 bytes cut short":    {0x0d, 1, 2},
		"failure: within":               {0x0a, 0x01, 0x80},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := countFields(raw, 1, 1)
			require.ErrorIs(t, err, errWire)
		})
	}
}

// A few bytes for each of many messages: refused before they are decoded.
func TestDecodeBundleCounts(t *testing.T) {
	for name, one := range map[string][]byte{
		"failure: headers":    {0x12, 0},
		"failure: reads":      {0x1a, 0},
		"failure: validators": append([]byte{0x12, 0x84, 0x80, 0x10, 0x12, 0x80, 0x80, 0x10}, bytes.Repeat([]byte{0x0a, 0}, 1<<17)...), // 262,144 bytes
	} {
		t.Run(name, func(t *testing.T) {
			raw := append([]byte(bundleMagic), bytes.Repeat(one, max(1, 4000/len(one)))...)
			_, err := DecodeBundle(raw)
			require.ErrorIs(t, err, ErrBundle)
			require.ErrorContains(t, err, "expected at most")
		})
	}
}
