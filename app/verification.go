package app

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/verifier"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

var _ registrytypes.KeyChecker = keyChecker{}

// keyChecker lets x/registry refuse verifying keys that no proof could be checked against.
type keyChecker struct{}

// CheckVerifyingKey decodes a key and checks all of its points.
func (keyChecker) CheckVerifyingKey(key []byte) (registrytypes.KeyInfo, error) {
	k, err := verifier.ParseKey(key)
	if err != nil {
		return registrytypes.KeyInfo{}, err
	}
	return registrytypes.KeyInfo{PublicInputs: k.PublicInputs(), Commitments: k.Commitments()}, nil
}

// prepareProofs has the proofs of a block verified together before its messages ask for them one by
// one. Bytes that are no transaction fail later, at their place in the block.
func (app *App) prepareProofs(ctx sdk.Context, raw [][]byte) {
	txs := make([]sdk.Tx, 0, len(raw))
	for _, b := range raw {
		if tx, err := app.TxDecode(b); err == nil {
			txs = append(txs, tx)
		}
	}
	app.Proof.PrepareBlock(ctx, txs)
}
