package app_test

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/app/apptest"
	contracttypes "github.com/assay-chain/assay/x/contract/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// puppets is a proofNet with a contract on it that does what its strings say: see the source of the module.
type puppets struct {
	*apptest.Chain
	t        *testing.T
	owner    *apptest.Account
	contract string
}

const (
	puppetFunds = 1_000_000
	modelName   = "acme/vibration"
)

// newPuppets has the contract subscribed to the model of proofNet, with coins.
func newPuppets(t *testing.T, strings ...string) *puppets {
	t.Helper()
	c := proofNet(t, 3, nil)
	p := &puppets{Chain: c, t: t, owner: c.Accounts[0]}
	code, err := os.ReadFile("../x/contract/keeper/testdata/hooks/puppet.wasm")
	require.NoError(t, err)
	p.must(p.owner, &contracttypes.MsgStoreCode{Sender: p.owner.Address.String(), Code: code})
	p.must(p.owner, &contracttypes.MsgInstantiate{
		Sender: p.owner.Address.String(), Admin: p.owner.Address.String(), CodeId: 1, Label: "puppet",
		Funds: sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, puppetFunds)), Subscriptions: []string{modelName},
	})
	p.contract = contracttypes.ContractAddress(1).String()
	for _, s := range strings {
		p.pull(s)
	}
	return p
}

// must sends a transaction that has to do well.
func (p *puppets) must(from *apptest.Account, msgs ...sdk.Msg) *abci.ExecTxResult {
	p.t.Helper()
	r := p.Send(from, msgs...)
	require.Zero(p.t, r.Code, r.Log)
	return r
}

// pull sets one of the contract's strings: a key of one byte, and what it is to do.
func (p *puppets) pull(s string) {
	p.t.Helper()
	p.must(p.owner, &contracttypes.MsgExecute{Sender: p.owner.Address.String(), Contract: p.contract, Msg: []byte(s)})
}

// counted is how often a hook left its mark.
func (p *puppets) counted(key byte) uint32 {
	p.t.Helper()
	return binary.LittleEndian.Uint32(append(p.value(key), 0, 0, 0, 0))
}

func (p *puppets) value(key byte) []byte {
	p.t.Helper()
	gs, err := p.App.Contract.ExportGenesis(p.Context())
	require.NoError(p.t, err)
	for _, e := range gs.State {
		if e.Contract == p.contract && string(e.Key) == string(key) {
			return e.Value
		}
	}
	return nil
}

func (p *puppets) stats() contracttypes.HookStats {
	p.t.Helper()
	c, err := p.App.Contract.Contract(p.Context(), contracttypes.ContractAddress(1))
	require.NoError(p.t, err)
	return c.Hooks
}

func (p *puppets) balance() int64 {
	return p.App.Bank.GetBalance(p.Context(), contracttypes.ContractAddress(1), app.BaseDenom).Amount.Int64()
}

func (p *puppets) start(step rollouttypes.Step) {
	p.t.Helper()
	step.Weight, step.MaxFailureShare, step.Decider = 100, rollouttypes.FullShare, p.contract
	p.must(p.owner, &rollouttypes.MsgStartRollout{Owner: p.owner.Address.String(), Plan: rollouttypes.Plan{
		Version: proofVersion, Targets: []rollouttypes.Target{{Zone: rollouttypes.LocalZone, Fleets: []uint64{1}}},
		Steps: []rollouttypes.Step{step},
	}})
}

func (p *puppets) rollout() rollouttypes.Rollout {
	p.t.Helper()
	r, err := p.App.Rollout.Rollout(p.Context(), 1)
	require.NoError(p.t, err)
	return r
}

func (p *puppets) blocks(n int) {
	p.t.Helper()
	for range n {
		p.Block()
	}
}

// TestVoteOnStep has a contract decide on the one step of a rollout on its own chain.
func TestVoteOnStep(t *testing.T) {
	const deadline = 8
	for _, tc := range []struct {
		name  string
		vote  string
		phase rollouttypes.Phase
		cause rollouttypes.Cause
		asked uint32 // times that left their mark
		code  uint32
	}{
		{"success: yes promotes", "d1", rollouttypes.PhasePromoted, rollouttypes.CauseEvidence, 1, 0},
		{"success: no rolls back", "d2", rollouttypes.PhaseRolledBack, rollouttypes.CauseVote, 1, 0},
		{"success: wait lets the deadline decide", "d0", rollouttypes.PhasePaused, rollouttypes.CauseDeadline, 2, 0},
		{"failure: a trap is no vote", "dt", rollouttypes.PhasePaused, rollouttypes.CauseDeadline, 0, contracttypes.ErrTrap.ABCICode()},
		{"failure: out of gas is no vote", "dl", rollouttypes.PhasePaused, rollouttypes.CauseDeadline, 0, contracttypes.ErrOutOfGas.ABCICode()},
		{"failure: giving up is no vote", "dx", rollouttypes.PhasePaused, rollouttypes.CauseDeadline, 0, contracttypes.ErrAborted.ABCICode()},
		{"failure: seven is no vote", "d7", rollouttypes.PhasePaused, rollouttypes.CauseDeadline, 0, contracttypes.ErrVote.ABCICode()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPuppets(t, tc.vote)
			p.start(rollouttypes.Step{DeadlineBlocks: deadline, OnDeadline: rollouttypes.OnDeadlinePause})
			p.blocks(deadline + 2)
			r := p.rollout()
			require.Equal(t, tc.phase.String(), r.Phase.String())
			require.Equal(t, tc.cause.String(), r.Cause.String())
			require.Equal(t, tc.asked, p.counted('D'))
			stats := p.stats()
			require.Equal(t, tc.code, stats.LastCode)
			require.Positive(t, stats.Runs)
			require.Positive(t, stats.Gas)
			require.Equal(t, tc.code != 0, stats.Failures == stats.Runs)
			require.Less(t, p.balance(), int64(puppetFunds), "a vote is paid for, also a lost one")
		})
	}
}

