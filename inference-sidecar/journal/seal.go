package journal

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"os"

	"golang.org/x/crypto/chacha20poly1305"
)

// KeyBytes is the length of a key.
const KeyBytes = chacha20poly1305.KeySize

const (
	sealPlain     = "plain-crc32c"
	sealEncrypted = "xchacha20poly1305"
)

var errSeal = errors.New("the bytes are not what was written")

// ReadKey reads a key from a file: 32 raw bytes, or 64 hex digits with or without a newline. Nobody but the owner may
// be allowed to read the file.
func ReadKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("journal key: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > 2*KeyBytes+2 {
		return nil, fmt.Errorf("journal key %q: %w: expected a file of %d bytes or %d hex digits", path, ErrKey, KeyBytes, 2*KeyBytes)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("journal key %q: %w: expected mode 0600 or less, got %#o", path, ErrKey, mode)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("journal key: %w", err)
	}
	if len(data) == KeyBytes {
		return data, nil
	}
	for len(data) > 0 && (data[len(data)-1] == '\n' || data[len(data)-1] == '\r') {
		data = data[:len(data)-1]
	}
	key, err := hex.DecodeString(string(data))
	if err != nil || len(key) != KeyBytes {
		return nil, fmt.Errorf("journal key %q: %w: expected %d bytes or %d hex digits", path, ErrKey, KeyBytes, 2*KeyBytes)
	}
	return key, nil
}

// sealer protects one value of the file. place is bound to the value: a value moved to another place does not open.
type sealer interface {
	name() string
	seal(place, value []byte) []byte
	open(place, sealed []byte) ([]byte, error)
}

func newSealer(key []byte) (sealer, error) {
	if key == nil {
		return plain{}, nil
	}
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("%w: expected %d bytes, got %d", ErrKey, KeyBytes, len(key))
	}
	aead, err := chacha20poly1305.NewX(key)
	return encrypted{aead}, err
}

// plain finds damage, nothing more.
type plain struct{}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (plain) name() string { return sealPlain }

func (plain) checksum(place, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(place, castagnoli), castagnoli, value)
}

func (p plain) seal(place, value []byte) []byte {
	out := make([]byte, 0, len(value)+4)
	return binary.BigEndian.AppendUint32(append(out, value...), p.checksum(place, value))
}

func (p plain) open(place, sealed []byte) ([]byte, error) {
	n := len(sealed) - 4
	if n < 0 || binary.BigEndian.Uint32(sealed[n:]) != p.checksum(place, sealed[:n]) {
		return nil, errSeal
	}
	return append([]byte(nil), sealed[:n]...), nil
}

// encrypted is XChaCha20-Poly1305 under random nonces of 24 bytes, which do not repeat in the life of a key.
type encrypted struct {
	aead cipher.AEAD
}

func (encrypted) name() string { return sealEncrypted }

func (e encrypted) seal(place, value []byte) []byte {
	out := make([]byte, e.aead.NonceSize(), e.aead.NonceSize()+len(value)+e.aead.Overhead())
	_, _ = rand.Read(out) // never fails
	return e.aead.Seal(out, out, value, place)
}

func (e encrypted) open(place, sealed []byte) ([]byte, error) {
	n := e.aead.NonceSize()
	if len(sealed) < n {
		return nil, errSeal
	}
	value, err := e.aead.Open(nil, sealed[:n], sealed[n:], place)
	if err != nil {
		return nil, errSeal
	}
	return value, nil
}
