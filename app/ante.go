package app

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
	ibcante "github.com/cosmos/ibc-go/v11/modules/core/ante"

	proofante "github.com/assay-chain/assay/x/proof/ante"
)

// newAnteHandler returns the checks that every transaction passes before its messages run: the cheap
// ones, fees, then signatures, then what costs work and is only worth it for a transaction that pays.
func (app *App) newAnteHandler() sdk.AnteHandler {
	return sdk.ChainAnteDecorators(app.anteDecorators()...)
}

func (app *App) anteDecorators() []sdk.AnteDecorator {
	return []sdk.AnteDecorator{
		ante.NewSetUpContextDecorator(), // the gas meter; must be outermost
		ante.NewExtensionOptionsDecorator(nil),
		ante.NewValidateBasicDecorator(),
		ante.NewTxTimeoutHeightDecorator(),
		ante.NewValidateMemoDecorator(app.Account),
		ante.NewConsumeGasForTxSizeDecorator(app.Account),
		ante.NewDeductFeeDecorator(app.Account, app.Bank, app.FeeGrant, nil),
		ante.NewSetPubKeyDecorator(app.Account), // before all that reads public keys
		ante.NewValidateSigCountDecorator(app.Account),
		ante.NewSigGasConsumeDecorator(app.Account, ante.DefaultSigVerificationGasConsumer),
		ante.NewSigVerificationDecorator(app.Account, app.enc.Tx.SignModeHandler()),
		ante.NewIncrementSequenceDecorator(app.Account),
		ibcante.NewRedundantRelayDecorator(app.IBC),
		proofante.NewCheckTxDecorator(app.Proof), // verifies, so it comes after all that is cheaper
	}
}
