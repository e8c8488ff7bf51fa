package keeper_test

import (
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"
	protov2 "google.golang.org/protobuf/proto"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/proof/types"
)

// tx is a decoded transaction.
type tx struct {
	sdk.FeeTx
	gas  uint64
	msgs []sdk.Msg
}

func (t tx) GetMsgs() []sdk.Msg                    { return t.msgs }
func (t tx) GetMsgsV2() ([]protov2.Message, error) { return nil, nil }
func (t tx) GetGas() uint64                        { return t.gas }

// lastEvent returns the latest event of a context.
func lastEvent(ctx sdk.Context) abci.Event {
	events := ctx.EventManager().ABCIEvents()
	return events[len(events)-1]
}

func TestPrepareBlock(t *testing.T) {
	price := types.DefaultParams().VerificationGas(4, 1, outputLen) + storetypes.KVGasConfig().HasCost // of the nonce
	for _, tc := range []struct {
		name string
		txs  func(*testing.T, *suite) []sdk.Tx
		want int
	}{
		{"success: nothing", func(*testing.T, *suite) []sdk.Tx { return nil }, 0},
		{"success: a proof in each of two transactions", func(t *testing.T, s *suite) []sdk.Tx {
			return []sdk.Tx{nil, tx{gas: price, msgs: []sdk.Msg{s.msg(t, 1)}}, tx{gas: price, msgs: []sdk.Msg{s.msg(t, 2)}}}
		}, 2},
		{"success: entries of a message", func(t *testing.T, s *suite) []sdk.Tx {
			m := &types.MsgSubmitProofs{Device: s.device.String(), Entries: []types.ProofEntry{s.entry(t, s.device, 1), s.entry(t, s.device, 2)}}
			return []sdk.Tx{tx{gas: 2 * price, msgs: []sdk.Msg{m}}}
		}, 2},
		{"success: nested in authz", func(t *testing.T, s *suite) []sdk.Tx {
			exec := authz.NewMsgExec(address(5), []sdk.Msg{s.msg(t, 1)})
			return []sdk.Tx{tx{gas: price, msgs: []sdk.Msg{&exec}}}
		}, 1},
		{"success: nested too deep is left to execution", func(t *testing.T, s *suite) []sdk.Tx {
			exec := authz.NewMsgExec(address(5), []sdk.Msg{s.msg(t, 1)})
			for range 2 {
				exec = authz.NewMsgExec(address(5), []sdk.Msg{&exec})
			}
			return []sdk.Tx{tx{gas: price, msgs: []sdk.Msg{&exec}}}
		}, 0},
		{"success: a nonce twice counts once", func(t *testing.T, s *suite) []sdk.Tx {
			return []sdk.Tx{tx{gas: 2 * price, msgs: []sdk.Msg{s.msg(t, 1), s.msg(t, 1)}}}
		}, 1},
		{"success: no more than the transaction pays for", func(t *testing.T, s *suite) []sdk.Tx {
			return []sdk.Tx{tx{gas: 2*price - 1, msgs: []sdk.Msg{s.msg(t, 1), s.msg(t, 2)}}, tx{gas: price, msgs: []sdk.Msg{s.msg(t, 3)}}}
		}, 2},
		{"success: no more than the block pays for", func(t *testing.T, s *suite) []sdk.Tx {
			s.ctx = s.ctx.WithConsensusParams(cmtproto.ConsensusParams{Block: &cmtproto.BlockParams{MaxGas: int64(2*price) - 1}})
			return []sdk.Tx{tx{gas: price, msgs: []sdk.Msg{s.msg(t, 1)}}, tx{gas: price, msgs: []sdk.Msg{s.msg(t, 2)}}}
		}, 1},
		{"success: no more than the parameter", func(t *testing.T, s *suite) []sdk.Tx {
			s.params(t, func(p *types.Params) { p.MaxPreparedPerBlock = 2 })
			return []sdk.Tx{tx{gas: 9 * price, msgs: []sdk.Msg{s.msg(t, 1), s.msg(t, 2), s.msg(t, 3)}}}
		}, 2},
		{"success: switched off", func(t *testing.T, s *suite) []sdk.Tx {
			s.params(t, func(p *types.Params) { p.MaxPreparedPerBlock = 0 })
			return []sdk.Tx{tx{gas: price, msgs: []sdk.Msg{s.msg(t, 1)}}}
		}, 0},
		{"failure: used nonce, revoked device, malformed entry are left out", func(t *testing.T, s *suite) []sdk.Tx {
			s.submit(t, 1)
			other := address(2)
			s.fleet.devices[other.String()] = fleettypes.Device{Id: 8, FleetId: 3, Standing: fleettypes.StandingRevoked, Confirmed: true}
			malformed := s.msg(t, 3)
			malformed.Nonce = nil
			return []sdk.Tx{tx{gas: 9 * price, msgs: []sdk.Msg{s.msg(t, 1), message(other, s.entry(t, other, 2)), malformed, s.msg(t, 4)}}}
		}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSuite(t)
			txs := tc.txs(t, s)
			before := s.state(t)
			ctx := s.ctx.WithGasMeter(storetypes.NewGasMeter(0)).WithEventManager(sdk.NewEventManager())
			s.keeper.PrepareBlock(ctx, txs)
			require.Equal(t, tc.want, s.engine.prepared)
			require.Zero(t, ctx.GasMeter().GasConsumed())
			require.Empty(t, ctx.EventManager().Events())
			require.Equal(t, before, s.state(t))
		})
	}
}

