//go:build e2e

package e2e

import (
	"syscall"
	"testing"

	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// TestRelayV2Rollout takes rollouts to a zone and back over IBC v2, with `assay relay v2` killed on the way.
func TestRelayV2Rollout(t *testing.T) {
	t.Parallel()
	v2 := relayV2NewPair(t, "rollout", func(n *network) {
		n.setRolloutParams(map[string]any{"zone_operator": n.validatorAccount(0).String()})
	})
	config := v2.config("relay", "relayer", "relay.json", "")
	v2.connect(config)
	relayer := v2.run(config)
	r := fillRollouts(&pair{
		t: t, hub: v2.chains[0], zone: v2.chains[1],
		channel: channel{port: rollouttypes.PortID, version: rollouttypes.Version, hub: v2.client[0], zone: v2.client[1]},
	}, 2, func() {})
	r.model("traffic", 2)
	testRollout(t, r)

	relayer.stop(syscall.SIGKILL)
	r.model("other", 1)
	id := r.begin("acme/other@1.0.0", "", canary()...)
	v2.run(config)
	r.report(0, r.awaitZone(id, zoneIn(rollouttypes.PhaseCanary)).Number, rollouttypes.DevicePhaseReady, 0)
	r.awaitHub(id, ended(rollouttypes.PhasePromoted))
	r.reconcile()
}
