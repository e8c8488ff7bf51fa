package keeper

import (
	"context"

	"github.com/hashicorp/go-metrics"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// Counters of what blocks did, as seen by this node since it started.
const (
	metricTransitions   = "transitions"
	metricPackets       = "packets"
	metricRefusals      = "refusals"
	metricReports       = "reports"
	metricDeciderErrors = "decider_errors"
)

// count adds one to a counter when a block is executed. Metrics never feed back to state.
func count(ctx context.Context, name, kind string) {
	if sdk.UnwrapSDKContext(ctx).ExecMode() == sdk.ExecModeFinalize {
		metrics.IncrCounterWithLabels([]string{types.ModuleName, name}, 1, []metrics.Label{{Name: "kind", Value: kind}})
	}
}
