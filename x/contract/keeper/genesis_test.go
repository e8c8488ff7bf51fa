package keeper_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

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
		{"failure: key that is too long", func(gs *types.GenesisState) { gs.State[3].Key = bytes.Repeat([]byte{0xff}, 1025) }, types.ErrLimit},
		{"failure: value that is too long", func(gs *types.GenesisState) { gs.State[0].Value = make([]byte, 64<<10+1) }, types.ErrLimit},
		{"failure: subscription of nobody", func(gs *types.GenesisState) {
			gs.Subscriptions = []types.Subscription{{Model: "acme/vibration", Contract: types.ContractAddress(9).String(), Since: 1}}
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
			require.ErrorIs(t, o.k.InitGenesis(o.ctx, *gs), tc.err)
		})
	}
}

// TestInitGenesisOfEmptyValues takes values that the JSON leaves out: a contract may store nothing under a key.
func TestInitGenesisOfEmptyValues(t *testing.T) {
	gs := populated(t).export()
	for i := range gs.State {
		gs.State[i].Value = nil
	}
	o := newSuite(t)
	require.NoError(t, o.k.InitGenesis(o.ctx, *gs))
	out := o.export()
	require.Len(t, out.State, len(gs.State))
	for _, e := range out.State {
		require.Empty(t, e.Value)
	}
}

// TestInitGenesisPins has as many codes pinned as may be, and one more.
func TestInitGenesisPins(t *testing.T) {
	gs := types.DefaultGenesis()
	entries := []string{"execute", "init", "migrate", "on_attestation", "query"}
	for i := range 65 {
		code := append(slices.Clone(wasm(t, "counter")), 0, 2, 1, byte(i))
		gs.Codes = append(gs.Codes, types.StoredCode{Bytes: code, Code: types.Code{
			Id: uint64(i) + 1, Digest: digestOf(code), Creator: director, Size_: uint32(len(code)), Entries: entries, Pinned: true,
		}})
	}
	gs.NextCodeId = 66
	s := freshStage(t, &chain{})
	require.ErrorIs(t, s.k.InitGenesis(s.ctx, *gs), types.ErrLimit)
	gs.Codes[7].Code.Pinned = false
	s = freshStage(t, &chain{})
	require.NoError(t, s.k.InitGenesis(s.ctx, *gs))
}

// fuzzSeed is a genesis state that has of everything, so that what is made of it gets past the first checks.
func fuzzSeed(t testing.TB) []byte {
	s := newStage(t)
	a := s.cast(s.puppet, 0, stageModel, stageMirror)
	s.attest(1)
	s.cast(s.puppet, 0, stageModel)
	s.attest(2)
	s.keep(a, "a", "ab")
	s.set(func(p *types.Params) { p.PublishGuard = a })
	return s.cdc.MustMarshalJSON(s.export())
}

// FuzzGenesis feeds genesis JSON of any kind: it is refused, or taken and exported as it was. No input panics.
func FuzzGenesis(f *testing.F) {
	for _, seed := range []string{"{}", `{"next_code_id":"1","next_instance":"1","next_queue_sequence":"1"}`, `{"contracts":[{"address":"x"}]}`} {
		f.Add([]byte(seed))
	}
	seed := fuzzSeed(f)
	f.Add(seed)
	f.Add(bytes.Replace(seed, []byte(`"since":"2"`), []byte(`"since":"0"`), 1))
	empty := freshStage(f, &chain{})
	f.Add(empty.cdc.MustMarshalJSON(types.DefaultGenesis()))
	f.Fuzz(func(t *testing.T, data []byte) {
		var gs types.GenesisState
		if empty.cdc.UnmarshalJSON(data, &gs) != nil || gs.Validate() != nil {
			return
		}
		s := *empty
		s.t = t
		s.ctx, _ = empty.ctx.CacheContext()
		if err := s.k.InitGenesis(s.ctx, gs); err != nil {
			for _, known := range []error{
				types.ErrGenesis, types.ErrInvalidCode, types.ErrUnsupportedCode, types.ErrExport, types.ErrImport, types.ErrLimit, types.ErrEntry,
			} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("an error that is not the module's: %v", err)
		}
		out := s.export()
		require.NoError(t, out.Validate())
		require.Equal(t, string(empty.cdc.MustMarshalJSON(filled(gs))), string(empty.cdc.MustMarshalJSON(out)))
	})
}

// filled is a genesis state with empty values in place of those that its JSON left out, as the store has them.
func filled(gs types.GenesisState) *types.GenesisState {
	gs.State = slices.Clone(gs.State)
	for i := range gs.State {
		gs.State[i].Value = append([]byte{}, gs.State[i].Value...)
	}
	return &gs
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
