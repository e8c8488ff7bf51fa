package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

const flagPrintPlan = "print-plan"

func newStartCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start VERSION --template NAME | --weights LIST | --plan FILE",
		Short: "Start a rollout of a version",
		Long: `Start a rollout of a version of yours, to fleets of this chain and of other zones.

A zone is "local", a channel ("channel-0") or, over IBC v2, a client ("07-tendermint-0"); repeat --zone for more, none
is "local". Without more, a zone's rollout is for all fleets of the operators that the zone trusts. To select:

  --zone channel-0:fleets=1,2                       these fleets
  --zone channel-0:label=site=bremen:label=line=4   fleets that carry all of these labels

The thresholds hold for each step, and evidence counts from the start of the rollout over all zones. For steps that
differ, write the plan with --print-plan, change it, and give it back with --plan; then no other flag of the plan counts.`,
		Example: `  assayd tx rollout start acme/vibration@1.1.0 --replaces acme/vibration@1.0.0 --template canary \
    --min-ready 3 --min-attestations 10 --max-failure-share 5% --bake 100 --deadline 5000 \
    --zone channel-0 --zone local:fleets=1,2 --from publisher --gas auto --gas-adjustment 1.5
  assayd tx rollout start acme/vibration@1.1.0 --weights 10,50,100 --print-plan > plan.json
  assayd tx rollout start --plan plan.json --from publisher --gas auto --gas-adjustment 1.5`,
		Args: cobra.MaximumNArgs(1),
		RunE: runStart,
	}
	addPlanFlags(cmd.Flags())
	cmd.Flags().Bool(flagPrintPlan, false, "print the plan as JSON, and send nothing")
	return addTxFlags(cmd)
}

func runStart(cmd *cobra.Command, args []string) error {
	plan, err := readPlan(cmd, args)
	if err != nil {
		return err
	}
	if err := plan.Validate(widestLimits()); err != nil {
		return planHint(err)
	}
	only, err := cmd.Flags().GetBool(flagPrintPlan)
	if err != nil {
		return err
	}
	if only {
		return printPlan(cmd, codecOf(cmd), plan)
	}
	return send(cmd, func(owner string) (sdk.Msg, error) {
		return &types.MsgStartRollout{Owner: owner, Plan: plan}, nil
	})
}

// widestLimits are the default parameters with the widest limits of a plan that governance could set: the chain, which
// knows its own, refuses what is above them.
func widestLimits() types.Params {
	p := types.DefaultParams()
	p.MaxSteps, p.MaxZones, p.MaxFleets = types.MaxStepsCap, types.MaxZonesCap, types.MaxFleetsCap
	return p
}

// planHint adds to a refusal of a plan what is likely to help.
func planHint(err error) error {
	switch {
	case errors.Is(err, types.ErrInvalidZone):
		return fmt.Errorf("%w\nhint: list this chain's channels with 'assayd query ibc channel channels'", err)
	case errors.Is(err, types.ErrInvalidPlan):
		return fmt.Errorf("%w\nhint: see the plan with --%s", err, flagPrintPlan)
	}
	return err
}

func printPlan(cmd *cobra.Command, cdc codec.JSONCodec, plan types.Plan) error {
	data, err := cdc.MarshalJSON(&plan)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), out.String())
	return err
}
