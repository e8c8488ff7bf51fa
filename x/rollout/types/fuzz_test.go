package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/rollout/types"
)

// What the decoders take is within bounds and encodes to the same bytes: there is one encoding of everything.
func FuzzDecodePacket(f *testing.F) {
	for _, p := range []*types.Packet{announce(f), command(), evidence()} {
		f.Add(encode(f, p))
	}
	f.Fuzz(func(t *testing.T, bz []byte) {
		p, err := types.DecodePacket(bz)
		if err != nil {
			require.ErrorIs(t, err, types.ErrInvalidPacket)
			return
		}
		again, err := p.Encode()
		require.NoError(t, err)
		require.Equal(t, bz, again)
		require.NoError(t, p.Validate())
		if a := p.GetAnnounce(); a != nil {
			require.NoError(t, a.Plan.ValidateReceived(types.HardParams()))
			require.NotPanics(t, func() { _, _ = types.DecodeManifest(a.Manifest) })
		}
	})
}

func FuzzDecodeAck(f *testing.F) {
	for _, a := range []types.Acknowledgement{types.NewAck(types.AckApplied, 0), types.NewAck(types.AckStopped, 1<<63)} {
		f.Add(a.Acknowledgement())
	}
	f.Fuzz(func(t *testing.T, bz []byte) {
		a, err := types.DecodeAck(bz)
		if err != nil {
			require.ErrorIs(t, err, types.ErrInvalidAck)
			return
		}
		require.Equal(t, bz, a.Acknowledgement())
		require.NotZero(t, a.Code)
	})
}

func FuzzDecodeManifest(f *testing.F) {
	bz, err := types.EncodeManifest(manifest())
	require.NoError(f, err)
	f.Add(bz)
	f.Fuzz(func(t *testing.T, bz []byte) {
		m, err := types.DecodeManifest(bz)
		if err != nil {
			require.ErrorIs(t, err, types.ErrManifest)
			return
		}
		again, err := types.EncodeManifest(m)
		require.NoError(t, err)
		require.Equal(t, bz, again)
		require.NotPanics(t, func() { types.Contributors(m); types.ArtifactBytes(m) })
	})
}
