package types

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

var (
	_ sdk.Msg = (*MsgSubmitProof)(nil)
	_ sdk.Msg = (*MsgSubmitProofs)(nil)
	_ sdk.Msg = (*MsgUpdateParams)(nil)
)

// Entry returns the claim and the proof of the message. It shares the message's bytes.
func (m *MsgSubmitProof) Entry() ProofEntry {
	return ProofEntry{
		Version:     m.Version,
		Nonce:       m.Nonce,
		InputDigest: m.InputDigest,
		Output:      m.Output,
		Proof:       m.Proof,
	}
}

// Validate makes the checks that need no state but the parameters' limits.
func (m *MsgSubmitProof) Validate(p Params) error {
	if _, err := DeviceAddress(m.Device); err != nil {
		return err
	}
	return m.Entry().Validate(p)
}

// Validate makes the checks that need no state but the parameters' limits. The error names the index
// of the first bad entry.
func (m *MsgSubmitProofs) Validate(p Params) error {
	if _, err := DeviceAddress(m.Device); err != nil {
		return err
	}
	if n := len(m.Entries); n == 0 || uint64(n) > uint64(p.MaxProofsPerMsg) {
		return errorsmod.Wrapf(ErrEntryCount, "expected 1 to %d, got %d", p.MaxProofsPerMsg, n)
	}
	for i, e := range m.Entries {
		if err := e.Validate(p); err != nil {
			return errorsmod.Wrapf(err, "entry %d", i)
		}
	}
	return nil
}
