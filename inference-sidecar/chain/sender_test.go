package chain

import (
	"context"
	"errors"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

func phase(s *Sender) sdk.Msg {
	return &rollouttypes.MsgReportPhase{Device: s.o.Key.String(), Number: 1, Phase: rollouttypes.DevicePhaseSeen}
}

func TestSend(t *testing.T) {
	e := newRPC(t)
	granter := NewKey()
	s := sender(t, func(o *SenderOptions) { o.FeeGranter, o.Memo = granter.String(), "from a test" }, e)
	for i := range 3 {
		used, err := s.Send(t.Context(), phase(s))
		require.NoError(t, err)
		require.EqualValues(t, 90_000, used)
		require.EqualValues(t, i, e.sent[i].sequence)
	}
	require.Equal(t, 1, e.accounts, "the account is read once")
	first := e.sent[0]
	require.Equal(t, []sdk.Msg{phase(s)}, first.msgs)
	require.EqualValues(t, 150_000, first.fee.GasLimit, "simulated, with a margin")
	require.Equal(t, "150uassay", first.fee.Amount.String())
	require.Equal(t, granter.String(), first.fee.Granter)
	require.Equal(t, "from a test", first.memo)
}

// Somebody used the key meanwhile: the account is read again, and the transaction goes through.
func TestSendWithWrongSequence(t *testing.T) {
	e := newRPC(t)
	s := sender(t, nil, e)
	_, err := s.Send(t.Context(), phase(s))
	require.NoError(t, err)
	e.with(func() { e.sequence = 9 })
	_, err = s.Send(t.Context(), phase(s))
	require.NoError(t, err)
	require.EqualValues(t, 9, e.sent[len(e.sent)-1].sequence)
	require.Equal(t, 2, e.accounts)
}

// An endpoint that always says that the sequence is wrong costs a few attempts.
func TestSendWithWrongSequenceForEver(t *testing.T) {
	e := newRPC(t)
	code := sdkerrors.ErrWrongSequence
	e.broadcast = func(*sent) (*coretypes.ResultBroadcastTx, error) {
		return &coretypes.ResultBroadcastTx{Code: code.ABCICode(), Codespace: code.Codespace()}, nil
	}
	s := sender(t, nil, e)
	_, err := s.Send(t.Context(), phase(s))
	require.ErrorIs(t, err, ErrSend, "worth another try")
	require.Equal(t, sequenceAttempts, e.count())
}

// What the chain refuses is not sent again; its code is kept.
func TestSendRefused(t *testing.T) {
	for _, tc := range []struct {
		name string
		lie  func(e *rpc)
		sent int
	}{
		{"failure: in the simulation", func(e *rpc) {
			e.simulate = func([]sdk.Msg) *abci.ResponseQuery {
				return &abci.ResponseQuery{Codespace: rollouttypes.ModuleName, Code: rollouttypes.ErrDevice.ABCICode(), Log: "no device"}
			}
		}, 0},
		{"failure: at the broadcast", func(e *rpc) {
			e.broadcast = func(*sent) (*coretypes.ResultBroadcastTx, error) {
				return &coretypes.ResultBroadcastTx{Codespace: rollouttypes.ModuleName, Code: rollouttypes.ErrDevice.ABCICode()}, nil
			}
		}, 1},
		{"failure: in the block", func(e *rpc) {
			e.result = func([]byte) (*coretypes.ResultTx, error) {
				return &coretypes.ResultTx{TxResult: abci.ExecTxResult{Codespace: rollouttypes.ModuleName, Code: rollouttypes.ErrDevice.ABCICode()}}, nil
			}
		}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, other := newRPC(t), newRPC(t)
			tc.lie(e)
			other.simulate = func([]sdk.Msg) *abci.ResponseQuery {
				return &abci.ResponseQuery{Codespace: rollouttypes.ModuleName, Code: rollouttypes.ErrDevice.ABCICode()}
			}
			s := sender(t, nil, e, other)
			_, err := s.Send(t.Context(), phase(s))
			var refused *RefusedError
			require.ErrorAs(t, err, &refused)
			require.ErrorIs(t, err, rollouttypes.ErrDevice)
			require.NotErrorIs(t, err, rollouttypes.ErrRateLimit)
			require.NotErrorIs(t, err, ErrSend)
			require.Equal(t, tc.sent, e.count())
			require.Zero(t, other.count(), "it is not sent again")
		})
	}
	t.Run("failure: nobody else answers", func(t *testing.T) {
		e, other := newRPC(t), newRPC(t)
		e.broadcast, other.down = refuse(rollouttypes.ErrDevice), true
		s := sender(t, nil, e, other)
		_, err := s.Send(t.Context(), phase(s))
		require.ErrorIs(t, err, rollouttypes.ErrDevice)
	})
	t.Run("success: a refusal that another endpoint contradicts", func(t *testing.T) {
		for _, lie := range []func(e *rpc){
			func(e *rpc) { e.broadcast = refuse(rollouttypes.ErrEnded) },
			func(e *rpc) {
				e.simulate = func([]sdk.Msg) *abci.ResponseQuery {
					return &abci.ResponseQuery{Codespace: rollouttypes.ModuleName, Code: rollouttypes.ErrEnded.ABCICode()}
				}
			},
		} {
			e, other := newRPC(t), newRPC(t)
			lie(e)
			s := sender(t, nil, e, other)
			_, err := s.Send(t.Context(), phase(s))
			require.NoError(t, err)
			require.Equal(t, 1, other.count())
		}
	})
}

