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
		if tx := app.decode(b); tx != nil {
			txs = append(txs, tx)
		}
	}
	app.Proof.PrepareBlock(ctx, txs)
}

// decode returns the transaction, or nil. It outlives a panic of the decoder: what a block's execution
// survives, the look ahead at it has to survive too.
func (app *App) decode(raw []byte) (tx sdk.Tx) {
	defer func() {
		if r := recover(); r != nil {
			app.Logger().Error("decode for preparation", "panic", r)
			tx = nil
		}
	}()
	tx, err := app.TxDecode(raw)
	if err != nil {
		return nil
	}
	return tx
}
