package types_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

func storedCode(id uint64) types.StoredCode {
	code := fmt.Appendf(nil, "module %d", id)
	digest := sha256.Sum256(code)
	return types.StoredCode{Bytes: code, Code: types.Code{Id: id, Digest: digest[:], Creator: alice, Size_: uint32(len(code)), Height: 3}}
}

// inOrder are the addresses of the first n contracts, ascending by their bytes.
func inOrder(n int) []string {
	list := make([]sdk.AccAddress, n)
	for i := range list {
		list[i] = types.ContractAddress(uint64(i) + 1)
	}
	slices.SortFunc(list, func(a, b sdk.AccAddress) int { return bytes.Compare(a, b) })
	out := make([]string, n)
	for i, a := range list {
		out[i] = a.String()
	}
	return out
}

// populated has of everything: two codes, three contracts, storage of two of them, subscriptions, and a queue that was worked.
func populated() *types.GenesisState {
	gs := types.DefaultGenesis()
	gs.Codes = []types.StoredCode{storedCode(1), storedCode(2)}
	gs.NextCodeId = 3
	for i, a := range inOrder(3) {
		gs.Contracts = append(gs.Contracts, types.Contract{
			Address: a, CodeId: 1 + uint64(i%2), Creator: alice, Admin: bob, Label: "gate", CreatedHeight: 4,
			Hooks: types.HookStats{Runs: 5, Failures: 5, Skipped: 9, LastCode: 10, LastHeight: 6},
		})
	}
	gs.NextInstance = 4
	at := func(i int) string { return gs.Contracts[i].Address }
	gs.State = []types.StateEntry{
		{Contract: at(0), Key: []byte("a"), Value: []byte("1")},
		{Contract: at(0), Key: []byte("ab")},
		{Contract: at(0), Key: []byte{0xff}, Value: []byte{}},
		{Contract: at(2), Key: []byte("a"), Value: []byte("2")},
	}
	gs.Subscriptions = []types.Subscription{
		{Model: "acme/sound", Contract: at(1), Since: 1},
		{Model: model, Contract: at(0), Since: 9},
		{Model: model, Contract: at(2), Since: 7},
		{Model: "channel-7:acme/vibration", Contract: at(0), Since: 2},
	}
	gs.Queue = []types.QueuedHook{
		{Sequence: 6, AttestationId: 40, Model: model, Cursor: at(0)},
		{Sequence: 7, AttestationId: 41, Model: "acme/sound"},
		{Sequence: 8, AttestationId: 41, Model: model},
	}
	gs.NextQueueSequence = 9
	gs.Params.PublishGuard = at(1)
	return gs
}

func TestDefaultGenesis(t *testing.T) {
	gs := types.DefaultGenesis()
	require.NoError(t, gs.Validate())
	require.Equal(t, &types.GenesisState{Params: types.DefaultParams(), NextCodeId: 1, NextInstance: 1, NextQueueSequence: 1}, gs)
	require.Error(t, types.GenesisState{}.Validate())
}

// TestGenesisAfterTime has records that were fine under wider parameters than today's.
func TestGenesisAfterTime(t *testing.T) {
	gs := populated()
	for i := range gs.Contracts {
		gs.Contracts[i].Label = strings.Repeat("x", 1<<10)
	}
	gs.State[0].Value = make([]byte, 64<<10)
	p := &gs.Params
	p.MaxCodeBytes, p.MaxLabelBytes, p.MaxKeyBytes, p.MaxValueBytes, p.MaxQueue, p.MaxSubscribersPerModel, p.MaxSubscriptionsPerContract = 1, 1, 1, 1, 1, 1, 1
	require.NoError(t, gs.Validate())
}

