package proving

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/prover"
)

// maxKeys bounds the verifying keys that a checker keeps, of some hundred bytes each.
const maxKeys = 32

// checker verifies what provers answer.
type checker struct {
	fetch func(ctx context.Context, digest [32]byte) ([]byte, error)

	mu   sync.Mutex
	keys map[[32]byte]groth16.VerifyingKey
}

// check believes nothing of p: the statement is made of what the device knows. Errors are ErrProof for an answer that
// proves nothing, ErrMismatch for one that proves another output, and whatever kept the key from being had.
func (c *checker) check(ctx context.Context, j *Job, p *Proof) error {
	vk, err := c.key(ctx, j.KeyDigest)
	if err != nil {
		return fmt.Errorf("verifying key %x: %w", j.KeyDigest, err)
	}
	digest, err := statement.Digest(j.Input)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJob, err)
	}
	if b := digest.Bytes(); !bytes.Equal(p.InputDigest, b[:]) {
		return fmt.Errorf("%w: input digest: expected %x, got %x", ErrProof, b, p.InputDigest)
	}
	if err := verify(vk, digest, p, j.Binding()); err != nil {
		return err
	}
	if !bytes.Equal(p.Output, j.Output) {
		return fmt.Errorf("%w: version %q, input digest %x", ErrMismatch, j.Version, p.InputDigest)
	}
	return nil
}

func verify(vk groth16.VerifyingKey, digest fr.Element, p *Proof, b statement.Binding) error {
	public, err := statement.PublicInputs(digest, p.Output, b)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	if err := prover.Verify(vk, p.Proof, public); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	return nil
}

func (c *checker) key(ctx context.Context, digest [32]byte) (groth16.VerifyingKey, error) {
	c.mu.Lock()
	vk := c.keys[digest]
	c.mu.Unlock()
	if vk != nil {
		return vk, nil
	}
	raw, err := c.fetch(ctx, digest)
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(raw); got != digest {
		return nil, fmt.Errorf("expected sha256 %x, got %x", digest, got)
	}
	if vk, err = prover.ReadVerifyingKey(raw); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) >= maxKeys {
		clear(c.keys)
	}
	c.keys[digest] = vk
	return vk, nil
}
