package keeper

import (
	"strconv"

	"github.com/hashicorp/go-metrics"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier"
)

// Where a proof was looked at, as a label of the metrics.
const (
	pathBlock   = "block"   // executed in a block
	pathPrepare = "prepare" // verified together at the start of a block
	pathCheckTx = "checktx" // on the way into the mempool
	pathQuery   = "query"   // by VerifyProof
)

// countVerdict counts a claim by where it was judged, and if it was refused, by code. Simulations and the proposer's
// trial runs are not counted.
func countVerdict(ctx sdk.Context, path string, err error) {
	if path == pathBlock && ctx.ExecMode() != sdk.ExecModeFinalize {
		return
	}
	labels := []metrics.Label{{Name: "path", Value: path}}
	if err == nil {
		metrics.IncrCounterWithLabels([]string{types.ModuleName, "accepted"}, 1, labels)
		return
	}
	space, code, _ := errorsmod.ABCIInfo(err, false)
	labels = append(labels,
		metrics.Label{Name: "codespace", Value: space},
		metrics.Label{Name: "code", Value: strconv.FormatUint(uint64(code), 10)})
	metrics.IncrCounterWithLabels([]string{types.ModuleName, "rejected"}, 1, labels)
}

// countPrepared counts the proofs that a block's start handed to the verifier.
func countPrepared(n int) {
	metrics.IncrCounterWithLabels([]string{types.ModuleName, "prepared"}, asMetric(n), nil)
}

// countPrepareFailure counts starts of blocks that prepared nothing because of an error.
func countPrepareFailure(reason string) {
	metrics.IncrCounterWithLabels([]string{types.ModuleName, "prepare_failed"}, 1, []metrics.Label{{Name: "reason", Value: reason}})
}

func countPruned(ctx sdk.Context, n int) {
	if ctx.ExecMode() == sdk.ExecModeFinalize {
		metrics.IncrCounterWithLabels([]string{types.ModuleName, "pruned"}, asMetric(n), nil)
	}
}

// reportVerifier shows how the verifier found its answers since the node started: from memory, alone, in batches.
func reportVerifier(ctx sdk.Context, s verifier.Stats) {
	if ctx.ExecMode() != sdk.ExecModeFinalize {
		return
	}
	for _, g := range []struct {
		name  string
		value uint64
	}{
		{"cache_hits", s.Hits},
		{"alone", s.Misses},
		{"batches", s.Batches},
		{"batched", s.Batched},
		{"largest_batch", s.LargestBatch},
		{"rejected", s.Rejected},
		{"remembered", uint64(s.Verdicts)},
	} {
		metrics.SetGauge([]string{types.ModuleName, "verifier", g.name}, asMetric(int(g.value)))
	}
}

// asMetric converts to what the metrics library takes. The value leaves the state machine here.
func asMetric(n int) float32 { //nolint:forbidigo // metrics are not consensus
	return float32(n) //nolint:forbidigo // metrics are not consensus
}
