package keeper_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

// populated has two codes, of which one is pinned, three contracts, and storage.
func populated(t *testing.T) *suite {
	t.Helper()
	s := newSuite(t)
	s.mustMake("counter", 10, values.N(7))
	s.mustMake("spender", 0)
	spender := s.mustMake("spender", 0)
	for _, key := range []string{"b", "a", "ab"} {
		s.mustExecute(spender, values.T("set"), values.T(key), values.T("="+key))
	}
	_, err := s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: s.k.Authority(), CodeId: 2})
	require.NoError(t, err)
	return s
}

func (s *suite) export() *types.GenesisState {
	s.t.Helper()
	gs, err := s.k.ExportGenesis(s.ctx)
	require.NoError(s.t, err)
	return gs
}

func TestGenesisExportAndImportAreEqual(t *testing.T) {
	s := populated(t)
	gs := s.export()
	require.NoError(t, gs.Validate())
	require.Len(t, gs.Codes, 2)
	require.Len(t, gs.Contracts, 3)
	require.Len(t, gs.State, 4)

	o := newSuite(t)
	require.NoError(t, o.k.InitGenesis(o.ctx, *gs))
	require.Equal(t, gs, o.export())
	out, err := o.smart(types.ContractAddress(1).String(), values.T("get"))
	require.NoError(t, err)
	require.EqualValues(t, 7, number(t, out), "contracts work where they were imported")
	require.Equal(t, types.ContractAddress(4).String(), o.mustMake("counter", 0))
}

func TestInitGenesisFails(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(gs *types.GenesisState)
		err   error
	}{
		{"failure: parameters", func(gs *types.GenesisState) { gs.Params.MaxCallGas = 0 }, types.ErrInvalidParams},
		{"failure: digest of other code", func(gs *types.GenesisState) { gs.Codes[0].Code.Digest = gs.Codes[1].Code.Digest }, types.ErrGenesis},
		{"failure: size", func(gs *types.GenesisState) { gs.Codes[0].Code.Size_++ }, types.ErrGenesis},
		{"failure: code that is not valid", func(gs *types.GenesisState) {
			gs.Codes[0].Bytes[8] ^= 0xff
			gs.Codes[0].Code.Digest = digestOf(gs.Codes[0].Bytes)
		}, types.ErrInvalidCode},
		{"failure: the same code twice", func(gs *types.GenesisState) {
			gs.Codes[1] = gs.Codes[0]
			gs.Codes[1].Code.Id = 2
		}, types.ErrGenesis},
		{"failure: entry points that it has not got", func(gs *types.GenesisState) { gs.Codes[0].Code.Entries = []string{"allow_publish"} }, types.ErrGenesis},
		{"failure: ids out of order", func(gs *types.GenesisState) { gs.Codes[0].Code.Id = 2 }, types.ErrGenesis},
		{"failure: next id that is taken", func(gs *types.GenesisState) { gs.NextCodeId = 2 }, types.ErrGenesis},
		{"failure: next instance that is taken", func(gs *types.GenesisState) { gs.NextInstance = 3 }, types.ErrGenesis},
		{"failure: no next place in the queue", func(gs *types.GenesisState) { gs.NextQueueSequence = 0 }, types.ErrGenesis},
		{"failure: address that a later contract would have", func(gs *types.GenesisState) {
			gs.Contracts[0].Address = types.ContractAddress(9).String()
		}, types.ErrGenesis},
		{"failure: contract twice", func(gs *types.GenesisState) { gs.Contracts[1] = gs.Contracts[0] }, types.ErrGenesis},
		{"failure: code that is missing", func(gs *types.GenesisState) { gs.Contracts[0].CodeId = 3 }, types.ErrGenesis},
		{"failure: no label", func(gs *types.GenesisState) { gs.Contracts[0].Label = "" }, types.ErrInvalidRequest},
		{"failure: more failures than runs", func(gs *types.GenesisState) { gs.Contracts[0].Hooks.Failures = 1 }, types.ErrGenesis},
		{"failure: state of nobody", func(gs *types.GenesisState) { gs.State[0].Contract = types.ContractAddress(9).String() }, types.ErrGenesis},
		{"failure: key twice", func(gs *types.GenesisState) { gs.State = append(gs.State, gs.State[len(gs.State)-1]) }, types.ErrGenesis},
		{"failure: key that is too long", func(gs *types.GenesisState) { gs.State[3].Key = make([]byte, 1025) }, nil},
		{"failure: value that is too long", func(gs *types.GenesisState) { gs.State[0].Value = make([]byte, 64<<10+1) }, types.ErrLimit},
		{"failure: subscription of nobody", func(gs *types.GenesisState) {
			gs.Subscriptions = []types.Subscription{{Model: "acme/vibration", Contract: types.ContractAddress(9).String()}}
		}, types.ErrGenesis},
		{"failure: gap in the queue", func(gs *types.GenesisState) {
			gs.Queue = []types.QueuedHook{{Sequence: 3, AttestationId: 1, Model: "acme/vibration"}}
			gs.NextQueueSequence = 5
		}, types.ErrGenesis},
		{"failure: guard that is missing", func(gs *types.GenesisState) { gs.Params.PublishGuard = types.ContractAddress(9).String() }, types.ErrGenesis},
		{"failure: guard that cannot answer", func(gs *types.GenesisState) { gs.Params.PublishGuard = types.ContractAddress(1).String() }, types.ErrEntry},
	} {
		t.Run(tc.name, func(t *testing.T) {
			gs := populated(t).export()
			tc.spoil(gs)
			o := newSuite(t)
			err := o.k.InitGenesis(o.ctx, *gs)
			if tc.err == nil {
				require.Error(t, err)
				return
			}
			require.ErrorIs(t, err, tc.err)
		})
	}
}

