package ibc

import (
	"crypto/sha256"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	ibctesting "github.com/cosmos/ibc-go/v11/testing"

	"github.com/assay-chain/assay/app"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/x/rollout/types"
)

const (
	packetTimeout = 7200 // seconds
	retryMin      = 2    // blocks
	retryMax      = 8

	model    = "acme/vibration"
	version1 = "acme/vibration@1.0.0"
	version2 = "acme/vibration@2.0.0"

	outputBytes = 10 // one field element, so a statement has three public inputs
)

// keys are verifying keys, made once. The last one is for another number of outputs.
var keys = sync.OnceValues(func() (fixtures [3]*verifiertest.Fixture, err error) {
	for i, publics := range []int{3, 3, 4} {
		if fixtures[i], err = verifiertest.NewFixture(publics, false); err != nil {
			return fixtures, err
		}
	}
	return fixtures, nil
})

func keyOf(tb testing.TB, i int) *verifiertest.Fixture {
	tb.Helper()
	k, err := keys()
	require.NoError(tb, err)
	return k[i]
}

// spec is the manifest of a version; artifact tells versions apart.
func spec(key []byte, artifact string) registrytypes.VersionSpec {
	digest, other := sha256.Sum256(key), sha256.Sum256([]byte(artifact))
	tensor := func(n uint32) []registrytypes.TensorSignature {
		return []registrytypes.TensorSignature{{
			Name: "t", ElementType: registrytypes.ELEMENT_TYPE_INT8, Shape: []uint32{1, n}, ScaleBits: math.Float32bits(0.5),
		}}
	}
	return registrytypes.VersionSpec{
		Inputs: tensor(20), Outputs: tensor(outputBytes), CircuitDigest: other[:], VerifyingKeyDigest: digest[:],
		Setup: registrytypes.SetupProvenance{Kind: registrytypes.SETUP_KIND_SINGLE_PARTY_INSECURE},
		Artifacts: []registrytypes.Artifact{{
			Name: "canonical.onnx", MediaType: "application/octet-stream", Digest: other[:], Size_: 1000,
			Uris: []string{"https://example.org/canonical.onnx"},
		}},
	}
}

// world is one or two hubs, and a zone.
type world struct {
	*testing.T
	coord *ibctesting.Coordinator
	hub   *chain
	zone  *chain
	link  *link

	// other is a second hub with a link of its own, in a world of three.
	other     *chain
	otherLink *link
}

// options say how a world differs. The zero value is usable.
type options struct {
	isV2    bool
	chains  int // default 2
	params  func(*types.Params)
	decider types.Decider
	// rule changes what the zone accepts from each hub.
	rule func(*types.HubRule)
}

// eachKind runs a test over a channel and over IBC v2.
func eachKind(t *testing.T, test func(*testing.T, bool)) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		isV2 bool
	}{{"channel", false}, {"v2", true}} {
		t.Run(tc.name, func(t *testing.T) { test(t, tc.isV2) })
	}
}

// newWorld starts the chains and links them. Each hub has both versions of one model, the same in name on both; the zone
// has two fleets of two devices and accepts everything from each hub. Worlds share nothing, so their tests run side by side.
func newWorld(t *testing.T, o options) *world {
	t.Helper()
	t.Parallel()
	w := newChains(t, o)
	w.link = connect(w.hub, w.zone, o.isV2)
	w.publishAll(w.hub)
	if w.other != nil {
		w.otherLink = connect(w.other, w.zone, o.isV2)
		w.publishAll(w.other)
	}
	w.enrollAll()
	w.setPolicy(o.rule)
	return w
}

