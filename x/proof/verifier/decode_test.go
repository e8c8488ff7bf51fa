package verifier_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"runtime"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/verifier"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
)

// Offsets of fields of a proof with one commitment.
const (
	atA, atB, atC, atCount, atCommitment, atPok = 0, 32, 96, 128, 132, 164
)

// put returns a copy of b with field written at an offset.
func put(b []byte, at int, field []byte) []byte {
	out := bytes.Clone(b)
	copy(out[at:], field)
	return out
}

// offCurveX is an x coordinate, flagged as compressed, that no point of G1 has.
func offCurveX() []byte {
	for x := byte(1); ; x++ {
		b := make([]byte, 32)
		b[0], b[31] = 0b10<<6, x
		if new(bn254.G1Affine).Unmarshal(b) != nil {
			return b
		}
	}
}

// offTwistX is the same for G2.
func offTwistX() []byte {
	for x := byte(1); ; x++ {
		b := make([]byte, 64)
		b[0], b[63] = 0b10<<6, x
		var p bn254.G2Affine
		if _, err := p.SetBytes(b); err != nil && err.Error() != "invalid point: subgroup check failed" {
			return b
		}
	}
}

// outsideSubgroup is a point of the twist outside G2, compressed.
func outsideSubgroup() []byte {
	for x := byte(1); ; x++ {
		b := make([]byte, 64)
		b[0], b[63] = 0b10<<6, x
		var p bn254.G2Affine
		if _, err := p.SetBytes(b); err != nil && err.Error() == "invalid point: subgroup check failed" {
			return b
		}
	}
}

// modulus is the modulus of the base field, flagged as a compressed coordinate.
func modulus() []byte {
	b := fp.Modulus().FillBytes(make([]byte, 32))
	b[0] |= 0b10 << 6
	return b
}

func infinity(n int) []byte {
	b := make([]byte, n)
	b[0] = 0b01 << 6
	return b
}

