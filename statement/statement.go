// Package statement defines what an Assay proof says: how input bytes, output bytes and the
// context become the public inputs of a circuit over the BN254 scalar field.
//
// It is the one place where the chain, the prover and every verifier agree on bytes, so it has no
// dependency but gnark-crypto, keeps no state and never panics on input. It trusts nothing: all
// lengths are checked, and every encoding is injective.
//
// Public inputs, in this order (DESIGN, decision 2):
//
//  1. input digest: Poseidon2 over the input bytes;
//  2. output: the output bytes packed into 1 to 8 elements, or one Poseidon2 digest of them;
//  3. context: 31 bytes of a SHA-256 that binds chain, device, version and nonce.
//
// Poseidon2 is the Merkle–Damgård hash of gnark-crypto (width 2, 6 full and 50 partial rounds,
// x^5, initial state zero; https://eprint.iacr.org/2023/323).
package statement

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
)

const (
	// BytesPerElement is how many bytes are packed into one field element.
	BytesPerElement = 31
	// MaxOutputElements is the largest number of elements an output occupies before it is hashed.
	MaxOutputElements = 8
	// MaxDataBytes bounds what Digest and Output accept.
	MaxDataBytes = 1 << 24
	// MinNonceBytes and MaxNonceBytes bound a nonce.
	MinNonceBytes, MaxNonceBytes = 1, 32
	// MaxFieldBytes bounds the chain id and the version id.
	MaxFieldBytes = 256
	// DeviceBytes is the length of a device's account address.
	DeviceBytes = 20

	contextDomain = "assay/context/v1"
)

// ErrSize is returned for data, a chain id, a version id, a device or a nonce of a length out of range.
var ErrSize = errors.New("statement: length out of range")

// Pack returns the elements of data: element i is the little-endian integer of
// data[31*i : min(31*i+31, len(data))].
func Pack(data []byte) []fr.Element {
	out := make([]fr.Element, 0, Elements(len(data)))
	for len(data) > 0 {
		n := min(len(data), BytesPerElement)
		var le [fr.Bytes]byte
		copy(le[:], data[:n])
		e, _ := fr.LittleEndian.Element(&le) // 31 bytes are always below the modulus
		out = append(out, e)
		data = data[n:]
	}
	return out
}

// Elements is how many elements Pack makes of n bytes.
func Elements(n int) int { return (n + BytesPerElement - 1) / BytesPerElement }

// Digest is Poseidon2 over (length in bytes, Pack(data)...). data may have 1 to MaxDataBytes bytes.
func Digest(data []byte) (fr.Element, error) {
	var digest fr.Element
	if len(data) == 0 || len(data) > MaxDataBytes {
		return digest, fmt.Errorf("%w: data: expected 1 to %d bytes, got %d", ErrSize, MaxDataBytes, len(data))
	}
	h := poseidon2.NewMerkleDamgardHasher()
	write := func(e fr.Element) {
		b := e.Bytes()
		_, _ = h.Write(b[:]) // a canonical element is always accepted
	}
	write(fr.NewElement(uint64(len(data))))
	for _, e := range Pack(data) {
		write(e)
	}
	err := digest.SetBytesCanonical(h.Sum(nil))
	return digest, err
}

// OutputHashed says whether an output of n bytes is represented by its digest.
func OutputHashed(n int) bool { return Elements(n) > MaxOutputElements }

// OutputElements is how many public inputs an output of n bytes occupies.
func OutputElements(n int) int {
	if OutputHashed(n) {
		return 1
	}
	return Elements(n)
}

// Output returns the public inputs for the output bytes: Pack(data), or its Digest where that
// would take more than MaxOutputElements. data may have 1 to MaxDataBytes bytes.
func Output(data []byte) ([]fr.Element, error) {
	if OutputHashed(len(data)) || len(data) == 0 {
		d, err := Digest(data)
		return []fr.Element{d}, err
	}
	return Pack(data), nil
}

// Binding is what binds a proof to its purpose.
type Binding struct {
	ChainID string // 1 to MaxFieldBytes bytes
	Device  []byte // account address, DeviceBytes bytes
	Version string // version id, "publisher/model@semver", 1 to MaxFieldBytes bytes
	Nonce   []byte // MinNonceBytes to MaxNonceBytes bytes
}

// Context is the little-endian integer of the first 31 bytes of
//
//	SHA-256("assay/context/v1" ‖ field(chain id) ‖ field(device) ‖ field(version) ‖ field(nonce))
//
// with field(x) = len(x) as 4 bytes, big endian, then x.
func (b Binding) Context() (fr.Element, error) {
	var zero fr.Element
	switch {
	case len(b.ChainID) == 0 || len(b.ChainID) > MaxFieldBytes:
		return zero, fmt.Errorf("%w: chain id: expected 1 to %d bytes, got %d", ErrSize, MaxFieldBytes, len(b.ChainID))
	case len(b.Device) != DeviceBytes:
		return zero, fmt.Errorf("%w: device: expected %d bytes, got %d", ErrSize, DeviceBytes, len(b.Device))
	case len(b.Version) == 0 || len(b.Version) > MaxFieldBytes:
		return zero, fmt.Errorf("%w: version id: expected 1 to %d bytes, got %d", ErrSize, MaxFieldBytes, len(b.Version))
	case len(b.Nonce) < MinNonceBytes || len(b.Nonce) > MaxNonceBytes:
		return zero, fmt.Errorf("%w: nonce: expected %d to %d bytes, got %d", ErrSize, MinNonceBytes, MaxNonceBytes, len(b.Nonce))
	}
	h := sha256.New()
	h.Write([]byte(contextDomain))
	for _, f := range [][]byte{[]byte(b.ChainID), b.Device, []byte(b.Version), b.Nonce} {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(f)))
		h.Write(n[:])
		h.Write(f)
	}
	return Pack(h.Sum(nil)[:BytesPerElement])[0], nil
}

// PublicInputs returns the public inputs in the order of a circuit's witness:
// input digest, output elements, context.
func PublicInputs(inputDigest fr.Element, output []byte, b Binding) ([]fr.Element, error) {
	out, err := Output(output)
	if err != nil {
		return nil, fmt.Errorf("output: %w", err)
	}
	ctx, err := b.Context()
	if err != nil {
		return nil, err
	}
	return append(append([]fr.Element{inputDigest}, out...), ctx), nil
}
