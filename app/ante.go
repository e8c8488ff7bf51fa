package app

import (
	"github.com/spf13/cast"

	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
	ibcante "github.com/cosmos/ibc-go/v11/modules/core/ante"

	proofante "github.com/assay-chain/assay/x/proof/ante"
)

// newAnteHandler returns the checks that every transaction passes before its messages run: the cheap
// ones, fees, then signatures, then what costs work and is only worth it for a transaction that pays.
// With checkProofs, CheckTx also verifies proofs: only after all that is cheaper.
func (app *App) newAnteHandler(checkProofs bool) sdk.AnteHandler {
	decorators := app.anteDecorators()
	if checkProofs {
		decorators = append(decorators, proofante.NewCheckTxDecorator(app.Proof))
	}
	return sdk.ChainAnteDecorators(decorators...)
}

// CheckTxOption names the node's own choice to verify proofs before its mempool takes them; it is on
// where nothing is said. Turned off, the node proposes transactions that fail, and still agrees with all others.
const CheckTxOption = "proof.check-tx"

func checksProofs(opts servertypes.AppOptions) bool {
	v := opts.Get(CheckTxOption)
	return v == nil || cast.ToBool(v)
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
	}
}
