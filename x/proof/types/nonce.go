package types

import (
	"crypto/sha256"
	"encoding/binary"

	"cosmossdk.io/collections"
)

const (
	// NonceKeyBytes is the length of a nonce's key. A sender who found two of its own claims with one key, for about
	// 2^80 hashes, would have kept itself from submitting the second; to block another device's takes 2^160.
	NonceKeyBytes = 20

	nonceDomain = "assay/nonce/v1"
)

// NonceKey is the key under which (device, version, nonce) is marked as used: the first NonceKeyBytes of
//
//	SHA-256("assay/nonce/v1" ‖ field(device) ‖ field(version) ‖ field(nonce))
//
// with field(x) = len(x) as 4 bytes, big endian, then x. The proof takes no part: a Groth16 proof can be
// re-randomized by anyone who sees it.
func NonceKey(device []byte, version string, nonce []byte) []byte {
	h := sha256.New()
	h.Write([]byte(nonceDomain))
	for _, f := range [][]byte{device, []byte(version), nonce} {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(f)))
		h.Write(n[:])
		h.Write(f)
	}
	return h.Sum(nil)[:NonceKeyBytes]
}

// NonceStoreKey is where the store holds the attestation's id of a used nonce.
func NonceStoreKey(device []byte, version string, nonce []byte) ([]byte, error) {
	return collections.EncodeKeyWithPrefix(NoncesKey, collections.BytesKey, NonceKey(device, version, nonce))
}