func TestGenesisRefuses(t *testing.T) {
	missing := types.ContractAddress(9).String()
	require.NoError(t, populated().Validate())
	for _, tc := range []struct {
		name  string
		spoil func(gs *types.GenesisState)
		err   error
	}{
		{"parameters", func(gs *types.GenesisState) { gs.Params.MaxQueue = 0 }, types.ErrInvalidParams},

		{"code ids from 2", func(gs *types.GenesisState) { gs.Codes[0].Code.Id, gs.Codes[1].Code.Id = 2, 3 }, types.ErrGenesis},
		{"code ids out of order", func(gs *types.GenesisState) { gs.Codes[0], gs.Codes[1] = gs.Codes[1], gs.Codes[0] }, types.ErrGenesis},
		{"a code id twice", func(gs *types.GenesisState) { gs.Codes[1].Code.Id = 1 }, types.ErrGenesis},
		{"a gap of code ids", func(gs *types.GenesisState) { gs.Codes[1].Code.Id = 3 }, types.ErrGenesis},
		{"next code id taken", func(gs *types.GenesisState) { gs.NextCodeId = 2 }, types.ErrGenesis},
		{"next code id beyond", func(gs *types.GenesisState) { gs.NextCodeId = 4 }, types.ErrGenesis},
		{"no next code id", func(gs *types.GenesisState) { gs.NextCodeId = 0 }, types.ErrGenesis},
		{"a code twice", func(gs *types.GenesisState) {
			gs.Codes[1] = gs.Codes[0]
			gs.Codes[1].Code.Id = 2
		}, types.ErrGenesis},
		{"bytes of other code", func(gs *types.GenesisState) { gs.Codes[0].Bytes = gs.Codes[1].Bytes }, types.ErrGenesis},
		{"a digest cut short", func(gs *types.GenesisState) { gs.Codes[0].Code.Digest = gs.Codes[0].Code.Digest[:31] }, types.ErrGenesis},
		{"no digest", func(gs *types.GenesisState) { gs.Codes[0].Code.Digest = nil }, types.ErrGenesis},
		{"another size", func(gs *types.GenesisState) { gs.Codes[0].Code.Size_-- }, types.ErrGenesis},
		{"code of a negative height", func(gs *types.GenesisState) { gs.Codes[0].Code.Height = -1 }, types.ErrGenesis},
		{"no code bytes", func(gs *types.GenesisState) {
			digest := sha256.Sum256(nil)
			gs.Codes[0].Bytes, gs.Codes[0].Code.Digest, gs.Codes[0].Code.Size_ = nil, digest[:], 0
		}, types.ErrInvalidRequest},
		{"no creator of a code", func(gs *types.GenesisState) { gs.Codes[0].Code.Creator = "" }, types.ErrInvalidRequest},
		{"a builder that is no line", func(gs *types.GenesisState) { gs.Codes[0].Code.Builder = "a\n" }, types.ErrInvalidRequest},
		{"a source too long", func(gs *types.GenesisState) { gs.Codes[0].Code.Source = strings.Repeat("x", 4<<10+1) }, types.ErrLimit},

		{"next instance taken", func(gs *types.GenesisState) { gs.NextInstance = 3 }, types.ErrGenesis},
		{"next instance beyond", func(gs *types.GenesisState) { gs.NextInstance = 5 }, types.ErrGenesis},
		{"contracts out of order", func(gs *types.GenesisState) {
			gs.Contracts[0], gs.Contracts[1] = gs.Contracts[1], gs.Contracts[0]
		}, types.ErrGenesis},
		{"a contract twice", func(gs *types.GenesisState) { gs.Contracts[1].Address = gs.Contracts[0].Address }, types.ErrGenesis},
		{"address of a contract to come", func(gs *types.GenesisState) { gs.Contracts[2].Address = missing }, types.ErrGenesis},
		{"address of nobody", func(gs *types.GenesisState) {
			gs.Contracts[2].Address = sdk.AccAddress(bytes.Repeat([]byte{0xff}, 32)).String()
		}, types.ErrGenesis},
		{"a contract at an account's address", func(gs *types.GenesisState) { gs.Contracts[2].Address = bob }, types.ErrInvalidRequest},
		{"code that is missing", func(gs *types.GenesisState) { gs.Contracts[0].CodeId = 3 }, types.ErrGenesis},
		{"no code", func(gs *types.GenesisState) { gs.Contracts[0].CodeId = 0 }, types.ErrInvalidRequest},
		{"no creator", func(gs *types.GenesisState) { gs.Contracts[0].Creator = "" }, types.ErrInvalidRequest},
		{"an admin that is none", func(gs *types.GenesisState) { gs.Contracts[0].Admin = "bob" }, types.ErrInvalidRequest},
		{"no label", func(gs *types.GenesisState) { gs.Contracts[0].Label = "" }, types.ErrInvalidRequest},
		{"a label too long", func(gs *types.GenesisState) { gs.Contracts[0].Label = strings.Repeat("x", 1<<10+1) }, types.ErrLimit},
		{"made at a negative height", func(gs *types.GenesisState) { gs.Contracts[0].CreatedHeight = -1 }, types.ErrGenesis},
		{"last hook at a negative height", func(gs *types.GenesisState) { gs.Contracts[0].Hooks.LastHeight = -1 }, types.ErrGenesis},
		{"more failures than runs", func(gs *types.GenesisState) { gs.Contracts[0].Hooks.Failures = 6 }, types.ErrGenesis},

		{"state of nobody", func(gs *types.GenesisState) { gs.State[3].Contract = missing }, types.ErrGenesis},
		{"state of an account", func(gs *types.GenesisState) { gs.State[3].Contract = bob }, types.ErrInvalidRequest},
		{"a key twice", func(gs *types.GenesisState) { gs.State[1].Key = []byte("a") }, types.ErrGenesis},
		{"keys out of order", func(gs *types.GenesisState) { gs.State[0].Key = []byte("abc") }, types.ErrGenesis},
		{"state out of order", func(gs *types.GenesisState) { gs.State[2], gs.State[3] = gs.State[3], gs.State[2] }, types.ErrGenesis},
		{"an empty key of a later contract", func(gs *types.GenesisState) { gs.State[3].Key = nil }, types.ErrLimit},
		{"an empty key", func(gs *types.GenesisState) { gs.State = gs.State[3:]; gs.State[0].Key = nil }, types.ErrLimit},
		{"a key too long", func(gs *types.GenesisState) { gs.State[3].Key = make([]byte, 1<<10+1) }, types.ErrLimit},
		{"a value too long", func(gs *types.GenesisState) { gs.State[3].Value = make([]byte, 64<<10+1) }, types.ErrLimit},

		{"subscription of a contract that is missing", func(gs *types.GenesisState) { gs.Subscriptions[3].Contract = missing }, types.ErrGenesis},
		{"subscription of an account", func(gs *types.GenesisState) { gs.Subscriptions[3].Contract = bob }, types.ErrInvalidRequest},
		{"subscription to no model", func(gs *types.GenesisState) { gs.Subscriptions[0].Model = "acme" }, types.ErrInvalidRequest},
		{"subscription twice", func(gs *types.GenesisState) {
			gs.Subscriptions = append(gs.Subscriptions, gs.Subscriptions[3])
		}, types.ErrGenesis},
		{"subscription twice, since another time", func(gs *types.GenesisState) {
			s := gs.Subscriptions[3]
			s.Since++
			gs.Subscriptions = append(gs.Subscriptions, s)
		}, types.ErrGenesis},
		{"subscriptions out of order of the models", func(gs *types.GenesisState) {
			gs.Subscriptions[0], gs.Subscriptions[3] = gs.Subscriptions[3], gs.Subscriptions[0]
		}, types.ErrGenesis},
		{"subscriptions out of order of the contracts", func(gs *types.GenesisState) {
			gs.Subscriptions[1], gs.Subscriptions[2] = gs.Subscriptions[2], gs.Subscriptions[1]
		}, types.ErrGenesis},
		{"subscription since never", func(gs *types.GenesisState) { gs.Subscriptions[0].Since = 0 }, types.ErrGenesis},
		{"subscription since a place to come", func(gs *types.GenesisState) { gs.Subscriptions[0].Since = 10 }, types.ErrGenesis},

		{"no next place in the queue", func(gs *types.GenesisState) { gs.NextQueueSequence = 0 }, types.ErrGenesis},
		{"next place taken", func(gs *types.GenesisState) {
			gs.NextQueueSequence, gs.Subscriptions[1].Since = 8, 8
		}, types.ErrGenesis},
		{"next place beyond", func(gs *types.GenesisState) { gs.NextQueueSequence = 10 }, types.ErrGenesis},
		{"a gap in the queue", func(gs *types.GenesisState) { gs.Queue[0].Sequence = 5 }, types.ErrGenesis},
		{"a place twice", func(gs *types.GenesisState) { gs.Queue[1].Sequence = 6 }, types.ErrGenesis},
		{"places out of order", func(gs *types.GenesisState) { gs.Queue[1], gs.Queue[2] = gs.Queue[2], gs.Queue[1] }, types.ErrGenesis},
		{"a place before the first", func(gs *types.GenesisState) {
			gs.Subscriptions = nil
			gs.Queue = []types.QueuedHook{{Sequence: 0, AttestationId: 1, Model: model}}
			gs.NextQueueSequence = 1
		}, types.ErrGenesis},
		{"places that wrap around", func(gs *types.GenesisState) {
			gs.Subscriptions = nil
			gs.Queue = []types.QueuedHook{{Sequence: math.MaxUint64, AttestationId: 1, Model: model}, {AttestationId: 2, Model: model}}
			gs.NextQueueSequence = 1
		}, types.ErrGenesis},
		{"no attestation", func(gs *types.GenesisState) { gs.Queue[1].AttestationId = 0 }, types.ErrGenesis},
		{"an attestation of no model", func(gs *types.GenesisState) { gs.Queue[1].Model = "sound" }, types.ErrInvalidRequest},
		{"a cursor at a contract that is missing", func(gs *types.GenesisState) { gs.Queue[0].Cursor = missing }, types.ErrGenesis},
		{"a cursor that is none", func(gs *types.GenesisState) { gs.Queue[0].Cursor = "x" }, types.ErrGenesis},
		{"a cursor of an item whose turn is to come", func(gs *types.GenesisState) { gs.Queue[1].Cursor = gs.Queue[0].Cursor }, types.ErrGenesis},

		{"a guard that is missing", func(gs *types.GenesisState) { gs.Params.PublishGuard = missing }, types.ErrGenesis},
	} {
		t.Run("failure: "+tc.name, func(t *testing.T) {
			gs := populated()
			tc.spoil(gs)
			require.ErrorIs(t, gs.Validate(), tc.err)
		})
	}
}