// FuzzGenesis feeds genesis JSON of any kind: it is refused, or taken and exported as it was.
func FuzzGenesis(f *testing.F) {
	for _, seed := range []string{"{}", `{"next_code_id":"1","next_instance":"1","next_queue_sequence":"1"}`, `{"contracts":[{"address":"x"}]}`} {
		f.Add([]byte(seed))
	}
	var s suite
	f.Fuzz(func(t *testing.T, data []byte) {
		if s.t == nil {
			s = *newSuite(t)
			gs := types.DefaultGenesis()
			data, _ = s.chain.App.AppCodec().MarshalJSON(gs)
		}
		if !json.Valid(data) {
			return
		}
		var gs types.GenesisState
		if s.chain.App.AppCodec().UnmarshalJSON(data, &gs) != nil || gs.Validate() != nil {
			return
		}
		ctx, _ := s.ctx.CacheContext()
		if s.k.InitGenesis(ctx, gs) != nil {
			return
		}
		out, err := s.k.ExportGenesis(ctx.WithEventManager(sdk.NewEventManager()))
		require.NoError(t, err)
		require.NoError(t, out.Validate())
	})
}

// FuzzExecute sends a contract messages of any kind: each does well, or fails with an error of the module's.
func FuzzExecute(f *testing.F) {
	f.Add(byte(0), values.Encode(values.T("add"), values.N(1)))
	f.Add(byte(1), values.Encode(values.T("set"), values.T("k"), values.T("v")))
	f.Add(byte(2), values.Encode(values.T("call"), values.T("x"), values.B(nil), values.N(0)))
	f.Add(byte(3), values.Encode(values.T("flood")))
	f.Add(byte(1), []byte("t\xff\xff\xff\xffrange"))
	var s suite
	var made []string
	f.Fuzz(func(t *testing.T, which byte, msg []byte) {
		if s.t == nil {
			s = *newSuite(t)
			for _, name := range []string{"counter", "spender", "caller", "hostile"} {
				made = append(made, s.mustMake(name, 100))
			}
		}
		ctx, _ := s.ctx.CacheContext()
		_, err := s.msg.Execute(ctx, &types.MsgExecute{Sender: s.bob, Contract: made[int(which)%len(made)], Msg: msg})
		for _, known := range []error{types.ErrTrap, types.ErrOutOfGas, types.ErrAborted, types.ErrLimit} {
			if err == nil || errors.Is(err, known) {
				return
			}
		}
		t.Fatalf("message %x: %v", msg, err)
	})
}
