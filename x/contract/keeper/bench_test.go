package keeper_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/contracts"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
)

// The benchmarks run the project's contracts over the application's kind of store: a cache over IAVL in a commit multistore,
// database in memory. Commits are not in the times.

const benchVersion = stageModel + "@1.0.0"

// put stores a code and makes a contract of it that is subscribed to the model, with coins for its hooks.
func (s *stage) put(code []byte, args ...values.Value) string {
	s.t.Helper()
	stored, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: director, Code: code})
	require.NoError(s.t, err)
	made, err := s.msg.Instantiate(s.ctx, &types.MsgInstantiate{
		Sender: director, Admin: director, CodeId: stored.CodeId, Label: "bench", Msg: values.Encode(args...), Subscriptions: []string{stageModel},
	})
	require.NoError(s.t, err)
	s.fund(made.Address, 1<<50)
	s.clear()
	return made.Address
}

func (s *stage) bounty() string {
	return s.put(contracts.Bounty, values.T(benchVersion), values.N(7), values.T(denom), values.N(0))
}

func (s *stage) gate() string {
	return s.put(contracts.AccuracyGate, values.T(director), values.T(stageModel), values.N(1), values.N(250), values.T("argmax"), values.T("int8"))
}

// digest is of the n-th input.
func digest(n uint64) []byte {
	return append(make([]byte, 24), binary.BigEndian.AppendUint64(nil, n)...)
}

// label has the oracle say what the n-th input is.
func (s *stage) label(gate string, n uint64) {
	s.t.Helper()
	_, err := s.msg.Execute(s.ctx, &types.MsgExecute{
		Sender: director, Contract: gate, Msg: values.Encode(values.T("label"), values.B(digest(n)), values.N(1)),
	})
	require.NoError(s.t, err)
}

// proved queues attestations of inputs from the n-th on.
func (s *stage) proved(n, count uint64) {
	s.t.Helper()
	for id := n; id < n+count; id++ {
		a := types.Attestation{
			Id: id, Device: who(50), DeviceId: 1, Version: benchVersion, Nonce: digest(id), InputDigest: digest(id), OutputSize: 4,
			Output: []byte{0, 9, 1, 2}, OutputSHA256: bytes.Repeat([]byte{3}, 32), Height: 9, Time: time.Unix(1_700_000_000, 0),
		}
		s.chain.attestations[id] = a
		require.NoError(s.t, s.k.Hooks().AfterAttestation(s.ctx, a))
	}
}

func benchStage(b *testing.B) *stage {
	b.Helper()
	s := newStage(b)
	s.chain.devices = map[string]types.Device{who(50): {Id: 1, Address: who(50), Standing: fleettypes.StandingActive}}
	s.chain.versions = map[string]types.Version{benchVersion: {}}
	return s
}

// block commits what there is, and gives a context for a block, of which write puts the effects into the state.
func (s *stage) block() (ctx sdk.Context, write func()) {
	s.t.Helper()
	cms, ok := s.ctx.MultiStore().(storetypes.CommitMultiStore)
	require.True(s.t, ok)
	cms.Commit()
	cache := cms.CacheMultiStore()
	return s.ctx.WithMultiStore(cache).WithEventManager(sdk.NewEventManager()), cache.Write
}

// BenchmarkHooks is EndBlock with more attestations in the queue than a block has gas for.
func BenchmarkHooks(b *testing.B) {
	b.Run("bounty", func(b *testing.B) {
		s := benchStage(b)
		benchmarkHooks(b, s, s.bounty(), func(uint64) {})
	})
	b.Run("accuracy-gate", func(b *testing.B) {
		s := benchStage(b)
		gate := s.gate()
		benchmarkHooks(b, s, gate, func(n uint64) { s.label(gate, n) })
	})
}

