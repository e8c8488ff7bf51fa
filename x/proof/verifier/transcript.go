package verifier

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

const transcriptDomain = "assay/verifier/batch/v1"

// transcript derives the coefficients of a batch from the batch itself (Fiat–Shamir):
//
//	seed = SHA-256(domain ‖ u64 n ‖ for each item: key digest ‖ u32 inputs ‖ inputs ‖ u32 bytes ‖ proof)
//
// with inputs of 32 bytes, big endian, and integers big endian. Every field is of fixed length or
// has its length before it, so the encoding is injective.
//
// # Why this is deterministic
//
// There is no randomness: nodes that verify the same batch use the same coefficients. Nodes
// that batch differently use others and still give the same verdicts, up to the error below.
//
// # Why this is sound
//
// For item j let E_j be the value in GT that its pairing equation says is one, and F_j that of
// its commitments. A batch passes if the product of (E_j · F_jᵗ)^(r_j) is one. Suppose item j is bad. For at most
// one t of the scalar field is E_j · F_jᵗ one, since GT has prime order. For any other t and
// any fixed other coefficients, at most one r_j makes the product one, out of 2^128 (see
// coefficient). The values r_j and t are known only once all statements and proofs are fixed,
// because they are their hash; changing any bit of them draws anew. So an attacker who
// computes q hashes passes a bad batch with probability about q·2^-128. That is the strength of the curve
// at best (about 100 bits for BN254), so the batch is not the weakest link. The subsets that
// bisection looks at reuse the coefficients, which adds a factor of their number. A proof alone has r = 1 and
// needs t only.
type transcript struct {
	seed [sha256.Size]byte
}

func newTranscript(entries []entry) transcript {
	h := sha256.New()
	buf := binary.BigEndian.AppendUint64([]byte(transcriptDomain), uint64(len(entries)))
	for i := range entries {
		item := entries[i].item
		buf = append(buf, item.Key.digest[:]...)
		buf = appendUint32(buf, len(item.Inputs))
		for k := range item.Inputs {
			b := item.Inputs[k].Bytes()
			buf = append(buf, b[:]...)
		}
		buf = appendUint32(buf, len(item.Proof))
		buf = append(buf, item.Proof...)
		h.Write(buf)
		buf = buf[:0]
	}
	h.Write(buf)
	var t transcript
	h.Sum(t.seed[:0])
	return t
}

func (t *transcript) derive(label string, n uint64) [sha256.Size]byte {
	buf := append(make([]byte, 0, 64), t.seed[:]...)
	buf = append(buf, label...)
	return sha256.Sum256(binary.BigEndian.AppendUint64(buf, n))
}

// coefficients returns n coefficients r_j.
func (t *transcript) coefficients(n int) []coefficient {
	out := make([]coefficient, n)
	for j := range out {
		h := t.derive("item", uint64(j))
		out[j] = coefficient{binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16])}
	}
	return out
}

// commitmentWeight returns t, by which the equations of commitments are weighted.
func (t *transcript) commitmentWeight() fr.Element {
	h := t.derive("commitments", 0)
	var e fr.Element
	return *e.SetBytes(h[:])
}
