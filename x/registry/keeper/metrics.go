package keeper

import (
	"context"

	"github.com/hashicorp/go-metrics"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/registry/types"
)

// Counters of what blocks did, as seen by this node since it started.
const (
	metricPublishersCreated     = "publishers_created"
	metricPublishersTransferred = "publishers_transferred"
	metricModelsCreated         = "models_created"
	metricKeysRegistered        = "verifying_keys_registered"
	metricVersionsPublished     = "versions_published"
	metricVersionsMirrored      = "versions_mirrored"
	metricVersionsYanked        = "versions_yanked"
)

// count adds one to a counter when a block is executed, not when a transaction is checked or
// simulated. Metrics never feed back to state.
func count(ctx context.Context, name string) {
	if sdk.UnwrapSDKContext(ctx).ExecMode() == sdk.ExecModeFinalize {
		metrics.IncrCounter([]string{types.ModuleName, name}, 1)
	}
}
