package verifier

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254"
)

const (
	// MaxKeyBytes is the largest size of a verifying key that ParseKey reads.
	MaxKeyBytes = 64 << 10
	// DigestBytes is the size of a key's digest.
	DigestBytes = sha256.Size
)

// Key is a verifying key that was checked and prepared. It is immutable, but for tables that it
// builds when it is used often, and may be shared.
type Key struct {
	digest         [DigestBytes]byte
	alpha, betaG1  bn254.G1Affine
	deltaG1        bn254.G1Affine
	beta           bn254.G2Affine
	gamma, delta   bn254.G2Affine
	k              []bn254.G1Affine // of the constant one, the public inputs, the commitments
	committed      [][]int          // per commitment: the indexes into k that are hashed with it
	commitmentKeys []commitmentKey
	pre            precomputed
}

// commitmentKey is a Pedersen verifying key.
type commitmentKey struct {
	g, gSigmaNeg bn254.G2Affine
}

// ParseKey reads a verifying key as gnark's VerifyingKey.WriteTo writes it, points compressed, and
// checks that
//
//   - it has at most MaxKeyBytes bytes and MaxCommitments commitments, and each length fits the bytes
//     that are there (nothing is allocated before that is known);
//   - every point is in canonical compressed form, on its curve and in the subgroup of prime order;
//   - no point is at infinity where that would break soundness or bind nothing: α, β, γ, δ, the
//     commitment keys, and the points of the public inputs (one at infinity means that no
//     constraint uses that input, so anyone could swap its value);
//   - β and δ are the same scalars in G1 and in G2, so that no byte of the key is free;
//   - the metadata of the commitments is consistent: as many lists of committed indexes as commitment
//     keys, each list ascending and naming only public inputs and earlier commitments, and one G2
//     base for all commitment keys (gnark refuses every proof otherwise);
//   - no byte is left.
//
// It follows that Bytes returns the bytes that were parsed.
func ParseKey(b []byte) (*Key, error) {
	return parseKey(sha256.Sum256(b), b, (*Key).checkScalars)
}

// parseAccepted parses a key that ParseKey once accepted, given its digest. It makes all checks but the dearest, which no
// verification relies on: that β and δ are the same in both groups.
func parseAccepted(digest [DigestBytes]byte, b []byte) (*Key, error) {
	return parseKey(digest, b, func(*Key) error { return nil })
}

func parseKey(digest [DigestBytes]byte, b []byte, checkScalars func(*Key) error) (*Key, error) {
	if len(b) > MaxKeyBytes {
		return nil, fmt.Errorf("verifying key: %w: expected at most %d bytes, got %d", ErrSize, MaxKeyBytes, len(b))
	}
	k := &Key{digest: digest}
	steps := []func() error{
		func() error { return k.decode(b) },
		k.checkCommitments,
		k.checkInfinity,
		func() error { return checkScalars(k) },
		k.precompute,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("verifying key: %w", err)
		}
	}
	return k, nil
}

func (k *Key) decode(b []byte) error {
	if err := checkKeyLayout(b); err != nil {
		return err
	}
	r := reader{rest: b}
	r.g1("alpha", &k.alpha)
	r.g1("beta in G1", &k.betaG1)
	r.g2("beta in G2", &k.beta, decodeG2)
	r.g2("gamma", &k.gamma, decodeG2)
	r.g1("delta in G1", &k.deltaG1)
	r.g2("delta in G2", &k.delta, decodeG2)
	k.k = make([]bn254.G1Affine, r.count("K", bn254.SizeOfG1AffineCompressed))
	for i := range k.k {
		r.g1("K", &k.k[i])
		if r.err != nil {
			return r.err // one bad point stops the work
		}
	}
	k.committed = make([][]int, r.count("committed indexes", 4))
	for i := range k.committed {
		k.committed[i] = make([]int, r.count("committed indexes", 8))
		for j := range k.committed[i] {
			k.committed[i][j] = int(min(r.uint64("committed index"), MaxKeyBytes)) // out of range either way
		}
	}
	k.commitmentKeys = make([]commitmentKey, r.count("commitment keys", 2*bn254.SizeOfG2AffineCompressed))
	for i := range k.commitmentKeys {
		r.g2("commitment key", &k.commitmentKeys[i].g, decodeG2)
		r.g2("commitment key", &k.commitmentKeys[i].gSigmaNeg, decodeG2)
	}
	return r.end()
}

