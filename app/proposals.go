package app

import (
	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// setProposalHandlers sets what a proposer puts into a block and what the others accept. The SDK's
// own check of a proposal lets everything pass where the mempool is CometBFT's, and it meters no
// block's gas by default; so nothing but this would bound what a proposer can make everyone compute.
func (app *App) setProposalHandlers() {
	app.SetPrepareProposal(baseapp.NewDefaultProposalHandler(app.Mempool(), app.BaseApp).PrepareProposalHandler())
	app.SetProcessProposal(app.processProposal)
}

// processProposal refuses a block with bytes that are no transaction, which an honest proposer never
// has, or with gas limits that add up to more than a block's.
func (app *App) processProposal(ctx sdk.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	left := blockGasLimit(ctx)
	for _, raw := range req.Txs {
		tx, err := app.TxDecode(raw)
		if err != nil {
			app.Logger().Info("proposal refused", "reason", "bytes that are no transaction", "height", req.Height)
			return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
		}
		gas := gasLimit(tx)
		if gas > left {
			app.Logger().Info("proposal refused", "reason", "more gas than a block may use", "height", req.Height)
			return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
		}
		left -= gas
	}
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// blockGasLimit is what the gas limits of a block's transactions may add up to.
func blockGasLimit(ctx sdk.Context) uint64 {
	if b := ctx.ConsensusParams().Block; b != nil && b.MaxGas > 0 {
		return uint64(b.MaxGas)
	}
	return ^uint64(0)
}

// gasLimit is the gas that a transaction may use.
func gasLimit(tx sdk.Tx) uint64 {
	if f, ok := tx.(sdk.FeeTx); ok {
		return f.GetGas()
	}
	return 0
}
