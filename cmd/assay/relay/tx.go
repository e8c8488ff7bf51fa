package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"

	errorsmod "cosmossdk.io/errors"

	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// factory builds transactions of the signer at its present sequence.
func (c *chain) factory(ctx context.Context) (tx.Factory, error) {
	number, sequence, err := c.account(ctx)
	return tx.Factory{}.
		WithChainID(c.id()).WithTxConfig(c.enc.tx).WithKeybase(c.keys).WithFromName(c.cfg.KeyName).
		WithSignMode(signing.SignMode_SIGN_MODE_DIRECT).WithSimulateAndExecute(true).
		WithGasPrices(c.cfg.GasPrice).WithAccountNumber(number).WithSequence(sequence), err
}

// estimate is the gas limit for a transaction: a simulation's use with a margin, or the fixed amounts.
func (c *chain) estimate(ctx context.Context, f tx.Factory, msgs []sdk.Msg) (uint64, error) {
	if c.cfg.FixedGas != nil {
		return c.cfg.FixedGas.sum(msgs), nil
	}
	raw, err := f.BuildSimTx(msgs...)
	if err != nil {
		return 0, err
	}
	// The path rather than the gRPC service, because it keeps the code of a refusal.
	res, err := c.rpc.ABCIQuery(ctx, "/app/simulate", raw)
	if err != nil {
		return 0, fmt.Errorf("%s: simulation: %w", c.id(), err)
	}
	if r := res.Response; !r.IsOK() {
		return 0, errorsmod.ABCIError(r.Codespace, r.Code, r.Log)
	}
	used, err := simulatedGas(res.Response.Value)
	return uint64(float64(used) * c.cfg.GasAdjustment), err
}

// simulatedGas reads the one value that is needed from a simulation's result, which is JSON.
func simulatedGas(result []byte) (uint64, error) {
	var r struct {
		GasInfo struct {
			GasUsed string `json:"gas_used"`
		} `json:"gas_info"`
	}
	if err := json.Unmarshal(result, &r); err != nil {
		return 0, fmt.Errorf("simulation: %w", err)
	}
	return strconv.ParseUint(r.GasInfo.GasUsed, 10, 64)
}

func (g *fixedGas) sum(msgs []sdk.Msg) (gas uint64) {
	for _, m := range msgs {
		switch m.(type) {
		case *clienttypes.MsgCreateClient:
			gas += g.CreateClient
		case *clienttypes.MsgUpdateClient:
			gas += g.UpdateClient
		case *channelv2types.MsgRecvPacket:
			gas += g.Receive
		case *channelv2types.MsgAcknowledgement:
			gas += g.Acknowledge
		case *channelv2types.MsgTimeout:
			gas += g.Timeout
		default:
			gas += g.Other
		}
	}
	return gas
}

// sign builds and signs a transaction.
func (c *chain) sign(ctx context.Context, f tx.Factory, gas uint64, msgs []sdk.Msg) ([]byte, error) {
	f = f.WithGas(gas)
	b, err := f.BuildUnsignedTx(msgs...)
	if err != nil {
		return nil, err
	}
	if err := tx.Sign(ctx, f, c.cfg.KeyName, b, true); err != nil {
		return nil, fmt.Errorf("%s: sign: %w", c.id(), err)
	}
	return c.enc.tx.TxEncoder()(b.GetTx())
}
