package contractgas

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/store"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/cmd/assay/contract/local"
	"github.com/assay-chain/assay/contracts"
	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/keeper"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
)

const (
	model   = "acme/vibration"
	version = model + "@1.0.0"
)

// memory is a transient store that lives as long as the test. It cannot be iterated.
type memory map[string][]byte

func (m memory) OpenTransientStore(context.Context) store.KVStore { return m }
func (m memory) Get(key []byte) ([]byte, error)                   { return m[string(key)], nil }
func (m memory) Has(key []byte) (bool, error)                     { return m[string(key)] != nil, nil }

func (m memory) Set(key, value []byte) error { m[string(key)] = value; return nil }

func (m memory) Delete(key []byte) error { delete(m, string(key)); return nil }

var errIterate = errors.New("memory has no order")

func (m memory) Iterator(_, _ []byte) (store.Iterator, error)        { return nil, errIterate }
func (m memory) ReverseIterator(_, _ []byte) (store.Iterator, error) { return nil, errIterate }

// stage is a pair with a model, whose hooks cost nothing, since the runner takes no fees. A block has room for all of a test.
type stage struct {
	*pair
	decider keeper.Decider
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{pair: newPair(t)}
	s.decider = s.k.Decider(memory{})
	s.set(func(p *types.Params) { p.HookGasPrice, p.HookGasPerBlock = math.LegacyZeroDec(), 100*p.HookGas })
	require.NoError(t, s.app.Registry.Publishers.Set(s.ctx, "acme", types.Publisher{Name: "acme", Owner: s.sender, CreatedHeight: 1}))
	require.NoError(t, s.app.Registry.Models.Set(s.ctx, collections.Join("acme", "vibration"), types.Model{
		Publisher: "acme", Name: "vibration", CreatedHeight: 1,
	}))
	return s
}

func (s *stage) set(change func(*types.Params)) {
	s.t.Helper()
	params, err := s.k.Params.Get(s.ctx)
	require.NoError(s.t, err)
	change(&params)
	require.NoError(s.t, params.Validate())
	require.NoError(s.t, s.k.Params.Set(s.ctx, params))
}

