//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/statement"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// setRolloutParams changes parameters of x/rollout in the genesis of a network that has not been started.
func (n *network) setRolloutParams(params map[string]any) {
	n.t.Helper()
	for _, nd := range n.nodes {
		path := filepath.Join(nd.Home, "config", "genesis.json")
		raw, err := os.ReadFile(path)
		require.NoError(n.t, err)
		var genesis map[string]any
		require.NoError(n.t, json.Unmarshal(raw, &genesis))
		p := genesis["app_state"].(map[string]any)["rollout"].(map[string]any)["params"].(map[string]any)
		for name, v := range params {
			require.Contains(n.t, p, name)
			p[name] = v
		}
		raw, err = json.Marshal(genesis)
		require.NoError(n.t, err)
		require.NoError(n.t, os.WriteFile(path, raw, 0o600))
	}
}

// proposeWithin sets how long nodes wait for a proposal of a validator that is gone. With the default of three seconds the
// hub, whose blocks take 200 ms, makes more than ten blocks meanwhile, and rly v2.6.0, which remembers ten headers, can then stop
// relaying for good (docs/relaying.md).
func (n *network) proposeWithin(d string) {
	n.t.Helper()
	for _, nd := range n.nodes {
		path := filepath.Join(nd.Home, "config", "config.toml")
		raw, err := os.ReadFile(path)
		require.NoError(n.t, err)
		changed := regexp.MustCompile(`(?m)^timeout_propose = .*$`).ReplaceAll(raw, []byte(`timeout_propose = "`+d+`"`))
		require.NotEqual(n.t, raw, changed)
		require.NoError(n.t, os.WriteFile(path, changed, 0o600))
	}
}

// rollouts is a pair whose hub has models to roll out, and whose zone has a fleet with devices that the policy lets take part.
type rollouts struct {
	*pair
	restart   func()   // the relayer
	publisher *account // on the hub
	zoneWorld *world   // operator, fleet and devices on the zone
	key       []byte
}

// startRollouts starts a pair with a channel for rollouts, and fills it. Packets time out after the given seconds.
func startRollouts(t testing.TB, o pairOptions, timeout, devices int) *rollouts {
	o.port, o.version = rollouttypes.PortID, rollouttypes.Version
	o.prepare = func(p *pair) {
		common := map[string]any{"packet_timeout": timeout, "retry_max": 64}
		p.hub.setRolloutParams(common)
		p.zone.setRolloutParams(common)
		p.zone.proposeWithin("500ms")
		p.zone.setRolloutParams(map[string]any{"zone_operator": p.zone.validatorAccount(0).String()})
	}
	p := startPair(t, o)
	return fillRollouts(p, devices, func() {
		p.relayer.kill()
		p.relayer.start()
	})
}

// fillRollouts makes publisher, policy, fleet and devices on the chains of a pair.
func fillRollouts(p *pair, devices int, restart func()) *rollouts {
	fixture, err := verifiertest.NewFixture(2+statement.OutputElements(outputBytes), true)
	require.NoError(p.t, err)
	r := &rollouts{pair: p, key: fixture.Key, restart: restart}
	r.publisher = r.hub.validatorAccount(0)
	r.zoneWorld = &world{network: r.zone, operator: r.zone.validatorAccount(0), fixture: fixture}
	r.zoneWorld.enroll(devices)
	operator := r.zoneWorld.operator
	r.zone.must(r.zone.nodes[0], operator, txOptions{},
		&fleettypes.MsgSetFleetPolicy{Operator: operator.String(), FleetId: r.zoneWorld.fleet, Allow: []string{r.channel.zone + ":acme"}},
		&rollouttypes.MsgSetZonePolicy{Operator: operator.String(), Policy: rollouttypes.ZonePolicy{
			Rules: []rollouttypes.HubRule{{Source: r.channel.zone, Publishers: []string{"acme"}}},
		}})
	r.hub.must(r.hub.nodes[0], r.publisher, txOptions{}, &registrytypes.MsgCreatePublisher{Owner: r.publisher.String(), Name: "acme"})
	return r
}

// model makes a model on the hub with versions 1.0.0, 1.1.0 and so on.
func (r *rollouts) model(name string, versions int) {
	r.t.Helper()
	owner := r.publisher.String()
	digest := sha256.Sum256(r.key)
	tensor := []registrytypes.TensorSignature{{
		Name: "t", ElementType: registrytypes.ELEMENT_TYPE_INT8, Shape: []uint32{1, outputBytes}, ScaleBits: math.Float32bits(0.5),
	}}
	msgs := []sdk.Msg{&registrytypes.MsgCreateModel{Owner: owner, Publisher: "acme", Name: name}}
	for i := range versions {
		number := fmt.Sprintf("1.%d.0", i)
		content := sha256.Sum256([]byte(name + number))
		msgs = append(msgs, &registrytypes.MsgPublishVersion{
			Owner: owner, Publisher: "acme", Model: name, Number: number, VerifyingKey: r.key,
			Spec: registrytypes.VersionSpec{
				Artifacts: []registrytypes.Artifact{{Name: "canonical.onnx", MediaType: "application/onnx", Digest: content[:], Size_: 1, Uris: []string{"https://example.org/m.onnx"}}},
				Inputs:    tensor, Outputs: tensor, CircuitDigest: content[:], VerifyingKeyDigest: digest[:],
				Setup: registrytypes.SetupProvenance{Kind: registrytypes.SETUP_KIND_SINGLE_PARTY_INSECURE},
			},
		})
	}
	r.hub.must(r.hub.nodes[0], r.publisher, txOptions{gas: 20_000_000}, msgs...)
}

