package keeper_test

import (
	"bytes"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier"
)

// Offsets of a proof with one commitment.
const (
	atA, atB, atC, atCount, atCommitment, atPok = 0, 32, 96, 128, 132, 164
)

// search returns a compressed point of the length, with a small coordinate, for which ok holds.
func search(length int, ok func([]byte) bool) []byte {
	for x := byte(1); ; x++ {
		b := make([]byte, length)
		b[0], b[length-1] = 0b10<<6, x
		if ok(b) {
			return b
		}
	}
}

func offCurve(b []byte) bool {
	_, err := new(bn254.G1Affine).SetBytes(b)
	return err != nil
}

// onTwist says whether there is such a point, and whether it is in the subgroup.
func onTwist(b []byte) (on, inside bool) {
	var p bn254.G2Affine
	if bn254.NewDecoder(bytes.NewReader(b), bn254.NoSubgroupChecks()).Decode(&p) != nil {
		return false, false
	}
	return p.IsOnCurve(), p.IsInSubGroup()
}

func offTwist(b []byte) bool     { on, _ := onTwist(b); return !on }
func outsideGroup(b []byte) bool { on, inside := onTwist(b); return on && !inside }

// aboveModulus is the modulus of the base field as a compressed coordinate.
func aboveModulus() []byte {
	b := fp.Modulus().FillBytes(make([]byte, 32))
	b[0] |= 0b10 << 6
	return b
}

// Every way in which a proof's bytes can be wrong has the same code and a reason that says what is wrong, whether the
// proof comes alone, among others, or was prepared, and leaves the state as it was.
func TestMalformedProofs(t *testing.T) {
	put := func(at int, field []byte) func([]byte) []byte {
		return func(p []byte) []byte { copy(p[at:], field); return p }
	}
	for _, tc := range []struct {
		name   string
		edit   func([]byte) []byte
		want   error
		reason error
	}{
		{"failure: A off the curve", put(atA, search(32, offCurve)), types.ErrProofMalformed, verifier.ErrOffCurve},
		{"failure: B off the curve", put(atB, search(64, offTwist)), types.ErrProofMalformed, verifier.ErrOffCurve},
		{"failure: C off the curve", put(atC, search(32, offCurve)), types.ErrProofMalformed, verifier.ErrOffCurve},
		{"failure: commitment off the curve", put(atCommitment, search(32, offCurve)), types.ErrProofMalformed, verifier.ErrOffCurve},
		{"failure: proof of knowledge off the curve", put(atPok, search(32, offCurve)), types.ErrProofMalformed, verifier.ErrOffCurve},
		{"failure: B outside the subgroup", put(atB, search(64, outsideGroup)), types.ErrProofMalformed, verifier.ErrSubgroup},
		{"failure: A not below the modulus", put(atA, aboveModulus()), types.ErrProofMalformed, verifier.ErrFieldElement},
		{"failure: B not below the modulus", put(atB+32, bytes.Repeat([]byte{0xff}, 32)), types.ErrProofMalformed, verifier.ErrFieldElement},
		{"failure: uncompressed flag", put(atA, []byte{0}), types.ErrProofMalformed, verifier.ErrPointEncoding},
		{"failure: infinity with a coordinate", put(atC, append([]byte{0x40}, bytes.Repeat([]byte{1}, 31)...)), types.ErrProofMalformed, verifier.ErrPointEncoding},
		{"failure: truncated", func(p []byte) []byte { return p[:len(p)-1] }, types.ErrProofMalformed, verifier.ErrTruncated},
		{"failure: one byte", func(p []byte) []byte { return p[:1] }, types.ErrProofMalformed, verifier.ErrTruncated},
		{"failure: trailing byte", func(p []byte) []byte { return append(p, 0) }, types.ErrProofMalformed, verifier.ErrTrailing},
		{"failure: more than any proof has", func([]byte) []byte { return make([]byte, verifier.MaxProofBytes+1) }, types.ErrProofMalformed, verifier.ErrSize},
		{"failure: 2^32-1 commitments announced", put(atCount, []byte{0xff, 0xff, 0xff, 0xff}), types.ErrProofMalformed, verifier.ErrTruncated},
		{"failure: no commitment", withoutCommitment, types.ErrProofCommitments, verifier.ErrCommitmentCount},
		{"failure: two commitments", func(p []byte) []byte {
			return append(bytes.Clone(p[:131]), append([]byte{2}, append(bytes.Clone(p[132:164]), p[132:]...)...)...)
		}, types.ErrProofCommitments, verifier.ErrCommitmentCount},
		{"failure: every point at infinity", func(p []byte) []byte {
			clear(p)
			for _, at := range []int{atA, atB, atC, atCommitment, atPok} {
				p[at] = 0x40
			}
			p[atCount+3] = 1
			return p
		}, types.ErrProofInvalid, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSuite(t)
			good, bad := s.msg(t, 1), s.msg(t, 2)
			bad.Proof = tc.edit(bad.Proof)
			many := &types.MsgSubmitProofs{Device: s.device.String(), Entries: []types.ProofEntry{good.Entry(), bad.Entry()}}
			before := s.state(t)
			check := func(err error) {
				t.Helper()
				require.ErrorIs(t, err, tc.want)
				space, code, _ := errorsmod.ABCIInfo(err, false)
				wantSpace, wantCode, _ := errorsmod.ABCIInfo(tc.want, false)
				require.Equal(t, wantSpace, space)
				require.Equal(t, wantCode, code)
				if tc.reason != nil {
					require.Contains(t, err.Error(), tc.reason.Error())
				}
				require.Equal(t, before, s.state(t))
				require.Empty(t, s.ctx.EventManager().Events())
			}
			submit := func() {
				t.Helper()
				_, err := s.msgs.SubmitProof(s.ctx, bad)
				check(err)
				_, err = s.msgs.SubmitProofs(s.ctx, many)
				check(err)
				require.Contains(t, err.Error(), "entry 1: ")
			}
			submit()
			check(s.keeper.CheckTx(s.ctx, tx{gas: 1 << 40, msgs: []sdk.Msg{bad}}))
			s.forget()
			s.keeper.PrepareBlock(s.ctx, []sdk.Tx{tx{gas: 1 << 40, msgs: []sdk.Msg{bad, good}}})
			submit()
			_, err := s.msgs.SubmitProof(s.ctx, good)
			require.NoError(t, err)
		})
	}
}
