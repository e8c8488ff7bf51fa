package keeper

import (
	"context"

	"github.com/hashicorp/go-metrics"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

// Counters of what blocks did, as seen by this node since it started.
const (
	metricCodesStored           = "codes_stored"
	metricContractsInstantiated = "contracts_instantiated"
	metricContractsExecuted     = "contracts_executed"
	metricContractsMigrated     = "contracts_migrated"
	metricCallsFailed           = "calls_failed"
	metricInterpreterPanics     = "interpreter_panics" // each is a bug
)

// count adds one to a counter when a block is executed, not when a transaction is checked or
// simulated. Metrics never feed back to state.
func count(ctx context.Context, name string) {
	if sdk.UnwrapSDKContext(ctx).ExecMode() == sdk.ExecModeFinalize {
		metrics.IncrCounter([]string{types.ModuleName, name}, 1)
	}
}
