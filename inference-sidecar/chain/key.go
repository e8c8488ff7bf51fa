package chain

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
)

// ErrKey is returned for a key file that is missing, malformed, or open to others.
var ErrKey = errors.New("device key")

// Key is the account key that a device signs with.
type Key struct {
	private *secp256k1.PrivKey
}

// NewKey makes a key from the system's randomness.
func NewKey() *Key { return &Key{secp256k1.GenPrivKey()} }

// Address is the account address, 20 bytes.
func (k *Key) Address() []byte { return k.private.PubKey().Address() }

// String is the account address in bech32. It never holds the key.
func (k *Key) String() string {
	text, err := addresses.BytesToString(k.Address())
	if err != nil {
		return err.Error() // no address is too long
	}
	return text
}

// ReadKey reads a file that WriteKey made. A file that other users may read or write is refused.
func ReadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s: expected a file of mode 600, got %s", ErrKey, path, info.Mode())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != secp256k1.PrivKeySize {
		return nil, fmt.Errorf("%w: %s: expected %d hex digits", ErrKey, path, 2*secp256k1.PrivKeySize)
	}
	return &Key{&secp256k1.PrivKey{Key: raw}}, nil
}

// WriteKey writes the key as hex to a new file of mode 600; a file that is there already is never replaced.
func WriteKey(path string, k *Key) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrKey, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s exists already: expected no file", ErrKey, path)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKey, err)
	}
	_, err = fmt.Fprintln(f, hex.EncodeToString(k.private.Key))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrKey, errors.Join(err, os.Remove(path)))
	}
	return nil
}