func uint32s(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

func TestParseProofRefuses(t *testing.T) {
	f, k := newKey(t, 2, 1)
	inputs := verifiertest.Inputs(2, 1)
	good := prove(t, f, inputs)
	var proof groth16bn254.Proof
	_, err := proof.ReadFrom(bytes.NewReader(good))
	require.NoError(t, err)
	var raw bytes.Buffer
	_, err = proof.WriteRawTo(&raw)
	require.NoError(t, err)
	bOutside := outsideSubgroup()
	for _, c := range []struct {
		name  string
		proof []byte
		want  error
	}{
		{"success: as gnark writes it", good, nil},
		{"failure: empty", nil, verifier.ErrTruncated},
		{"failure: one byte short", good[:len(good)-1], verifier.ErrTruncated},
		{"failure: trailing byte", append(bytes.Clone(good), 0), verifier.ErrTrailing},
		{"failure: twice", append(bytes.Clone(good), good...), verifier.ErrTrailing},
		{"failure: oversize", make([]byte, verifier.MaxProofBytes+1), verifier.ErrSize},
		{"failure: uncompressed", raw.Bytes(), verifier.ErrTruncated},
		{"failure: uncompressed flag", put(good, atA, []byte{good[0] & 0x3f}), verifier.ErrPointEncoding},
		{"failure: infinity with a coordinate", put(good, atA, []byte{0x40}), verifier.ErrPointEncoding},
		{"failure: infinity with a low bit", put(good, atC, append(infinity(31), 1)), verifier.ErrPointEncoding},
		{"failure: A off the curve", put(good, atA, offCurveX()), verifier.ErrOffCurve},
		{"failure: B off the curve", put(good, atB, offTwistX()), verifier.ErrOffCurve},
		{"failure: C off the curve", put(good, atC, offCurveX()), verifier.ErrOffCurve},
		{"failure: commitment off the curve", put(good, atCommitment, offCurveX()), verifier.ErrOffCurve},
		{"failure: proof of knowledge off the curve", put(good, atPok, offCurveX()), verifier.ErrOffCurve},
		{"failure: B outside the subgroup", put(good, atB, bOutside), verifier.ErrSubgroup},
		{"failure: B outside the subgroup, A at infinity", put(put(good, atB, bOutside), atA, infinity(32)), verifier.ErrSubgroup},
		{"failure: B outside the subgroup, C off the curve", put(put(good, atB, bOutside), atC, offCurveX()), verifier.ErrSubgroup},
		{"failure: A not below the modulus", put(good, atA, modulus()), verifier.ErrFieldElement},
		{"failure: B not below the modulus, high half", put(good, atB, modulus()), verifier.ErrFieldElement},
		{"failure: B not below the modulus, low half", put(good, atB+32, bytes.Repeat([]byte{0xff}, 32)), verifier.ErrFieldElement},
		{"failure: no commitments announced", put(good, atCount, uint32s(0)), verifier.ErrTrailing},
		{"failure: two commitments announced", put(good, atCount, uint32s(2)), verifier.ErrTruncated},
		{"failure: 2^32-1 commitments announced", put(good, atCount, uint32s(1<<32-1)), verifier.ErrTruncated},
		{"failure: 2^27+1 commitments announced", put(good, atCount, uint32s(1<<27+1)), verifier.ErrTruncated}, // 32·n overflows 32 bits
		{"failure: everything at infinity", append(append(append(append(infinity(32), infinity(64)...), infinity(32)...), uint32s(1)...), append(infinity(32), infinity(32)...)...), verifier.ErrRejected},
	} {
		t.Run(c.name, func(t *testing.T) {
			item := verifier.Item{Key: k, Inputs: inputs, Proof: c.proof}
			alone := verifier.Check(item)
			require.ErrorIs(t, alone, c.want)
			valid := verifier.Item{Key: k, Inputs: inputs, Proof: good}
			errs := verifier.VerifyBatch([]verifier.Item{valid, item, valid, valid})
			require.NoError(t, errs[0])
			require.NoError(t, errs[2])
			require.NoError(t, errs[3])
			if c.want == nil {
				require.NoError(t, errs[1])
				return
			}
			require.EqualError(t, errs[1], alone.Error())
		})
	}
}

// Offsets of fields of a key.
const (
	atAlpha, atBeta1, atBeta2, atGamma, atDelta1, atDelta2, atK = 0, 32, 64, 128, 192, 224, 288
)

func TestParseKeyRefuses(t *testing.T) {
	f, k := newKey(t, 2, 2)
	good := f.Key
	plain, _ := newKey(t, 2, 0)
	// After K (count, one, 2 inputs, 2 commitments): lists of indexes [1] and [1, 3], then the commitment keys.
	afterK := atK + 4 + 5*32
	require.Equal(t, "00000002"+"00000001"+"0000000000000001"+"00000002"+"0000000000000001"+"0000000000000003"+"00000002",
		hex.EncodeToString(good[afterK:][:40]), "layout that the offsets below assume")
	firstIndex, secondList, keysAt := afterK+8, afterK+16, afterK+36
	_, _, g1, g2 := bn254.Generators()
	g1Bytes, g2Bytes := g1.Bytes(), g2.Bytes()
	bigCount := func(at int) []byte { return put(good, at, uint32s(1<<32-1)) }
	for _, c := range []struct {
		name string
		key  []byte
		want error
	}{
		{"success: as gnark writes it", good, nil},
		{"success: without commitments", plain.Key, nil},
		{"failure: empty", nil, verifier.ErrTruncated},
		{"failure: one byte short", good[:len(good)-1], verifier.ErrTruncated},
		{"failure: trailing byte", append(bytes.Clone(good), 0), verifier.ErrTrailing},
		{"failure: oversize", make([]byte, verifier.MaxKeyBytes+1), verifier.ErrSize},
		{"failure: huge count of K", bigCount(atK), verifier.ErrTruncated},
		{"failure: huge count of lists", bigCount(afterK), verifier.ErrTruncated},
		{"failure: huge count of indexes", bigCount(afterK + 4), verifier.ErrTruncated},
		{"failure: huge count of commitment keys", bigCount(keysAt), verifier.ErrTruncated},
		{"failure: alpha off the curve", put(good, atAlpha, offCurveX()), verifier.ErrOffCurve},
		{"failure: gamma off the curve", put(good, atGamma, offTwistX()), verifier.ErrOffCurve},
		{"failure: beta outside the subgroup", put(good, atBeta2, outsideSubgroup()), verifier.ErrSubgroup},
		{"failure: gamma outside the subgroup", put(good, atGamma, outsideSubgroup()), verifier.ErrSubgroup},
		{"failure: delta outside the subgroup", put(good, atDelta2, outsideSubgroup()), verifier.ErrSubgroup},
		{"failure: commitment key outside the subgroup", put(good, keysAt+4, outsideSubgroup()), verifier.ErrSubgroup},
		{"failure: K off the curve", put(good, atK+4+32, offCurveX()), verifier.ErrOffCurve},
		{"failure: K not below the modulus", put(good, atK+4, modulus()), verifier.ErrFieldElement},
		{"failure: uncompressed flag", put(good, atAlpha, []byte{good[0] & 0x3f}), verifier.ErrPointEncoding},
		{"failure: alpha at infinity", put(good, atAlpha, infinity(32)), verifier.ErrInfinity},
		{"failure: beta in G1 at infinity", put(good, atBeta1, infinity(32)), verifier.ErrInfinity},
		{"failure: beta in G2 at infinity", put(good, atBeta2, infinity(64)), verifier.ErrInfinity},
		{"failure: gamma at infinity", put(good, atGamma, infinity(64)), verifier.ErrInfinity},
		{"failure: delta in G1 at infinity", put(good, atDelta1, infinity(32)), verifier.ErrInfinity},
		{"failure: delta in G2 at infinity", put(good, atDelta2, infinity(64)), verifier.ErrInfinity},
		{"failure: a public input's point at infinity", put(good, atK+4+32, infinity(32)), verifier.ErrInfinity},
		{"failure: commitment keys at infinity", put(put(good, keysAt+4, infinity(64)), keysAt+4+128, infinity(64)), verifier.ErrInfinity},
		{"failure: commitment keys' other point at infinity", put(good, keysAt+4+64, infinity(64)), verifier.ErrInfinity},
		{"failure: another beta in G1", put(good, atBeta1, g1Bytes[:]), verifier.ErrKeyMismatch},
		{"failure: another beta in G2", put(good, atBeta2, g2Bytes[:]), verifier.ErrKeyMismatch},
		{"failure: another delta in G1", put(good, atDelta1, g1Bytes[:]), verifier.ErrKeyMismatch},
		{"failure: another delta in G2", put(good, atDelta2, g2Bytes[:]), verifier.ErrKeyMismatch},
		{"failure: another base of a commitment key", put(good, keysAt+4, g2Bytes[:]), verifier.ErrCommitmentLayout},
		{"failure: index 0", put(good, firstIndex, make([]byte, 8)), verifier.ErrCommitmentLayout},
		{"failure: index of the commitment itself", put(good, firstIndex+7, []byte{3}), verifier.ErrCommitmentLayout},
		{"failure: index of a later commitment", put(good, secondList+4+15, []byte{4}), verifier.ErrCommitmentLayout},
		{"failure: repeated index", put(good, secondList+4+15, []byte{1}), verifier.ErrCommitmentLayout},
		{"failure: index beyond 64 bits' sign", put(good, firstIndex, bytes.Repeat([]byte{0xff}, 8)), verifier.ErrCommitmentLayout},
		{"failure: fewer commitment keys than lists", put(good, keysAt, uint32s(1))[:len(good)-128], verifier.ErrCommitmentLayout},
		{"failure: no K", append(append(bytes.Clone(plain.Key[:atK]), uint32s(0)...), make([]byte, 8)...), verifier.ErrCommitmentLayout},
		{"failure: too many commitments", tooManyCommitments(plain.Key), verifier.ErrSize},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := verifier.ParseKey(c.key)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.want == nil, got != nil)
			if got != nil {
				require.Equal(t, c.key, got.Bytes())
			}
		})
	}
	require.Equal(t, 2, k.Commitments())
	require.Equal(t, 2, k.PublicInputs())
}