// checkKeyLayout checks lengths alone, so that a malformed key costs no arithmetic.
func checkKeyLayout(b []byte) error {
	r := reader{rest: b}
	r.take("points", 3*bn254.SizeOfG1AffineCompressed+3*bn254.SizeOfG2AffineCompressed)
	n := r.count("K", bn254.SizeOfG1AffineCompressed)
	r.take("K", n*bn254.SizeOfG1AffineCompressed)
	lists := r.count("committed indexes", 4)
	if lists > MaxCommitments {
		return fmt.Errorf("committed indexes: %w: expected at most %d commitments, got %d", ErrSize, MaxCommitments, lists)
	}
	for range lists {
		r.take("committed indexes", 8*r.count("committed indexes", 8))
	}
	keys := r.count("commitment keys", 2*bn254.SizeOfG2AffineCompressed)
	r.take("commitment keys", keys*2*bn254.SizeOfG2AffineCompressed)
	if err := r.end(); err != nil {
		return err
	}
	if keys != lists {
		return fmt.Errorf("%w: expected %d commitment keys, one for each list of indexes, got %d", ErrCommitmentLayout, lists, keys)
	}
	if n < 1+keys {
		return fmt.Errorf("%w: expected at least %d points K, got %d", ErrCommitmentLayout, 1+keys, n)
	}
	return nil
}

func (k *Key) checkCommitments() error {
	for i, list := range k.committed {
		limit := 1 + k.PublicInputs() + i // the inputs, and the commitments before this one
		last := 0
		for _, j := range list {
			if j <= last || j >= limit {
				return fmt.Errorf("commitment %d: %w: expected ascending indexes from 1 to %d, got %d after %d", i, ErrCommitmentLayout, limit-1, j, last)
			}
			last = j
		}
		if !k.commitmentKeys[i].g.Equal(&k.commitmentKeys[0].g) {
			return fmt.Errorf("commitment %d: %w: expected the base of commitment 0, got another", i, ErrCommitmentLayout)
		}
	}
	return nil
}

func (k *Key) checkInfinity() error {
	for _, p := range []struct {
		name     string
		infinity bool
	}{
		{"alpha", k.alpha.IsInfinity()},
		{"beta in G1", k.betaG1.IsInfinity()},
		{"beta in G2", k.beta.IsInfinity()},
		{"gamma", k.gamma.IsInfinity()},
		{"delta in G1", k.deltaG1.IsInfinity()},
		{"delta in G2", k.delta.IsInfinity()},
	} {
		if p.infinity {
			return fmt.Errorf("%s: %w", p.name, ErrInfinity)
		}
	}
	for i := range k.PublicInputs() {
		if k.k[1+i].IsInfinity() {
			return fmt.Errorf("public input %d: %w: no constraint binds it", i, ErrInfinity)
		}
	}
	for i := range k.commitmentKeys {
		if k.commitmentKeys[i].g.IsInfinity() || k.commitmentKeys[i].gSigmaNeg.IsInfinity() {
			return fmt.Errorf("commitment key %d: %w", i, ErrInfinity)
		}
	}
	return nil
}

// checkScalars checks that β and δ have the same discrete logarithm in both groups. Verification
// uses the points of G2 alone.
func (k *Key) checkScalars() error {
	_, _, g1, g2 := bn254.Generators()
	var g2Neg bn254.G2Affine
	g2Neg.Neg(&g2)
	for _, p := range []struct {
		name string
		g1   bn254.G1Affine
		g2   bn254.G2Affine
	}{{"beta", k.betaG1, k.beta}, {"delta", k.deltaG1, k.delta}} {
		same, err := bn254.PairingCheck([]bn254.G1Affine{p.g1, g1}, []bn254.G2Affine{g2Neg, p.g2})
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if !same {
			return fmt.Errorf("%s: %w: expected the same scalar in G1 and G2", p.name, ErrKeyMismatch)
		}
	}
	return nil
}

// Digest is the SHA-256 of the key's bytes.
func (k *Key) Digest() [DigestBytes]byte { return k.digest }

// PublicInputs is the number of public inputs that a statement under this key has.
func (k *Key) PublicInputs() int { return len(k.k) - 1 - len(k.commitmentKeys) }

// Commitments is the number of commitments that a proof under this key carries.
func (k *Key) Commitments() int { return len(k.commitmentKeys) }

// Bytes returns the canonical encoding, which ParseKey reads.
func (k *Key) Bytes() []byte {
	var out []byte
	out = appendG1(out, &k.alpha)
	out = appendG1(out, &k.betaG1)
	out = appendG2(out, &k.beta)
	out = appendG2(out, &k.gamma)
	out = appendG1(out, &k.deltaG1)
	out = appendG2(out, &k.delta)
	out = appendUint32(out, len(k.k))
	for i := range k.k {
		out = appendG1(out, &k.k[i])
	}
	out = appendUint32(out, len(k.committed))
	for _, list := range k.committed {
		out = appendUint32(out, len(list))
		for _, j := range list {
			out = binary.BigEndian.AppendUint64(out, uint64(j))
		}
	}
	out = appendUint32(out, len(k.commitmentKeys))
	for i := range k.commitmentKeys {
		out = appendG2(out, &k.commitmentKeys[i].g)
		out = appendG2(out, &k.commitmentKeys[i].gSigmaNeg)
	}
	return out
}
