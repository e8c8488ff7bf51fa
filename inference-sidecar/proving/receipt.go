package proving

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/assay-chain/assay/inference-sidecar/journal"
	"github.com/assay-chain/assay/statement"
)

// MaxReceiptOutput is the longest output that a receipt carries itself; of a longer one it has the SHA-256.
const MaxReceiptOutput = 1 << 10

// MaxReceiptBytes bounds the JSON of a receipt.
const MaxReceiptBytes = 16 << 10

// Receipt is what a device says about one result before there is a proof of it: the fields of a statement, and when.
// It is a promise, not evidence; the attestation that follows has the same fields. Bytes are base64 in JSON.
type Receipt struct {
	ChainID      string    `json:"chain_id"`
	Device       string    `json:"device"`       // account address as the chain prints it
	Version      string    `json:"version"`      // version id
	Nonce        []byte    `json:"nonce"`        // 16 random bytes, the journal's id of the result
	InputDigest  []byte    `json:"input_digest"` // Poseidon2, 32 bytes, big endian
	Output       []byte    `json:"output,omitempty"`
	OutputSHA256 []byte    `json:"output_sha256,omitempty"` // set exactly where output is not
	Time         time.Time `json:"time"`
}

// NewID returns a fresh id of an entry, which is the nonce of its statement.
func NewID() journal.ID {
	var id journal.ID
	_, _ = rand.Read(id[:]) // never fails
	return id
}

// NewReceipt makes the receipt of an entry. It hashes the input: see docs/proving.md for what that costs.
func NewReceipt(chainID, device string, e *journal.Entry) (*Receipt, error) {
	digest, err := inputDigest(e.Input)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	r := &Receipt{ChainID: chainID, Device: device, Version: e.Version, Nonce: bytes.Clone(e.ID[:]), InputDigest: digest, Time: e.Time.UTC()}
	if len(e.Output) <= MaxReceiptOutput {
		r.Output = bytes.Clone(e.Output)
	} else {
		sum := sha256.Sum256(e.Output)
		r.OutputSHA256 = sum[:]
	}
	return r, r.Validate()
}

// DecodeReceipt reads a receipt strictly.
func DecodeReceipt(data []byte) (*Receipt, error) {
	if len(data) > MaxReceiptBytes {
		return nil, fmt.Errorf("receipt: expected at most %d bytes, got %d", MaxReceiptBytes, len(data))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r Receipt
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("receipt: trailing data")
	}
	return &r, r.Validate()
}

// Validate says whether the receipt could be a statement's. Whether the device is an account is not looked at.
func (r *Receipt) Validate() error {
	b := statement.Binding{ChainID: r.ChainID, Device: make([]byte, statement.DeviceBytes), Version: r.Version, Nonce: r.Nonce}
	if _, err := b.Context(); err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	var digest fr.Element
	if err := digest.SetBytesCanonical(r.InputDigest); err != nil {
		return fmt.Errorf("receipt: input digest: %w", err)
	}
	if r.Device == "" || len(r.Device) > statement.MaxFieldBytes {
		return fmt.Errorf("receipt: device: expected 1 to %d bytes, got %d", statement.MaxFieldBytes, len(r.Device))
	}
	switch {
	case len(r.Nonce) != len(journal.ID{}):
		return fmt.Errorf("receipt: nonce: expected %d bytes, got %d", len(journal.ID{}), len(r.Nonce))
	case len(r.Output) > MaxReceiptOutput:
		return fmt.Errorf("receipt: output: expected at most %d bytes, got %d", MaxReceiptOutput, len(r.Output))
	case (len(r.Output) == 0) != (len(r.OutputSHA256) == sha256.Size) || len(r.OutputSHA256) != 0 && len(r.OutputSHA256) != sha256.Size:
		return fmt.Errorf("receipt: expected an output or its sha256, got %d and %d bytes", len(r.Output), len(r.OutputSHA256))
	case r.Time.IsZero():
		return fmt.Errorf("receipt: expected a time")
	}
	return nil
}

// inputDigest is the Poseidon2 digest of an input: 32 bytes, big endian.
func inputDigest(input []byte) ([]byte, error) {
	digest, err := statement.Digest(input)
	if err != nil {
		return nil, err
	}
	b := digest.Bytes()
	return b[:], nil
}