func tooManyCommitments(key []byte) []byte {
	n := verifier.MaxCommitments + 1
	b := append(bytes.Clone(key[:len(key)-8]), uint32s(uint32(n))...)
	b = append(b, make([]byte, 4*n)...)
	b = append(b, uint32s(uint32(n))...)
	return append(b, make([]byte, 128*n)...)
}

// TestParseKeyAllocation refuses hostile lengths without allocating what they announce.
func TestParseKeyAllocation(t *testing.T) {
	f, _ := newKey(t, 2, 1)
	for _, at := range []int{atK, atK + 4 + 4*32, atK + 4 + 4*32 + 4, len(f.Key) - 128 - 4} {
		hostile := put(f.Key, at, uint32s(1<<32-1))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := verifier.ParseKey(hostile)
		runtime.ReadMemStats(&after)
		require.ErrorIsf(t, err, verifier.ErrTruncated, "offset %d", at)
		require.Lessf(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "offset %d", at)
	}
}

func TestParseElement(t *testing.T) {
	one := make([]byte, 32)
	one[31] = 1
	for _, c := range []struct {
		name string
		b    []byte
		want error
	}{
		{"success: one", one, nil},
		{"failure: short", one[1:], verifier.ErrFieldElement},
		{"failure: long", append(one, 0), verifier.ErrFieldElement},
		{"failure: modulus", fr.Modulus().FillBytes(make([]byte, 32)), verifier.ErrFieldElement},
		{"failure: all bits", bytes.Repeat([]byte{0xff}, 32), verifier.ErrFieldElement},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := verifier.ParseElement(c.b)
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				b := e.Bytes()
				require.Equal(t, c.b, b[:])
			}
		})
	}
}