func benchmarkHooks(b *testing.B, s *stage, contract string, prepare func(n uint64)) {
	const perBlock = 512
	next, params := uint64(1), s.params()
	var spent time.Duration
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		for n := next; n < next+perBlock; n++ {
			prepare(n)
		}
		s.proved(next, perBlock)
		next += perBlock
		s.clear()
		ctx, write := s.block()
		b.StartTimer()
		start := time.Now()
		require.NoError(b, s.k.EndBlock(ctx))
		spent += time.Since(start)
		b.StopTimer()
		write()
		b.StartTimer()
	}
	b.StopTimer()
	h := s.stats(contract)
	require.Zero(b, h.Failures)
	load := s.load(contract)
	b.ReportMetric(float64(h.Runs)/float64(b.N), "hooks/block")
	b.ReportMetric(micros(spent)/float64(h.Runs), "µs/hook")
	b.ReportMetric(float64(h.Gas)/float64(h.Runs), "VM-gas/hook")
	b.ReportMetric(float64(spent.Nanoseconds())/float64(h.Gas/params.VmGasPerGas+h.Runs*load), "ns/gas")
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// load is what having a contract's code at hand costs.
func (s *stage) load(contract string) uint64 {
	s.t.Helper()
	r, err := s.query.Contract(s.ctx, &types.QueryContractRequest{Address: contract})
	require.NoError(s.t, err)
	code, err := s.query.Code(s.ctx, &types.QueryCodeRequest{Id: r.Contract.CodeId})
	require.NoError(s.t, err)
	return (uint64(code.Code.Size_) + 1023) / 1024 * s.params().LoadGasPerKib
}

// BenchmarkVotes is a vote of accuracy-gate on the step of a rollout.
func BenchmarkVotes(b *testing.B) {
	s := benchStage(b)
	gate := s.gate()
	s.label(gate, 1)
	s.proved(1, 1)
	s.endBlock()
	s.set(func(p *types.Params) { p.HookGasPerBlock = types.MaxParams().HookGasPerBlock })
	before := s.stats(gate)
	ctx, write := s.block()
	rollout := types.Rollout{Id: 1, Version: benchVersion}
	for b.Loop() {
		vote, err := s.decider.DecideStep(ctx.WithEventManager(sdk.NewEventManager()), gate, rollout)
		require.NoError(b, err)
		require.Equal(b, types.VoteYes, vote)
	}
	write()
	after := s.stats(gate)
	b.ReportMetric(float64(after.Gas-before.Gas)/float64(after.Runs-before.Runs), "VM-gas/vote")
}

// BenchmarkMessages are messages of the kinds that anyone may send, with what they cost.
func BenchmarkMessages(b *testing.B) {
	for name, prepare := range map[string]func(s *stage) func(n uint64) error{
		"store": func(s *stage) func(uint64) error {
			return func(n uint64) error {
				code := append(bytes.Clone(contracts.AccuracyGate), 0, 9, 0) // a custom section makes it another code
				code = binary.BigEndian.AppendUint64(code, n)
				_, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: director, Code: code})
				return err
			}
		},
		"instantiate": func(s *stage) func(uint64) error {
			stored, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: director, Code: contracts.Bounty})
			require.NoError(b, err)
			msg := values.Encode(values.T(benchVersion), values.N(7), values.T(denom), values.N(0))
			return func(uint64) error {
				_, err := s.msg.Instantiate(s.ctx, &types.MsgInstantiate{Sender: director, CodeId: stored.CodeId, Label: "bench", Msg: msg})
				return err
			}
		},
		"label": func(s *stage) func(uint64) error {
			gate := s.gate()
			return func(n uint64) error {
				s.label(gate, n)
				return nil
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			s := benchStage(b)
			op := prepare(s)
			s.ctx, _ = s.block()
			n, before := uint64(0), s.ctx.GasMeter().GasConsumed()
			for b.Loop() {
				n++
				require.NoError(b, op(n))
				s.clear()
			}
			gas := s.ctx.GasMeter().GasConsumed() - before
			b.ReportMetric(float64(gas)/float64(b.N), "gas/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(gas), "ns/gas")
		})
	}
}
