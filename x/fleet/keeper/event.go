package keeper

import (
	"context"

	"github.com/cosmos/gogoproto/proto"
	"github.com/hashicorp/go-metrics"

	"github.com/cosmos/cosmos-sdk/telemetry"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// emit emits the event and, when a block is executed rather than a transaction tried, counts it in the metric
// fleet_events by the event's name.
func emit(ctx context.Context, event proto.Message) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	if sdkCtx.ExecMode() == sdk.ExecModeFinalize {
		//nolint:staticcheck // the node serves these counters to Prometheus; its successor needs a collector of its own
		telemetry.IncrCounterWithLabels([]string{types.ModuleName, "events"}, 1,
			[]metrics.Label{telemetry.NewLabel("event", proto.MessageName(event))})
	}
	return sdkCtx.EventManager().EmitTypedEvent(event)
}