// TestGenesisCounts has as many subscriptions as may be, and one more; it also has the longest queue.
func TestGenesisCounts(t *testing.T) {
	most := types.MaxParams()
	gs := types.DefaultGenesis()
	gs.Codes, gs.NextCodeId = []types.StoredCode{storedCode(1)}, 2
	addresses := inOrder(int(most.MaxSubscribersPerModel) + 1)
	for _, a := range addresses {
		gs.Contracts = append(gs.Contracts, types.Contract{Address: a, CodeId: 1, Creator: alice, Label: "gate"})
	}
	gs.NextInstance = uint64(len(addresses)) + 1
	for _, a := range addresses[:most.MaxSubscribersPerModel] {
		gs.Subscriptions = append(gs.Subscriptions, types.Subscription{Model: "acme/aaa", Contract: a, Since: 1})
	}
	for i := range most.MaxSubscriptionsPerContract - 1 {
		gs.Subscriptions = append(gs.Subscriptions, types.Subscription{Model: fmt.Sprintf("acme/model-%03d", i), Contract: addresses[0], Since: 1})
	}
	require.NoError(t, gs.Validate())

	full := *gs
	full.Subscriptions = append(slices.Clone(gs.Subscriptions), types.Subscription{Model: "acme/zzz", Contract: addresses[0], Since: 1})
	require.ErrorIs(t, full.Validate(), types.ErrLimit, "of a contract")
	full.Subscriptions = slices.Insert(slices.Clone(gs.Subscriptions), int(most.MaxSubscribersPerModel),
		types.Subscription{Model: "acme/aaa", Contract: addresses[most.MaxSubscribersPerModel], Since: 1})
	require.ErrorIs(t, full.Validate(), types.ErrLimit, "of a model")

	gs.Queue = make([]types.QueuedHook, most.MaxQueue)
	for i := range gs.Queue {
		gs.Queue[i] = types.QueuedHook{Sequence: uint64(i) + 1, AttestationId: 1, Model: model}
	}
	gs.NextQueueSequence = uint64(most.MaxQueue) + 1
	require.NoError(t, gs.Validate())
	gs.Queue = append(gs.Queue, types.QueuedHook{Sequence: gs.NextQueueSequence, AttestationId: 1, Model: model})
	gs.NextQueueSequence++
	require.ErrorIs(t, gs.Validate(), types.ErrLimit)
}