// TestDeciderMustExist wants a contract that can vote when the rollout is started.
func TestDeciderMustExist(t *testing.T) {
	p := newPuppets(t)
	for _, tc := range []struct{ name, decider string }{
		{"failure: no address", "the-committee"},
		{"failure: an account", p.owner.Address.String()},
		{"failure: no contract", contracttypes.ContractAddress(2).String()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := p.Send(p.owner, &rollouttypes.MsgStartRollout{Owner: p.owner.Address.String(), Plan: rollouttypes.Plan{
				Version: proofVersion, Targets: []rollouttypes.Target{{Zone: rollouttypes.LocalZone, Fleets: []uint64{1}}},
				Steps: []rollouttypes.Step{{Weight: 100, MaxFailureShare: rollouttypes.FullShare, Decider: tc.decider}},
			}})
			require.Equal(t, rollouttypes.ErrNoDecider.ABCICode(), r.Code, r.Log)
		})
	}
}

// TestHookOfAttestation submits a proof with a device and looks at what the subscribed contract did at the end of the block.
func TestHookOfAttestation(t *testing.T) {
	for _, tc := range []struct {
		name  string
		pull  string
		told  uint32 // that left their mark
		code  uint32
		event string // of the contract's own
	}{
		{"success: counts", "a1", 1, 0, ""},
		{"success: announces", "ae", 1, 0, "told"},
		{"failure: traps", "at", 0, contracttypes.ErrTrap.ABCICode(), ""},
		{"failure: loops", "al", 0, contracttypes.ErrOutOfGas.ABCICode(), ""},
		{"failure: gives up", "ax", 0, contracttypes.ErrAborted.ABCICode(), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPuppets(t, tc.pull)
			device := p.Accounts[1]
			before := p.balance()
			res := p.Block(p.Sign(device, submit(device.Address, prove(t, device.Address, 1))))
			require.Zero(t, res.TxResults[0].Code, res.TxResults[0].Log)
			require.Equal(t, tc.told, p.counted('A'))
			stats := p.stats()
			require.Equal(t, contracttypes.HookStats{
				Runs: 1, Failures: 1 - uint64(tc.told), Gas: stats.Gas, LastCode: tc.code, LastHeight: p.Height(),
			}, stats)
			require.Positive(t, stats.Gas)
			paid := before - p.balance()
			require.Positive(t, paid)
			require.Equal(t, paid, p.fees(), "the fee goes to those who share the fees of transactions")
			require.Equal(t, contracttypes.EventHookRun{
				Contract: p.contract, Entry: contracttypes.EntryOnAttestation, Code: tc.code, GasUsed: stats.Gas, Subject: "1",
			}, *typed[*contracttypes.EventHookRun](t, res.Events))
			if tc.event != "" {
				require.Equal(t, tc.event, typed[*contracttypes.EventContractEmitted](t, res.Events).Type)
			}
			require.Empty(t, p.queue())
		})
	}
}

// TestDeviceDoesNotPayForSubscribers has the same proof cost the same on a chain where nobody listens and on one where a contract
// burns all it can.
func TestDeviceDoesNotPayForSubscribers(t *testing.T) {
	quiet, loud := newPuppets(t, "al"), newPuppets(t, "al")
	loud.Block()
	quiet.must(quiet.owner, &contracttypes.MsgUnsubscribe{Sender: quiet.owner.Address.String(), Contract: quiet.contract, Model: modelName})
	device := quiet.Accounts[1]
	tx := quiet.Sign(device, submit(device.Address, prove(t, device.Address, 1)))
	want, got := quiet.Block(tx), loud.Block(tx)
	require.Zero(t, want.TxResults[0].Code, want.TxResults[0].Log)
	require.Equal(t, results(want), results(got))
	require.EqualValues(t, 1, loud.stats().Failures)
	require.Zero(t, quiet.stats().Runs)
}

