package cmd

import (
	"context"
	"fmt"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
)

type refusalKey struct{}

// refusal is the last answer of a node that did not take a transaction. The SDK prints such an
// answer and succeeds; scripts need it to fail.
type refusal struct{ result *coretypes.ResultBroadcastTx }

func (r *refusal) err() error {
	if r.result == nil {
		return nil
	}
	return fmt.Errorf("transaction refused: %s (code %s/%d)", r.result.Log, r.result.Codespace, r.result.Code)
}

// recordRefusals makes the client of ctx keep the answer to a transaction that a node refuses.
func recordRefusals(cmd *cobra.Command, ctx client.Context) client.Context {
	to, ok := cmd.Context().Value(refusalKey{}).(*refusal)
	if !ok || ctx.Client == nil {
		return ctx
	}
	if f := cmd.Flags().Lookup(flags.FlagNode); f != nil {
		f.Changed = false // it is applied; a command that reads it again would replace the client
	}
	return ctx.WithClient(recordingClient{CometRPC: ctx.Client, to: to})
}

type recordingClient struct {
	client.CometRPC
	to *refusal
}

// BroadcastTxSync sends a transaction and waits for the node's check.
func (c recordingClient) BroadcastTxSync(ctx context.Context, tx cmttypes.Tx) (*coretypes.ResultBroadcastTx, error) {
	res, err := c.CometRPC.BroadcastTxSync(ctx, tx)
	if err == nil && res.Code != 0 {
		c.to.result = res
	}
	return res, err
}
