package chain

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/inference-sidecar/proving"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
)

func claims(nonces ...byte) (out []proving.Claim) {
	for _, n := range nonces {
		out = append(out, proving.Claim{Version: vibration + "@1.0.0", Nonce: []byte{n}, InputDigest: make([]byte, 32), Output: []byte{n}, Proof: []byte{n, n}})
	}
	return out
}

// onRecord is verified state: the number of the attestation of a nonce is a hundred more.
func onRecord(_ context.Context, _ string, nonce []byte) (uint64, bool, error) {
	return 100 + uint64(nonce[0]), true, nil
}

func absent(context.Context, string, []byte) (uint64, bool, error) { return 0, false, nil }

func TestSubmit(t *testing.T) {
	e := newRPC(t)
	s := NewSubmitter(sender(t, nil, e), onRecord, time.Minute)
	ids, err := s.Submit(t.Context(), claims(1, 2, 3))
	require.NoError(t, err)
	require.Equal(t, []uint64{101, 102, 103}, ids)
	require.Len(t, e.sent, 1, "one transaction")
	m := e.sent[0].msgs[0].(*prooftypes.MsgSubmitProofs)
	require.Equal(t, s.sender.o.Key.String(), m.Device)
	require.Len(t, m.Entries, 3)
	require.Equal(t, prooftypes.ProofEntry{
		Version: vibration + "@1.0.0", Nonce: []byte{2}, InputDigest: make([]byte, 32), Output: []byte{2}, Proof: []byte{2, 2},
	}, m.Entries[1])
}

// An endpoint says that the transaction is in a block. Verified state does not have it, so it does not count.
func TestSubmitIsNotBelieved(t *testing.T) {
	e := newRPC(t)
	s := NewSubmitter(sender(t, nil, e), absent, time.Nanosecond)
	_, err := s.Submit(t.Context(), claims(1))
	require.ErrorIs(t, err, ErrSend)
	var refusal *proving.RefusalError
	require.False(t, errors.As(err, &refusal), "it is tried again")
}

// Verified state shows an attestation some blocks later, and each second it is looked for.
func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		s := &Submitter{timeout: time.Minute, attested: func(context.Context, string, []byte) (uint64, bool, error) {
			looks++
			return 7, looks > 3, nil
		}}
		start := time.Now()
		id, err := s.await(t.Context(), claims(1)[0])
		require.NoError(t, err)
		require.EqualValues(t, 7, id)
		require.Equal(t, 3*attestedPause, time.Since(start))

		s.attested = absent
		start = time.Now()
		_, err = s.await(t.Context(), claims(1)[0])
		require.ErrorIs(t, err, ErrSend)
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestSubmitWhereStateIsUnknown(t *testing.T) {
	unknown := errors.New("no verified state")
	s := NewSubmitter(sender(t, nil, newRPC(t)), func(context.Context, string, []byte) (uint64, bool, error) { return 0, false, unknown }, time.Minute)
	_, err := s.Submit(t.Context(), claims(1))
	require.ErrorIs(t, err, unknown)
}

func TestFind(t *testing.T) {
	s := NewSubmitter(sender(t, nil, newRPC(t)), onRecord, time.Minute)
	id, err := s.Find(t.Context(), claims(5)[0])
	require.NoError(t, err)
	require.EqualValues(t, 105, id)
	s.attested = absent
	_, err = s.Find(t.Context(), claims(5)[0])
	require.ErrorIs(t, err, proving.ErrNotAttested)
}

// The codes of a refusal for good, in the prover's words; whatever else may pass.
func TestSubmitRefused(t *testing.T) {
	for _, r := range refusals {
		t.Run("failure: "+r.code.Error(), func(t *testing.T) {
			e := newRPC(t)
			refused := &RefusedError{}
			coded(t, r.code, refused)
			e.broadcast = func(*sent) (*coretypes.ResultBroadcastTx, error) {
				return &coretypes.ResultBroadcastTx{Codespace: refused.Codespace, Code: refused.Code}, nil
			}
			s := NewSubmitter(sender(t, nil, e), onRecord, time.Minute)
			_, err := s.Submit(t.Context(), claims(1))
			var refusal *proving.RefusalError
			require.ErrorAs(t, err, &refusal)
			require.Zero(t, refusal.Index)
			require.ErrorIs(t, err, r.cause)
			require.ErrorIs(t, err, r.code)
			require.Equal(t, 1, e.count())
		})
	}
	t.Run("failure: a device that is not confirmed yet may be later", func(t *testing.T) {
		e := newRPC(t)
		e.broadcast = refuse(prooftypes.ErrDeviceUnconfirmed)
		s := NewSubmitter(sender(t, nil, e), onRecord, time.Minute)
		_, err := s.Submit(t.Context(), claims(1))
		require.Error(t, err)
		var refusal *proving.RefusalError
		require.False(t, errors.As(err, &refusal))
	})
	t.Run("failure: no endpoint", func(t *testing.T) {
		e := newRPC(t)
		e.down = true
		s := NewSubmitter(sender(t, nil, e), onRecord, time.Minute)
		_, err := s.Submit(t.Context(), claims(1))
		require.ErrorIs(t, err, ErrSend)
	})
}

func coded(t *testing.T, err error, into *RefusedError) {
	t.Helper()
	c, ok := err.(interface {
		Codespace() string
		ABCICode() uint32
	})
	require.True(t, ok)
	into.Codespace, into.Code = c.Codespace(), c.ABCICode()
}

// Of several claims that are refused together, the one to blame is found; where none is alone, it is not for good.
func TestSubmitRefusedTogether(t *testing.T) {
	blame := func(nonce byte) func([]sdk.Msg) *abci.ResponseQuery {
		return func(msgs []sdk.Msg) *abci.ResponseQuery {
			entries := msgs[0].(*prooftypes.MsgSubmitProofs).Entries
			for _, e := range entries {
				if e.Nonce[0] == nonce || len(entries) > 1 {
					c := prooftypes.ErrNonceUsed
					return &abci.ResponseQuery{Codespace: c.Codespace(), Code: c.ABCICode()}
				}
			}
			return nil
		}
	}
	e := newRPC(t)
	s := NewSubmitter(sender(t, nil, e), onRecord, time.Minute)
	e.simulate = blame(3)
	_, err := s.Submit(t.Context(), claims(1, 2, 3, 4))
	var refusal *proving.RefusalError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, 2, refusal.Index)
	require.ErrorIs(t, err, proving.ErrNonceUsed)

	e.with(func() { e.simulate = blame(9) })
	_, err = s.Submit(t.Context(), claims(1, 2, 3, 4))
	require.ErrorIs(t, err, ErrSend)
	require.NotErrorIs(t, err, proving.ErrNonceUsed)
	require.Zero(t, e.count(), "nothing was sent")
}

// One endpoint says that a proof is no good. Another would take it: it goes there, and is not given up.
func TestSubmitRefusedByLiar(t *testing.T) {
	lie := func([]sdk.Msg) *abci.ResponseQuery {
		c := prooftypes.ErrProofInvalid
		return &abci.ResponseQuery{Codespace: c.Codespace(), Code: c.ABCICode()}
	}
	e, other := newRPC(t), newRPC(t)
	e.simulate = lie
	s := NewSubmitter(sender(t, nil, e, other), onRecord, time.Minute)
	ids, err := s.Submit(t.Context(), claims(1, 2))
	require.NoError(t, err)
	require.Equal(t, []uint64{101, 102}, ids)
	require.Equal(t, 1, other.count())
}
