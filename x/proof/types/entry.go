package types

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/statement"
)

// DeviceAddress parses the address of a device: bech32 of statement.DeviceBytes bytes.
func DeviceAddress(device string) (sdk.AccAddress, error) {
	addr, err := sdk.AccAddressFromBech32(device)
	if err != nil {
		return nil, errorsmod.Wrapf(ErrInvalidDevice, "%q: %s", clip(device), err)
	}
	if len(addr) != statement.DeviceBytes {
		return nil, errorsmod.Wrapf(ErrInvalidDevice, "%q: expected %d bytes, got %d", clip(device), statement.DeviceBytes, len(addr))
	}
	return addr, nil
}

// ValidateVersion checks that a version id can be a key of the store and part of a statement: 1 to
// statement.MaxFieldBytes printable ASCII characters. Whether it exists is for the registry to say.
func ValidateVersion(id string) error {
	if len(id) == 0 || len(id) > statement.MaxFieldBytes {
		return errorsmod.Wrapf(ErrInvalidVersion, "expected 1 to %d bytes, got %d", statement.MaxFieldBytes, len(id))
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return errorsmod.Wrapf(ErrInvalidVersion, "byte %d: expected a printable character, got %#02x", i, id[i])
		}
	}
	return nil
}

// ValidateNonce checks the length of a nonce.
func ValidateNonce(nonce []byte) error {
	if len(nonce) < statement.MinNonceBytes || len(nonce) > statement.MaxNonceBytes {
		return errorsmod.Wrapf(ErrInvalidNonce, "expected %d to %d bytes, got %d", statement.MinNonceBytes, statement.MaxNonceBytes, len(nonce))
	}
	return nil
}

// InputDigestElement decodes an input digest: 32 bytes, big endian, below the BN254 scalar modulus.
func InputDigestElement(digest []byte) (fr.Element, error) {
	var e fr.Element
	if len(digest) != fr.Bytes {
		return e, errorsmod.Wrapf(ErrInvalidInputDigest, "expected %d bytes, got %d", fr.Bytes, len(digest))
	}
	if err := e.SetBytesCanonical(digest); err != nil {
		return e, errorsmod.Wrapf(ErrInvalidInputDigest, "%s", err)
	}
	return e, nil
}

// Validate makes the checks of an entry that need no state but the parameters' limits.
func (e ProofEntry) Validate(p Params) error {
	if err := ValidateVersion(e.Version); err != nil {
		return err
	}
	if err := ValidateNonce(e.Nonce); err != nil {
		return err
	}
	if _, err := InputDigestElement(e.InputDigest); err != nil {
		return err
	}
	if n := len(e.Output); n == 0 || uint64(n) > uint64(p.MaxOutputBytes) {
		return errorsmod.Wrapf(ErrOutputSize, "expected 1 to %d bytes, got %d", p.MaxOutputBytes, n)
	}
	if n := len(e.Proof); n == 0 || uint64(n) > uint64(p.MaxProofBytes) {
		return errorsmod.Wrapf(ErrProofSize, "expected 1 to %d bytes, got %d", p.MaxProofBytes, n)
	}
	return nil
}

// clip keeps an error readable when a sender's text is long.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