// begin starts a rollout to the zone's fleet and returns its id.
func (r *rollouts) begin(version, replaces string, steps ...rollouttypes.Step) uint64 {
	r.t.Helper()
	res := r.hub.must(r.hub.nodes[0], r.publisher, txOptions{}, &rollouttypes.MsgStartRollout{Owner: r.publisher.String(), Plan: rollouttypes.Plan{
		Version: version, Replaces: replaces, Steps: steps,
		Targets: []rollouttypes.Target{{Zone: r.channel.hub, Fleets: []uint64{r.zoneWorld.fleet}}},
	}})
	var started rollouttypes.MsgStartRolloutResponse
	response(r.t, res.TxResult.Data, &started)
	return started.Id
}

// control moves a rollout by the publisher's word.
func (r *rollouts) control(id uint64, action rollouttypes.Action) {
	r.t.Helper()
	r.hub.must(r.hub.nodes[0], r.publisher, txOptions{}, &rollouttypes.MsgControlRollout{Signer: r.publisher.String(), Id: id, Action: action})
}

// report is a device's report, its fee paid by the operator.
func (r *rollouts) report(device int, number uint64, phase rollouttypes.DevicePhase, code rollouttypes.FailureCode) {
	r.t.Helper()
	d := r.zoneWorld.devices[device]
	r.zone.must(r.zone.nodes[0], d, txOptions{granter: r.zoneWorld.operator.addr},
		&rollouttypes.MsgReportPhase{Device: d.String(), Number: number, Phase: phase, Code: code})
}

func (r *rollouts) onHub() rollouttypes.QueryClient {
	return rollouttypes.NewQueryClient(r.hub.nodes[0].conn(r.t))
}

func (r *rollouts) onZone() rollouttypes.QueryClient {
	return rollouttypes.NewQueryClient(r.zone.nodes[0].conn(r.t))
}

// supervised retries until check succeeds, and restarts the relayer after each minute in which it did not, as whoever
// runs one in production would have a supervisor do: see the stall of rly in docs/relaying.md.
func (r *rollouts) supervised(check func() error) {
	r.t.Helper()
	var err error
	for range 3 {
		for range 600 {
			if err = check(); err == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		r.t.Logf("no news for a minute: the relayer is restarted: %v", err)
		r.restart()
	}
	r.t.Fatalf("still failing with a relayer that was restarted: %v", err)
}

// awaitHub waits until a rollout on the hub is as it should be.
func (r *rollouts) awaitHub(id uint64, is func(rollouttypes.Rollout) bool) rollouttypes.Rollout {
	r.t.Helper()
	var got rollouttypes.Rollout
	hub := r.onHub()
	r.supervised(func() error {
		res, err := hub.Rollout(context.Background(), &rollouttypes.QueryRolloutRequest{Id: id})
		if err == nil && !is(res.Rollout) {
			err = fmt.Errorf("rollout %d on the hub: %s", id, res.Rollout.String())
		}
		if err == nil {
			got = res.Rollout
		}
		return err
	})
	return got
}

// awaitZone waits until a rollout has come to the zone and is as it should be.
func (r *rollouts) awaitZone(id uint64, is func(rollouttypes.ZoneRollout) bool) rollouttypes.ZoneRollout {
	r.t.Helper()
	var got rollouttypes.ZoneRollout
	zone := r.onZone()
	r.supervised(func() error {
		res, err := zone.ZoneRolloutBySource(context.Background(), &rollouttypes.QueryZoneRolloutBySourceRequest{Source: r.channel.zone, Id: id})
		if err == nil && !is(res.Rollout) {
			err = fmt.Errorf("rollout %d on the zone: %s", id, res.Rollout.String())
		}
		if err == nil {
			got = res.Rollout
		}
		return err
	})
	return got
}

// ended says that a rollout reached a phase and that all zones know.
func ended(phase rollouttypes.Phase) func(rollouttypes.Rollout) bool {
	return func(r rollouttypes.Rollout) bool { return r.Phase == phase && r.Zones.Settled == r.Zones.Total() }
}

func zoneIn(phase rollouttypes.Phase) func(rollouttypes.ZoneRollout) bool {
	return func(z rollouttypes.ZoneRollout) bool { return z.Phase == phase }
}

// reconcile compares hub and zone with the operators' command: nothing may be wrong, nothing stay behind.
func (r *rollouts) reconcile() {
	r.t.Helper()
	out, err := exec.Command(builtBinary(r.t, "assay"), "net", "reconcile", "--hub", r.hub.nodes[0].GRPC,
		"--zone", r.channel.hub+"="+r.zone.nodes[0].GRPC, "--wait", "3m").CombinedOutput()
	require.NoError(r.t, err, "%s", out)
	require.Contains(r.t, string(out), "0 wrong, 0 behind")
	r.t.Logf("%s", out)
}

// canary is a step of a tenth, then all, each with one device ready.
func canary() []rollouttypes.Step {
	return rollouttypes.Weights([]uint32{10, 100}, rollouttypes.Step{MinReady: 1, MaxFailureShare: rollouttypes.FullShare})
}
