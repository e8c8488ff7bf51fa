package relay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/types"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
)

const (
	sequenceAttempts = 8
	sequencePause    = 400 * time.Millisecond
	resultPause      = 150 * time.Millisecond
)

// refusedError is a chain's refusal of a transaction because of what is in it.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// tooMuchGasError is a transaction that would exceed the configured limit.
type tooMuchGasError struct{ gas, limit uint64 }

func (e *tooMuchGasError) Error() string {
	return fmt.Sprintf("gas: expected at most %d, got %d", e.limit, e.gas)
}

// send signs a transaction, sends it and waits until it is in a block. A sequence that is no longer right,
// because the key was used elsewhere, is read again. Refusals are a refusedError or a tooMuchGasError.
func (c *chain) send(ctx context.Context, msgs []sdk.Msg) (*abci.ExecTxResult, error) {
	var err error
	for range sequenceAttempts {
		var raw []byte
		if raw, err = c.prepare(ctx, msgs); err == nil {
			if err = c.broadcast(ctx, raw); err == nil {
				return c.result(ctx, raw)
			}
		}
		if !errors.Is(err, sdkerrors.ErrWrongSequence) {
			break
		}
		c.log.Debug("account sequence was taken, reading it again", "error", err)
		if err := sleep(ctx, jitter(sequencePause)); err != nil {
			return nil, err
		}
	}
	return nil, asRefusal(err)
}

// prepare signs a transaction whose gas is within the limit.
func (c *chain) prepare(ctx context.Context, msgs []sdk.Msg) ([]byte, error) {
	f, err := c.factory(ctx)
	if err != nil {
		return nil, err
	}
	gas, err := c.estimate(ctx, f, msgs)
	if err != nil {
		return nil, err
	}
	if gas > c.cfg.MaxGas {
		return nil, &tooMuchGasError{gas: gas, limit: c.cfg.MaxGas}
	}
	return c.sign(ctx, f, gas, msgs)
}

// broadcast hands a transaction to the node's mempool. One that is there already is no error.
func (c *chain) broadcast(ctx context.Context, raw []byte) error {
	res, err := c.at(ctx, 0).BroadcastTxSync(raw)
	if err != nil {
		return fmt.Errorf("%s: broadcast: %w", c.id(), err)
	}
	if res.Code == 0 || res.Codespace == sdkerrors.RootCodespace && res.Code == sdkerrors.ErrTxInMempoolCache.ABCICode() {
		return nil
	}
	return errorsmod.ABCIError(res.Codespace, res.Code, res.RawLog)
}

// result waits until a transaction is in a block, and returns what became of it there.
func (c *chain) result(ctx context.Context, raw []byte) (*abci.ExecTxResult, error) {
	deadline := time.Now().Add(time.Duration(c.cfg.TxTimeout))
	for {
		res, err := c.committed(ctx, raw)
		if res != nil || err != nil {
			return res, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s: transaction %X: not in a block after %s", c.id(), types.Tx(raw).Hash(), time.Duration(c.cfg.TxTimeout))
		}
		if err := sleep(ctx, resultPause); err != nil {
			return nil, err
		}
	}
}

// committed is the result of a transaction, or nil if no block has it.
func (c *chain) committed(ctx context.Context, raw []byte) (*abci.ExecTxResult, error) {
	res, err := c.rpc.Tx(ctx, types.Tx(raw).Hash(), false)
	switch {
	case err != nil && strings.Contains(err.Error(), "not found"):
		return nil, nil
	case err != nil && strings.Contains(err.Error(), "indexing is disabled"):
		return nil, hint(fmt.Errorf("%s: %w", c.id(), err), `set indexer = "kv" in the [tx_index] part of the node's config.toml`)
	case err != nil:
		return nil, fmt.Errorf("%s: result of a transaction: %w", c.id(), err)
	case res.TxResult.Code != 0:
		return nil, &refusedError{errorsmod.ABCIError(res.TxResult.Codespace, res.TxResult.Code, res.TxResult.Log)}
	}
	return &res.TxResult, nil
}

// asRefusal tells what a chain said about a transaction apart from everything else that can go wrong: only the
// first has a code. What may be different in a moment is no refusal either.
func asRefusal(err error) error {
	var coded *errorsmod.Error
	switch {
	case !errors.As(err, &coded):
		return err
	case errors.Is(err, sdkerrors.ErrWrongSequence), errors.Is(err, sdkerrors.ErrMempoolIsFull), errors.Is(err, sdkerrors.ErrTxInMempoolCache):
		return err
	case errors.Is(err, sdkerrors.ErrInsufficientFee):
		return hint(err, "raise gas_price")
	}
	return &refusedError{err}
}

// redundant says that another relayer was first.
func redundant(err error) bool { return errors.Is(err, channeltypes.ErrRedundantTx) }