func newChains(t *testing.T, o options) *world {
	t.Helper()
	o.chains = max(o.chains, 2)
	coord := ibctesting.NewCustomAppCoordinator(t, o.chains, newApp(func(a *app.App, state app.GenesisState) {
		if o.decider != nil {
			a.Rollout.SetDecider(o.decider)
		}
		g := types.DefaultGenesis()
		g.Params.EvidenceInterval, g.Params.PacketTimeout = 1, packetTimeout
		g.Params.RetryMin, g.Params.RetryMax = retryMin, retryMax
		if o.params != nil {
			o.params(&g.Params)
		}
		state[types.ModuleName] = a.AppCodec().MustMarshalJSON(g)
	}))
	w := &world{T: t, coord: coord, hub: newChain(coord.GetChain(ibctesting.GetChainID(1))), zone: newChain(coord.GetChain(ibctesting.GetChainID(2)))}
	if o.chains > 2 {
		w.other = newChain(coord.GetChain(ibctesting.GetChainID(3)))
	}
	for _, c := range w.chains() {
		params, err := c.app.Rollout.Params.Get(c.GetContext())
		require.NoError(t, err)
		params.ZoneOperator = c.address(operator)
		require.NoError(t, c.execute(&types.MsgUpdateParams{Authority: app.Authority(), Params: params}))
	}
	return w
}

// part runs a part of the world's test, which fails on its own.
func (w *world) part(name string, test func(*testing.T)) {
	whole := w.T
	defer w.belong(whole)
	whole.Run(name, func(t *testing.T) {
		w.belong(t)
		test(t)
	})
}

// belong lets the world and its chains report to a test.
func (w *world) belong(t *testing.T) {
	w.T, w.coord.T = t, t
	for _, c := range w.chains() {
		c.TB = t
	}
}

func (w *world) chains() []*chain {
	if w.other == nil {
		return []*chain{w.hub, w.zone}
	}
	return []*chain{w.hub, w.zone, w.other}
}

// publishAll publishes both versions on a hub, each with a key of its own.
func (w *world) publishAll(hub *chain) {
	owner := hub.address(publisher)
	msgs := []sdk.Msg{
		&registrytypes.MsgCreatePublisher{Owner: owner, Name: "acme"},
		&registrytypes.MsgCreateModel{Owner: owner, Publisher: "acme", Name: "vibration"},
	}
	for i, number := range []string{"1.0.0", "2.0.0"} {
		key := keyOf(w, i).Key
		msgs = append(msgs, &registrytypes.MsgPublishVersion{
			Owner: owner, Publisher: "acme", Model: "vibration", Number: number, Spec: spec(key, hub.ChainID+number), VerifyingKey: key,
		})
	}
	hub.must(publisher, msgs...)
}

// enrollAll gives the zone its fleets: 1 with devices 0 and 1, 2 with devices 2 and 3.
func (w *world) enrollAll() { w.enrollOn(w.zone) }

func (w *world) enrollOn(c *chain) {
	by := c.address(operator)
	var confirm [][]byte
	for fleet := range uint64(2) {
		first := device0 + 2*int(fleet)
		c.must(operator,
			&fleettypes.MsgCreateFleet{Operator: by, Allow: []string{"*"}, Labels: []string{fmt.Sprintf("site=s%d", fleet+1)}},
			&fleettypes.MsgEnrollDevice{Operator: by, FleetId: fleet + 1, Addresses: []string{c.address(first), c.address(first + 1)}})
		for _, d := range []int{first, first + 1} {
			confirm = append(confirm, c.sign(d, &fleettypes.MsgConfirmDevice{Address: c.address(d), FleetId: fleet + 1}))
		}
	}
	for _, res := range c.block(confirm...).TxResults {
		require.True(c.TB, res.IsOK(), res.Log)
	}
}

// setPolicy lets the zone accept everything from each hub, unless change says otherwise.
func (w *world) setPolicy(change func(*types.HubRule)) {
	var policy types.ZonePolicy
	for _, l := range []*link{w.link, w.otherLink} {
		if l == nil {
			continue
		}
		rule := types.HubRule{Source: l.zone.name()}
		if change != nil {
			change(&rule)
		}
		policy.Rules = append(policy.Rules, rule)
	}
	w.zone.must(operator, &types.MsgSetZonePolicy{Operator: w.zone.address(operator), Policy: policy})
}