// TestHooksSpread has more attestations in a block than one block may tell: the others wait for the next ones, in order, and
// survive an export.
func TestHooksSpread(t *testing.T) {
	const proofs = 7
	p := newPuppets(t, "al") // each takes all the gas of a hook
	p.set(func(params *contracttypes.Params) { params.HookGasPerBlock = 10 * params.HookGas })
	device := p.Accounts[1]
	var txs [][]byte
	for i := range proofs {
		txs = append(txs, p.Sign(device, submit(device.Address, prove(t, device.Address, uint64(i)))))
	}
	for _, r := range p.Block(txs...).TxResults {
		require.Zero(t, r.Code, r.Log)
	}
	perBlock := 5 // half of hook_gas_per_block over hook_gas, and the loading of the code
	params, err := p.App.Contract.Params.Get(p.Context())
	require.NoError(t, err)
	require.EqualValues(t, perBlock, params.HookGasPerBlock/2/params.HookGas)
	told := int(p.stats().Runs)
	require.Positive(t, told)
	require.LessOrEqual(t, told, perBlock)
	queue := p.queue()
	require.Len(t, queue, proofs-told)
	require.EqualValues(t, told+1, queue[0].AttestationId)

	out, err := p.App.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(t, err)
	a, ctx := imported(t, p.App, out.AppState)
	require.Empty(t, differences(t, p.App, a, p.Context(), ctx))
	requireSameExport(t, out.AppState, a, ctx)

	p.Block()
	require.EqualValues(t, proofs, p.stats().Runs)
	p.Block()
	require.Empty(t, p.queue())
	require.EqualValues(t, proofs, p.stats().Runs, "each is told once")
}

// TestPublishGuard has a contract say who may create publishers and publish versions.
func TestPublishGuard(t *testing.T) {
	for _, tc := range []struct {
		name  string
		pull  string
		code  uint32
		asked uint32
	}{
		{"success: yes", "g1", 0, 1},
		{"failure: no", "g0", contracttypes.ErrGuard.ABCICode(), 0},
		{"failure: something else than a vote", "g2", contracttypes.ErrGuard.ABCICode(), 0},
		{"failure: a trap", "gt", contracttypes.ErrGuard.ABCICode(), 0},
		{"failure: out of gas", "gl", contracttypes.ErrGuard.ABCICode(), 0},
		{"failure: gives up", "gx", contracttypes.ErrGuard.ABCICode(), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPuppets(t, tc.pull)
			p.guarded()
			r := p.Send(p.Accounts[1], &registrytypes.MsgCreatePublisher{Owner: p.Accounts[1].Address.String(), Name: "zenith"})
			require.Equal(t, tc.code, r.Code, r.Log)
			require.Equal(t, tc.asked, p.counted('G'))
			_, err := p.App.Registry.Publisher(p.Context(), "zenith")
			if tc.code == 0 {
				require.NoError(t, err)
				require.EqualValues(t, 1, p.stats().Runs)
				return
			}
			require.Equal(t, contracttypes.ModuleName, r.Codespace)
			require.ErrorIs(t, err, registrytypes.ErrPublisherNotFound)
			require.EqualValues(t, puppetFunds, p.balance(), "the publisher's transaction pays, not the guard")
		})
	}
}

// guarded is the chain after an upgrade by export and import, with the contract as the guard.
func (p *puppets) guarded() {
	p.t.Helper()
	p.set(func(params *contracttypes.Params) { params.PublishGuard = p.contract })
}

// set changes the parameters, by an export and import.
func (p *puppets) set(change func(*contracttypes.Params)) {
	p.t.Helper()
	out, err := p.App.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(p.t, err)
	var state app.GenesisState
	require.NoError(p.t, json.Unmarshal(out.AppState, &state))
	var gs contracttypes.GenesisState
	p.App.AppCodec().MustUnmarshalJSON(state[contracttypes.ModuleName], &gs)
	change(&gs.Params)
	state[contracttypes.ModuleName] = p.App.AppCodec().MustMarshalJSON(&gs)
	raw, err := json.Marshal(state)
	require.NoError(p.t, err)
	p.Chain = p.Import(raw, out.Height)
}

// fees is what waits for those who share the fees of transactions: those of the last block.
func (p *puppets) fees() int64 {
	return p.App.Bank.GetBalance(p.Context(), authtypes.NewModuleAddress(authtypes.FeeCollectorName), app.BaseDenom).Amount.Int64()
}

func (p *puppets) queue() []contracttypes.QueuedHook {
	p.t.Helper()
	gs, err := p.App.Contract.ExportGenesis(p.Context())
	require.NoError(p.t, err)
	return gs.Queue
}

// typed is the one event of a type that a block made.
func typed[T proto.Message](t *testing.T, events []abci.Event) T {
	t.Helper()
	var found []T
	for _, e := range events {
		e.Attributes = slices.DeleteFunc(slices.Clone(e.Attributes), func(a abci.EventAttribute) bool { return a.Key == "mode" })
		m, err := sdk.ParseTypedEvent(e)
		if err != nil {
			continue // an untyped one of the SDK's
		}
		if m, ok := m.(T); ok {
			found = append(found, m)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}
