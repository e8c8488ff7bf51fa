package prover

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
)

const (
	// ProofBytes is the size of a proof: two points of G1 and one of G2, a count, one commitment
	// and its proof of knowledge.
	ProofBytes = 32 + 64 + 32 + 4 + 32 + 32
	// MaxProvingKeyBytes bounds a serialized proving key.
	MaxProvingKeyBytes = 4 << 30

	// A verifying key is α β β γ δ δ, a count and that many points K, then in 4-byte counts one
	// commitment to no public wire, one commitment key, and its two points.
	keyHeadBytes, keyTailBytes = 3*32 + 3*64, 3*4 + 2*64
	// A proving key starts with its domain: size, five elements, a flag. The scalar field's largest
	// has 2^28 points.
	domainBytes, maxDomain = 8 + 5*32 + 1, 1 << 28
	// MaxPublicInputs bounds the public inputs of a verifying key: digest, output, context.
	MaxPublicInputs = 10
)

// decodeProof reads a proof with one commitment. gnark checks that all points are in their subgroup.
func decodeProof(raw []byte) (groth16.Proof, error) {
	if len(raw) != ProofBytes {
		return nil, fmt.Errorf("%w: expected %d bytes, got %d", ErrProof, ProofBytes, len(raw))
	}
	if n := binary.BigEndian.Uint32(raw[128:]); n != 1 { // checked first: gnark allocates by it
		return nil, fmt.Errorf("%w: expected 1 commitment, got %d", ErrProof, n)
	}
	proof := groth16.NewProof(ecc.BN254)
	n, err := proof.ReadFrom(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if n != ProofBytes {
		return nil, fmt.Errorf("%w: %d trailing bytes", ErrProof, ProofBytes-n)
	}
	return proof, nil
}

// ReadVerifyingKey decodes the key of a circuit of package circuit. Its shape is checked before
// anything is allocated, and every point for its subgroup.
func ReadVerifyingKey(raw []byte) (groth16.VerifyingKey, error) {
	const fixed = keyHeadBytes + 4 + keyTailBytes
	points := (len(raw) - fixed) / 32 // constant one, public inputs, commitment
	if points < 3 || points > MaxPublicInputs+2 || len(raw) != fixed+32*points {
		return nil, fmt.Errorf("%w: verifying key: unexpected length %d", ErrKey, len(raw))
	}
	tail := raw[len(raw)-keyTailBytes:]
	counts := []uint32{
		binary.BigEndian.Uint32(raw[keyHeadBytes:]),
		binary.BigEndian.Uint32(tail), binary.BigEndian.Uint32(tail[4:]), binary.BigEndian.Uint32(tail[8:]),
	}
	for i, want := range []uint32{uint32(points), 1, 0, 1} {
		if counts[i] != want {
			return nil, fmt.Errorf("%w: verifying key: count %d: expected %d, got %d", ErrKey, i, want, counts[i])
		}
	}
	vk := groth16.NewVerifyingKey(ecc.BN254)
	n, err := vk.ReadFrom(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: verifying key: %w", ErrKey, err)
	}
	if n != int64(len(raw)) {
		return nil, fmt.Errorf("%w: verifying key: %d trailing bytes", ErrKey, int64(len(raw))-n)
	}
	return vk, nil
}

// ReadProvingKey decodes a key of at most MaxProvingKeyBytes and checks every point. Where the file's
// digest is trusted, UnsafeReadProvingKey is faster. Neither is made for hostile files: gnark
// allocates by the counts that it finds.
func ReadProvingKey(r io.Reader) (groth16.ProvingKey, error) {
	return readProvingKey(r, groth16.ProvingKey.ReadFrom)
}

// UnsafeReadProvingKey decodes a key that this machine made itself or has compared by digest: points
// are not checked to be in their subgroups. A bad key cannot make proofs that lie, but its proofs may
// fail, or give the input away.
func UnsafeReadProvingKey(r io.Reader) (groth16.ProvingKey, error) {
	return readProvingKey(r, groth16.ProvingKey.UnsafeReadFrom)
}

func readProvingKey(r io.Reader, read func(groth16.ProvingKey, io.Reader) (int64, error)) (pk groth16.ProvingKey, err error) {
	defer func() { // gnark's decoder indexes by what it read
		if x := recover(); x != nil {
			pk, err = nil, fmt.Errorf("%w: proving key: %v", ErrKey, x)
		}
	}()
	buffered := bufio.NewReaderSize(&io.LimitedReader{R: r, N: MaxProvingKeyBytes}, 1<<20)
	head, err := buffered.Peek(domainBytes) // at once, as gnark takes a short read for a whole one
	if err != nil {
		return nil, fmt.Errorf("%w: proving key: %w", ErrKey, err)
	}
	if n := binary.BigEndian.Uint64(head); bits.OnesCount64(n) != 1 || n > maxDomain {
		return nil, fmt.Errorf("%w: proving key: domain: expected a power of two up to %d, got %d", ErrKey, maxDomain, n)
	}
	pk = groth16.NewProvingKey(ecc.BN254)
	if _, err := read(pk, buffered); err != nil {
		return nil, fmt.Errorf("%w: proving key: %w", ErrKey, err)
	}
	if _, err := buffered.Peek(1); err != io.EOF {
		return nil, fmt.Errorf("%w: proving key: trailing bytes", ErrKey)
	}
	return pk, nil
}