// plan brings version 1 to both fleets of the zone in two steps: one device has to be ready in the first and two in the
// second; one may fail.
func (w *world) plan(change ...func(*types.Plan)) types.Plan {
	p := types.Plan{
		Version: version1,
		Targets: []types.Target{{Zone: w.link.hub.name(), Labels: []string{}}},
		Steps: []types.Step{
			{Weight: 10, MinReady: 1, MaxFailures: 1, MaxFailureShare: types.FullShare},
			{Weight: 100, MinReady: 2, MaxFailures: 1, MaxFailureShare: types.FullShare},
		},
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

// start starts a rollout on the hub. The announcement is sent in the same block.
func (w *world) start(change ...func(*types.Plan)) uint64 {
	w.Helper()
	return w.startOn(w.hub, w.plan(change...))
}

func (w *world) startOn(hub *chain, plan types.Plan) uint64 {
	w.Helper()
	res := hub.must(publisher, &types.MsgStartRollout{Owner: hub.address(publisher), Plan: plan})
	var r types.MsgStartRolloutResponse
	unpack(w, hub.Codec, res.Data, &r)
	return r.Id
}

func unpack(tb testing.TB, cdc codec.Codec, data []byte, into proto.Message) {
	tb.Helper()
	var all sdk.TxMsgData
	require.NoError(tb, cdc.Unmarshal(data, &all))
	require.NoError(tb, cdc.Unmarshal(all.MsgResponses[0].Value, into))
}

// begin starts a rollout and lets the zone accept it, until it is in its first step on both chains.
func (w *world) begin(change ...func(*types.Plan)) uint64 {
	w.Helper()
	id := w.start(change...)
	w.link.settle()
	require.Equal(w, types.PhaseCanary, w.rollout(id).Phase)
	require.Equal(w, types.PhaseCanary, w.zoneRollout(id).Phase)
	return id
}

// control moves a rollout by the publisher's word.
func (w *world) control(id uint64, action types.Action) {
	w.Helper()
	w.hub.must(publisher, &types.MsgControlRollout{Signer: w.hub.address(publisher), Id: id, Action: action, Reason: "because"})
}

// report reports a phase of a device about the zone's rollout.
func (w *world) report(id uint64, device int, phase types.DevicePhase) {
	w.Helper()
	reportOn(w.link.zone, id, device, phase)
}

// What the chains have on record.
func (w *world) rollout(id uint64) types.Rollout { return rolloutOf(w.hub, id) }

func rolloutOf(hub *chain, id uint64) types.Rollout {
	hub.Helper()
	r, err := hub.app.Rollout.Rollouts.Get(hub.app.context(), id)
	require.NoError(hub.TB, err)
	return r
}

// zoneOf is what the hub knows of the zone.
func (w *world) zoneOf(id uint64) types.ZoneState {
	w.Helper()
	z, err := w.hub.app.Rollout.Zones.Get(w.hub.app.context(), collections.Join(id, w.link.hub.name()))
	require.NoError(w, err)
	return z
}

// zoneRollout is what the zone has of a rollout of the hub.
func (w *world) zoneRollout(id uint64) types.ZoneRollout {
	w.Helper()
	return zoneRolloutOf(w.zone, w.link.zone.name(), id)
}

func zoneRolloutOf(zone *chain, source string, id uint64) types.ZoneRollout {
	zone.Helper()
	number, err := zone.app.Rollout.Numbers.Get(zone.app.context(), collections.Join(source, id))
	require.NoError(zone.TB, err)
	z, err := zone.app.Rollout.ZoneRollouts.Get(zone.app.context(), number)
	require.NoError(zone.TB, err)
	return z
}

func (w *world) attempts(id uint64) (list []types.Attempt) {
	w.Helper()
	for _, a := range w.hub.state().Rollout.Attempts {
		if a.Rollout == id && a.Zone == w.link.hub.name() {
			list = append(list, a)
		}
	}
	return list
}

// directive is what the devices of a fleet of the zone may run of the hub's model.
func (w *world) directive(fleet uint64) types.Directive {
	w.Helper()
	d, err := w.zone.app.Rollout.Directive(w.zone.app.context(), fleet, w.link.zone.name()+":"+model)
	require.NoError(w, err)
	return d
}
