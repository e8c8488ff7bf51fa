package verifier

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254"
)

const (
	// MaxCommitments bounds the commitments of a key and of a proof.
	MaxCommitments = 16
	// proofFixedBytes is the size of a proof without commitments.
	proofFixedBytes = 3*bn254.SizeOfG1AffineCompressed + bn254.SizeOfG2AffineCompressed + 4
	// MaxProofBytes is the largest size of a proof.
	MaxProofBytes = proofFixedBytes + MaxCommitments*bn254.SizeOfG1AffineCompressed
)

// ProofBytes is the size of a proof with the given number of commitments.
func ProofBytes(commitments int) int {
	return proofFixedBytes + commitments*bn254.SizeOfG1AffineCompressed
}

// Proof is a proof whose points are known to be in their groups. It is immutable.
type Proof struct {
	a, c        bn254.G1Affine // gnark's Ar and Krs
	b           bn254.G2Affine // gnark's Bs
	commitments []bn254.G1Affine
	pok         bn254.G1Affine // of all commitments, folded
}

// ParseProof reads a proof as gnark's Proof.WriteTo writes it (164 bytes, and 32 more for each
// commitment): A, B, C, the commitments behind a 32-bit count, and the folded proof of knowledge;
// points compressed.
//
// It is stricter than gnark's reader: it refuses uncompressed points and trailing bytes, so a
// proof has one encoding. Points at infinity are allowed, as in gnark; they prove nothing.
func ParseProof(b []byte) (*Proof, error) {
	var p Proof
	if err := p.decode(b, decodeG2); err != nil {
		return nil, err
	}
	return &p, nil
}

// decode reads a proof. decodeB is decodeG2, or decodeTwist for a caller that checks the subgroup itself.
func (p *Proof) decode(b []byte, decodeB func(*bn254.G2Affine, []byte) error) error {
	if len(b) > MaxProofBytes {
		return fmt.Errorf("proof: %w: expected at most %d bytes, got %d", ErrSize, MaxProofBytes, len(b))
	}
	if err := checkProofLayout(b); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	r := reader{rest: b}
	r.g1("A", &p.a)
	r.g2("B", &p.b, decodeB)
	r.g1("C", &p.c)
	if n := r.count("commitments", bn254.SizeOfG1AffineCompressed); n > 0 {
		p.commitments = make([]bn254.G1Affine, n)
	}
	for i := range p.commitments {
		r.g1("commitment", &p.commitments[i])
	}
	r.g1("proof of knowledge", &p.pok)
	if err := r.end(); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	return nil
}

// checkProofLayout checks lengths alone, so that a malformed proof costs no arithmetic.
func checkProofLayout(b []byte) error {
	r := reader{rest: b}
	r.take("points", proofFixedBytes-bn254.SizeOfG1AffineCompressed-4)
	n := r.count("commitments", bn254.SizeOfG1AffineCompressed)
	r.take("commitments", n*bn254.SizeOfG1AffineCompressed)
	r.take("proof of knowledge", bn254.SizeOfG1AffineCompressed)
	return r.end()
}

// Commitments is the number of commitments that the proof carries.
func (p *Proof) Commitments() int { return len(p.commitments) }

// Bytes returns the canonical encoding, which ParseProof reads.
func (p *Proof) Bytes() []byte {
	out := make([]byte, 0, ProofBytes(len(p.commitments)))
	out = appendG1(out, &p.a)
	out = appendG2(out, &p.b)
	out = appendG1(out, &p.c)
	out = appendUint32(out, len(p.commitments))
	for i := range p.commitments {
		out = appendG1(out, &p.commitments[i])
	}
	return appendG1(out, &p.pok)
}