// An endpoint that fails gives way to the next, whatever it fails at, and is not come back to for the next transaction.
func TestSendFailOver(t *testing.T) {
	for _, tc := range []struct {
		name string
		lie  func(e *rpc)
	}{
		{"success: down", func(e *rpc) { e.down = true }},
		{"success: no account", func(e *rpc) {
			e.account = func() (abci.ResponseQuery, error) { return abci.ResponseQuery{}, errors.New("no") }
		}},
		{"success: malformed account", func(e *rpc) {
			e.account = func() (abci.ResponseQuery, error) { return abci.ResponseQuery{Value: []byte{0xff}}, nil }
		}},
		{"success: account of nobody", func(e *rpc) { e.account = func() (abci.ResponseQuery, error) { return abci.ResponseQuery{}, nil } }},
		{"success: malformed simulation", func(e *rpc) {
			e.simulate = func([]sdk.Msg) *abci.ResponseQuery { return &abci.ResponseQuery{Value: []byte("{")} }
		}},
		{"success: gas that no block has", func(e *rpc) { e.gas = `"18446744073709551615"` }},
		{"success: negative gas", func(e *rpc) { e.gas = `"-1"` }},
		{"success: no broadcast", func(e *rpc) {
			e.broadcast = func(*sent) (*coretypes.ResultBroadcastTx, error) { return nil, errors.New("no") }
		}},
		{"success: no result", func(e *rpc) {
			e.result = func([]byte) (*coretypes.ResultTx, error) { return nil, errors.New("indexing is disabled") }
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, other := newRPC(t), newRPC(t)
			tc.lie(e)
			s := sender(t, nil, e, other)
			for range 2 {
				_, err := s.Send(t.Context(), phase(s))
				require.NoError(t, err)
			}
			require.Equal(t, 2, other.count())
			require.LessOrEqual(t, e.count(), 1)
		})
	}
}

func TestSendWithoutEndpoint(t *testing.T) {
	e, other := newRPC(t), newRPC(t)
	e.down, other.down = true, true
	s := sender(t, nil, e, other)
	_, err := s.Send(t.Context(), phase(s))
	require.ErrorIs(t, err, ErrSend)
	other.with(func() { other.down = false })
	_, err = s.Send(t.Context(), phase(s))
	require.NoError(t, err)
}

// A transaction that never gets into a block is given up, and the sequence read again.
func TestSendNeverInABlock(t *testing.T) {
	e := newRPC(t)
	e.result = func([]byte) (*coretypes.ResultTx, error) { return nil, errors.New("tx not found") }
	s := sender(t, func(o *SenderOptions) { o.Timeout = 50 * time.Millisecond }, e)
	_, err := s.Send(t.Context(), phase(s))
	require.ErrorIs(t, err, ErrSend)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, 1, e.count())
	e.with(func() { e.result = nil })
	_, err = s.Send(t.Context(), phase(s))
	require.NoError(t, err)
	require.Equal(t, 2, e.accounts)
}

// A transaction that the mempool has already is waited for like one that it took.
func TestSendInMempoolAlready(t *testing.T) {
	e := newRPC(t)
	code := sdkerrors.ErrTxInMempoolCache
	e.broadcast = func(*sent) (*coretypes.ResultBroadcastTx, error) {
		return &coretypes.ResultBroadcastTx{Code: code.ABCICode(), Codespace: code.Codespace()}, nil
	}
	e.result = func([]byte) (*coretypes.ResultTx, error) {
		return &coretypes.ResultTx{TxResult: abci.ExecTxResult{GasUsed: 5}}, nil
	}
	s := sender(t, nil, e)
	used, err := s.Send(t.Context(), phase(s))
	require.NoError(t, err)
	require.EqualValues(t, 5, used)
}

func TestSendCancelled(t *testing.T) {
	e := newRPC(t)
	ctx, cancel := context.WithCancel(t.Context())
	e.result = func([]byte) (*coretypes.ResultTx, error) {
		cancel()
		return nil, errors.New("tx not found")
	}
	s := sender(t, nil, e)
	_, err := s.Send(ctx, phase(s))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, e.count())
}

func TestGasLimitIsNotSimulated(t *testing.T) {
	e := newRPC(t)
	e.simulate = func([]sdk.Msg) *abci.ResponseQuery { panic("not asked for") }
	s := sender(t, func(o *SenderOptions) { o.GasLimit = 123_456 }, e)
	_, err := s.Send(t.Context(), phase(s))
	require.NoError(t, err)
	require.EqualValues(t, 123_456, e.sent[0].fee.GasLimit)
}

func TestSenderOptions(t *testing.T) {
	good := SenderOptions{ChainID: "zone-1", Key: NewKey(), Endpoints: []string{"http://127.0.0.1:1"}}
	for _, tc := range []struct {
		name   string
		change func(*SenderOptions)
	}{
		{"failure: no key", func(o *SenderOptions) { o.Key = nil }},
		{"failure: no chain id", func(o *SenderOptions) { o.ChainID = "" }},
		{"failure: no endpoint", func(o *SenderOptions) { o.Endpoints = nil }},
		{"failure: endpoint that is no address", func(o *SenderOptions) { o.Endpoints = []string{"://"} }},
		{"failure: granter that is no address", func(o *SenderOptions) { o.FeeGranter = "assay1" }},
		{"failure: prices that are none", func(o *SenderOptions) { o.GasPrices = "much" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := good
			tc.change(&o)
			_, err := NewSender(o)
			require.ErrorIs(t, err, ErrConfig)
		})
	}
}
