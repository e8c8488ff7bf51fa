package verifier

import (
	"encoding/binary"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// reader consumes an encoding from the front. The first error sticks, so a caller may read several
// fields and check once.
type reader struct {
	rest []byte
	err  error
}

// take returns the next n bytes, or nil once there is an error.
func (r *reader) take(field string, n int) []byte {
	if r.err != nil {
		return nil
	}
	if len(r.rest) < n {
		r.err = fmt.Errorf("%s: %w: expected %d bytes, got %d", field, ErrTruncated, n, len(r.rest))
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// count reads a 32-bit length of elements that take at least unit bytes each, and refuses one that
// the rest of the encoding cannot hold. So no allocation exceeds a small multiple of the input.
func (r *reader) count(field string, unit int) int {
	b := r.take(field, 4)
	if b == nil {
		return 0
	}
	n := uint64(binary.BigEndian.Uint32(b))
	if n*uint64(unit) > uint64(len(r.rest)) {
		r.err = fmt.Errorf("%s: %w: expected %d elements of %d bytes, got %d bytes", field, ErrTruncated, n, unit, len(r.rest))
		return 0
	}
	return int(n)
}

func (r *reader) uint64(field string) uint64 {
	b := r.take(field, 8)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func (r *reader) g1(field string, p *bn254.G1Affine) {
	if b := r.take(field, bn254.SizeOfG1AffineCompressed); b != nil {
		r.wrap(field, decodeG1(p, b))
	}
}

func (r *reader) g2(field string, p *bn254.G2Affine, decode func(*bn254.G2Affine, []byte) error) {
	if b := r.take(field, bn254.SizeOfG2AffineCompressed); b != nil {
		r.wrap(field, decode(p, b))
	}
}

func (r *reader) wrap(field string, err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%s: %w", field, err)
	}
}

// end returns the first error, or ErrTrailing if bytes are left.
func (r *reader) end() error {
	if r.err == nil && len(r.rest) > 0 {
		return fmt.Errorf("%w: expected the end, got %d bytes", ErrTrailing, len(r.rest))
	}
	return r.err
}

// ParseElement reads a public input: 32 bytes, big endian, below the modulus of the scalar field.
func ParseElement(b []byte) (fr.Element, error) {
	var e fr.Element
	if len(b) != fr.Bytes {
		return e, fmt.Errorf("%w: expected %d bytes, got %d", ErrFieldElement, fr.Bytes, len(b))
	}
	if err := e.SetBytesCanonical(b); err != nil {
		return e, fmt.Errorf("%w: expected a value below the modulus, got %x", ErrFieldElement, b)
	}
	return e, nil
}
