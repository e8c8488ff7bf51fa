package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/types"
)

func TestParamsValidate(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*types.Params)
		want error
	}{
		{"success: default", func(*types.Params) {}, nil},
		{"success: no batches, no stored outputs, free inputs", func(p *types.Params) {
			p.MaxPreparedPerBlock, p.MaxStoredOutputBytes, p.GasPerPublicInput, p.GasPerCommitment, p.GasPerOutputByte = 0, 0, 0, 0, 0
		}, nil},
		{"failure: no proofs", func(p *types.Params) { p.MaxProofBytes = 0 }, types.ErrInvalidParams},
		{"failure: proofs of a megabyte", func(p *types.Params) { p.MaxProofBytes = 1 << 20 }, types.ErrInvalidParams},
		{"failure: no outputs", func(p *types.Params) { p.MaxOutputBytes = 0 }, types.ErrInvalidParams},
		{"failure: outputs of a gigabyte", func(p *types.Params) { p.MaxOutputBytes = 1 << 30 }, types.ErrInvalidParams},
		{"failure: stores more than it accepts", func(p *types.Params) { p.MaxStoredOutputBytes = p.MaxOutputBytes + 1 }, types.ErrInvalidParams},
		{"failure: no entries", func(p *types.Params) { p.MaxProofsPerMsg = 0 }, types.ErrInvalidParams},
		{"failure: too many entries", func(p *types.Params) { p.MaxProofsPerMsg = 1025 }, types.ErrInvalidParams},
		{"failure: too many prepared", func(p *types.Params) { p.MaxPreparedPerBlock = 1<<16 + 1 }, types.ErrInvalidParams},
		{"failure: prunes nothing", func(p *types.Params) { p.MaxPrunedPerBlock = 0 }, types.ErrInvalidParams},
		{"failure: prunes too much", func(p *types.Params) { p.MaxPrunedPerBlock = 1<<16 + 1 }, types.ErrInvalidParams},
		{"failure: free proofs", func(p *types.Params) { p.GasPerProof = 0 }, types.ErrInvalidParams},
		{"failure: prices that overflow", func(p *types.Params) { p.GasPerOutputByte = 1<<40 + 1 }, types.ErrInvalidParams},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := types.DefaultParams()
			tc.edit(&p)
			require.ErrorIs(t, p.Validate(), tc.want)
		})
	}
}

func TestVerificationGas(t *testing.T) {
	p := types.Params{GasPerProof: 1000, GasPerPublicInput: 100, GasPerCommitment: 10, GasPerOutputByte: 1}
	require.Equal(t, uint64(1000+300+20+7), p.VerificationGas(3, 2, 7))
	// The anomaly detector's proof: 640 bytes of output, hashed to one of three inputs, one commitment.
	require.Equal(t, uint64(241_600), types.DefaultParams().VerificationGas(3, 1, 640))
	// The dearest prices and the largest counts that ever get here do not overflow.
	p = types.Params{GasPerProof: 1 << 40, GasPerPublicInput: 1 << 40, GasPerCommitment: 1 << 40, GasPerOutputByte: 1 << 40}
	require.Equal(t, uint64(1<<40)*(1+1<<22+1<<22+1<<20), p.VerificationGas(1<<22, 1<<22, 1<<20))
}