func TestPrepareBlockReadsAVersionOnce(t *testing.T) {
	s := newSuite(t)
	msgs := []sdk.Msg{s.msg(t, 1), s.msg(t, 2), s.msg(t, 3)}
	s.keeper.PrepareBlock(s.ctx, []sdk.Tx{tx{gas: 1 << 40, msgs: msgs}})
	require.Equal(t, 3, s.engine.prepared)
	require.Equal(t, 2, s.registry.reads)
}

// A claim that is not admitted takes reads to find out. A transaction does not get more of them than its gas limit,
// or the block's, pays for.
func TestPrepareBlockLooksNoFurtherThanTheGasLimit(t *testing.T) {
	const claims = 50
	look := storetypes.KVGasConfig().HasCost
	for _, tc := range []struct {
		name       string
		gas, block uint64
		looks      int
	}{
		{"failure: no gas", 0, 1 << 40, 1},
		{"failure: gas for ten", 10 * look, 1 << 40, 11},
		{"failure: gas of the block for ten", 1 << 40, 10 * look, 11},
		{"failure: gas for all", claims * look, 1 << 40, claims},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSuite(t)
			s.submit(t, 1)
			m := &types.MsgSubmitProofs{Device: s.device.String()}
			for range claims {
				m.Entries = append(m.Entries, s.entry(t, s.device, 1)) // a used nonce
			}
			s.fleet.reads = 0
			s.ctx = s.ctx.WithConsensusParams(cmtproto.ConsensusParams{Block: &cmtproto.BlockParams{MaxGas: int64(tc.block)}})
			s.keeper.PrepareBlock(s.ctx, []sdk.Tx{tx{gas: tc.gas, msgs: []sdk.Msg{m}}})
			require.Equal(t, tc.looks, s.fleet.reads)
			require.Zero(t, s.engine.prepared)
		})
	}
}

func TestPrepareBlockSwallowsPanics(t *testing.T) {
	s := newSuite(t)
	m := s.msg(t, 1)
	s.engine.panics = true
	require.NotPanics(t, func() { s.keeper.PrepareBlock(s.ctx, []sdk.Tx{tx{gas: 1 << 40, msgs: []sdk.Msg{m}}}) })
	_, err := s.msgs.SubmitProof(s.ctx, m)
	require.NoError(t, err)
}