// device puts a device of a number on both.
func (s *stage) device(id uint64, standing fleettypes.Standing) string {
	s.t.Helper()
	address := sdk.AccAddress(bytes.Repeat([]byte{byte(id)}, 20))
	d := types.Device{Id: id, FleetId: 1, Address: address.String(), Standing: standing, Confirmed: true, Labels: []string{"hall=3"}}
	require.NoError(s.t, s.app.Fleet.Devices.Set(s.ctx, id, d))
	require.NoError(s.t, s.app.Fleet.DeviceByAddress.Set(s.ctx, address, id))
	require.NoError(s.t, s.local.SetRecord(host.Device, local.Record{
		"id": {decimal(id)}, "fleet": {"1"}, "address": {d.Address}, "standing": {types.StandingWord(d)}, "confirmed": {"1"}, "label": {"hall=3"},
	}))
	return d.Address
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

func digits(b []byte) []string {
	if len(b) == 0 {
		return nil
	}
	return []string{"0x" + hex.EncodeToString(b)}
}

func (s *stage) subscribe(contract string) {
	s.t.Helper()
	_, err := s.msg.Subscribe(s.ctx, &types.MsgSubscribe{Sender: s.sender, Contract: contract, Model: model})
	require.NoError(s.t, err)
}

// stats are the chain's figures of a contract's hooks.
func (s *stage) stats(name string) types.HookStats {
	s.t.Helper()
	contract, err := s.local.Contract(name)
	require.NoError(s.t, err)
	c, err := s.k.Contract(s.ctx, sdk.MustAccAddressFromBech32(contract.Address))
	require.NoError(s.t, err)
	return c.Hooks
}

// requireHook compares a hook that was run on the chain with a call of the runner, to the unit of VM gas. The chain's record says
// how it ended.
func (s *stage) requireHook(before types.HookStats, want error, entry, name string, message []byte) local.Result {
	s.t.Helper()
	after := s.stats(name)
	require.Equal(s.t, before.Runs+1, after.Runs)
	contract, err := s.local.Contract(name)
	require.NoError(s.t, err)
	r, localErr := s.local.Call(contract, local.Call{Entry: entry, Message: message, Caller: local.ModuleAddress()})
	code := uint32(0)
	if want != nil {
		code = want.(interface{ ABCICode() uint32 }).ABCICode()
	}
	require.Equal(s.t, code, after.LastCode)
	s.requireSame(want, r.Output, r, localErr)
	require.Equal(s.t, r.GasUsed, after.Gas-before.Gas)
	return r
}

// attest puts an attestation on both, and has both tell the contract.
func (s *stage) attest(want error, name string, a types.Attestation) {
	s.t.Helper()
	a.Height, a.Time = s.ctx.BlockHeight(), s.ctx.BlockTime()
	if len(a.OutputSHA256) == 0 {
		a.OutputSize = uint32(len(a.Output))
	}
	require.NoError(s.t, s.app.Proof.Attestations.Set(s.ctx, a.Id, a))
	suspect := "0"
	if a.Suspect {
		suspect = "1"
	}
	require.NoError(s.t, s.local.SetRecord(host.Attestation, local.Record{
		"id": {decimal(a.Id)}, "device": {a.Device}, "device_id": {decimal(a.DeviceId)}, "fleet": {decimal(a.FleetId)}, "suspect": {suspect},
		"version": {a.Version}, "nonce": digits(a.Nonce), "input_digest": digits(a.InputDigest), "output": digits(a.Output),
		"output_sha256": digits(a.OutputSHA256), "output_size": {decimal(uint64(a.OutputSize))},
	}))
	before := s.stats(name)
	require.NoError(s.t, s.k.Hooks().AfterAttestation(s.ctx, a))
	require.NoError(s.t, s.k.EndBlock(s.ctx))
	message, err := s.local.RecordMessage(host.Attestation, a.Id)
	require.NoError(s.t, err)
	s.requireHook(before, want, host.EntryOnAttestation, name, message)
}

// decide has both ask a contract about a step of a rollout.
func (s *stage) decide(want error, vote types.Vote, name string, r types.Rollout) {
	s.t.Helper()
	require.NoError(s.t, s.local.SetRecord(host.Rollout, local.Record{
		"id": {decimal(r.Id)}, "owner": {r.Owner}, "version": {r.Version}, "replaces": {r.Replaces}, "phase": {types.PhaseWord(r)},
		"step": {decimal(uint64(r.Step))}, "steps": {decimal(uint64(len(r.Steps)))}, "generation": {decimal(r.Generation)},
		"started_height": {decimal(uint64(r.StartedHeight))}, "step_height": {decimal(uint64(r.StepHeight))},
		"attestations": {decimal(r.Totals.Attestations)},
	}))
	contract, err := s.local.Contract(name)
	require.NoError(s.t, err)
	before := s.stats(name)
	got, err := s.decider.DecideStep(s.ctx, contract.Address, r)
	require.NoError(s.t, err)
	require.Equal(s.t, vote, got)
	message, err := s.local.RecordMessage(host.Rollout, r.Id)
	require.NoError(s.t, err)
	local := s.requireHook(before, want, host.EntryDecideStep, name, message)
	if want == nil {
		require.EqualValues(s.t, vote, local.Value)
	}
}

// publish has both ask the guard, which must be that contract.
func (s *stage) publish(want error, allowed bool, name string, words ...string) {
	s.t.Helper()
	contract, err := s.local.Contract(name)
	require.NoError(s.t, err)
	_, charged, err := s.metered(func(ctx sdk.Context) ([]byte, error) {
		return nil, s.k.Guard().AllowPublish(ctx, words[0], words[1], words[2], words[3])
	})
	require.Equal(s.t, allowed, err == nil, "%v", err)
	if !allowed {
		require.ErrorIs(s.t, err, types.ErrGuard)
	}
	message := values.Encode(values.T(words[0]), values.T(words[1]), values.T(words[2]), values.T(words[3]))
	r, localErr := s.local.Call(contract, local.Call{Entry: host.EntryAllowPublish, Message: message, Caller: local.ModuleAddress()})
	s.requireSame(want, r.Output, r, localErr)
	s.requireCharged(r.GasUsed, charged)
	require.Equal(s.t, allowed, want == nil && r.Value == host.VotePublish)
}

// The contracts of the repository, in all of their hooks.
func TestHooksOfContracts(t *testing.T) {
	s := newStage(t)
	camera, suspect := s.device(7, fleettypes.StandingActive), s.device(8, fleettypes.StandingSuspect)
	run := func(name string, f func()) {
		t.Run(name, func(t *testing.T) {
			s.t = t
			f()
			s.requireSameState(s.sender, camera, suspect)
		})
	}
	run("success: bounty", func() {
		bounty := s.mustMake("bounty", contracts.Bounty, 150, values.T(version), values.N(100), values.T(app.BaseDenom), values.N(0))
		s.subscribe(bounty)
		proof := types.Attestation{Id: 1, Device: camera, DeviceId: 7, FleetId: 1, Version: version, Nonce: []byte{1}, Output: []byte{3}}
		s.attest(nil, "bounty", proof)
		proof.Id = 2
		s.attest(nil, "bounty", proof) // paid before
		proof.Id, proof.Nonce = 3, []byte{2}
		s.attest(nil, "bounty", proof) // not enough coins
		s.attest(nil, "bounty", types.Attestation{Id: 4, Device: suspect, DeviceId: 8, Version: version, Nonce: []byte{1}})
		s.attest(nil, "bounty", types.Attestation{Id: 5, Device: camera, DeviceId: 7, Version: model + "@2.0.0", Nonce: []byte{3}})
		s.send(nil, "bounty", 100, values.Encode(values.T("fund")))
		s.execute(nil, "bounty", values.T("claim"), values.N(3))
		s.execute(types.ErrAborted, "bounty", values.T("claim"), values.N(3))
		s.ask("bounty", values.T("paid"), values.T(camera))
		_, err := s.msg.Unsubscribe(s.ctx, &types.MsgUnsubscribe{Sender: s.sender, Contract: bounty, Model: model})
		require.NoError(s.t, err)
	})
	run("success: accuracy-gate", func() {
		gate := s.mustMake("gate", contracts.AccuracyGate, 0,
			values.T(s.sender), values.T(model), values.N(2), values.N(500), values.T("argmax"), values.T("int8"))
		s.subscribe(gate)
		rollout := types.Rollout{Id: 1, Owner: s.sender, Version: version, Phase: 2, StartedHeight: 1, StepHeight: 1}
		s.decide(nil, types.VoteWait, "gate", rollout)
		input := func(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }
		s.execute(nil, "gate", values.T("label"), values.B(input(1)), values.N(2))
		proof := types.Attestation{Id: 11, Device: camera, DeviceId: 7, Version: version, InputDigest: input(1), Output: []byte{0, 1, 5, 2}}
		s.attest(nil, "gate", proof)
		proof.Id, proof.InputDigest, proof.Output = 12, input(2), []byte{9, 1, 5, 2}
		s.attest(nil, "gate", proof)
		s.execute(nil, "gate", values.T("label"), values.B(input(2)), values.N(0)) // judges the one that waited
		s.decide(nil, types.VoteYes, "gate", rollout)
		s.execute(nil, "gate", values.T("label"), values.B(input(3)), values.N(1))
		s.execute(nil, "gate", values.T("label"), values.B(input(4)), values.N(1))
		for i := range byte(2) {
			proof.Id, proof.InputDigest, proof.Output = 13+uint64(i), input(3+i), []byte{9, 1}
			s.attest(nil, "gate", proof)
		}
		s.attest(nil, "gate", types.Attestation{
			Id: 15, Device: camera, DeviceId: 7, Version: version, InputDigest: input(5), OutputSHA256: input(9), OutputSize: 4000,
		})
		s.attest(nil, "gate", types.Attestation{
			Id: 16, Device: suspect, DeviceId: 8, Suspect: true, Version: version, InputDigest: input(1), Output: []byte{1},
		})
		s.ask("gate", values.T("stats"), values.T(version))
		s.decide(nil, types.VoteYes, "gate", rollout)
	})
	run("success: publisher-guild", func() {
		guild := s.mustMake("guild", contracts.PublisherGuild, 0, values.T(s.sender), values.N(1))
		s.set(func(p *types.Params) { p.PublishGuard = guild })
		s.publish(nil, false, "guild", "acme", "", "", s.sender)
		s.execute(nil, "guild", values.T("propose"), values.T("add-publisher"), values.T("acme"), values.T(s.sender))
		s.publish(nil, true, "guild", "acme", "", "", s.sender)
		s.publish(nil, true, "guild", "acme", "vibration", "1.0.0", s.sender)
		s.publish(nil, false, "guild", "acme", "vibration", "1.0.0", camera)
		s.execute(types.ErrAborted, "guild", values.T("vote"), values.N(1), values.T("yes"))
		s.ask("guild", values.T("publishers"))
	})
}

// A contract that does in its hooks what it is told to: all the ways in which a hook ends.
func TestHookFailures(t *testing.T) {
	s := newStage(t)
	puppet := s.mustMake("puppet", wasm(t, "hooks/puppet"), 500)
	other := s.mustMake("other", wasm(t, "counter"), 0)
	s.subscribe(puppet)
	s.set(func(p *types.Params) { p.PublishGuard = puppet })
	id := uint64(0)
	for _, tc := range []struct {
		name, does string
		want       error
		vote       types.Vote
	}{
		{"success: nothing", "", nil, types.VoteYes},
		{"success: no", "2", nil, types.VoteNo},
		{"success: wait", "0", nil, types.VoteWait},
		{"success: transfer", "p\x07\x00\x00\x00" + s.sender, nil, types.VoteYes},
		{"success: transfer of more than there is", "p\xff\xff\x00\x00" + s.sender, nil, types.VoteYes},
		{"success: event", "e", nil, types.VoteYes},
		{"success: call of another contract", "k" + other, nil, types.VoteYes},
		{"failure: trap", "t", types.ErrTrap, types.VoteWait},
		{"failure: out of gas", "l", types.ErrOutOfGas, types.VoteWait},
		{"failure: abort", "x", types.ErrAborted, types.VoteWait},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			id++
			for _, key := range []string{"a", "d", "g"} {
				s.send(nil, "puppet", 0, []byte(key+tc.does))
			}
			s.attest(tc.want, "puppet", types.Attestation{Id: id, Device: s.sender, Version: version, Nonce: []byte{byte(id)}, Output: []byte("output")})
			s.decide(tc.want, tc.vote, "puppet", types.Rollout{
				Id: id, Owner: s.sender, Version: version, Replaces: model + "@0.9.0", Phase: 2, Generation: 3,
			})
			s.publish(tc.want, tc.want == nil && tc.vote == types.VoteYes, "puppet", "acme", "vibration", "1.0.0", s.sender)
			s.requireSameState(s.sender)
		})
	}
}
