package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

const (
	flagRule          = "rule"
	flagFleetOperator = "fleet-operator"
	flagNothing       = "accept-nothing"
)

func newSetPolicyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set-policy [FILE]",
		Short: "Replace what this zone accepts from hubs",
		Long: `Replace what this zone accepts from hubs, from a file of JSON (as 'query rollout policy -o json' has under "policy")
or from flags. It does not touch rollouts that were accepted.

A rule is SOURCE[,publishers=A|B][,models=A/X|B/Y][,max-key-bytes=N][,max-artifact-bytes=N][,hold]. The source is a channel
or a client of this chain. Neither publishers nor models accepts all of the hub's. With "hold" each rollout waits for
accept or refuse.`,
		Example: `  assayd tx rollout set-policy --rule channel-0,publishers=acme --from operator
  assayd tx rollout set-policy --rule 'channel-0,publishers=acme|globex,models=initech/wear,hold' \
    --fleet-operator $(assayd keys show -a hall-3) --from operator
  assayd tx rollout set-policy policy.json --from operator`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			policy, err := readPolicy(cmd, args)
			if err != nil {
				return err
			}
			if err := policy.Validate(); err != nil {
				return err
			}
			return send(cmd, func(operator string) (sdk.Msg, error) {
				return &types.MsgSetZonePolicy{Operator: operator, Policy: policy}, nil
			})
		},
	}
	cmd.Flags().StringArray(flagRule, nil, "what to accept from a channel or client; repeat it for more")
	cmd.Flags().StringArray(flagFleetOperator, nil, "address whose fleets a selection by labels may find, besides the zone operator's; repeat it for more")
	cmd.Flags().Bool(flagNothing, false, "accept nothing from any hub")
	return addTxFlags(cmd)
}

func readPolicy(cmd *cobra.Command, args []string) (policy types.ZonePolicy, err error) {
	f := cmd.Flags()
	rules, err := f.GetStringArray(flagRule)
	if err != nil {
		return policy, err
	}
	operators, err := f.GetStringArray(flagFleetOperator)
	if err != nil {
		return policy, err
	}
	nothing, err := f.GetBool(flagNothing)
	if err != nil {
		return policy, err
	}
	switch {
	case len(args) == 1 && (len(rules) > 0 || len(operators) > 0 || nothing):
		return policy, fmt.Errorf("expected a file or flags, got both\nhint: put the rules into %s", args[0])
	case len(args) == 1:
		return policy, readJSON(codecOf(cmd), args[0], &policy)
	case nothing == (len(rules) > 0):
		return policy, fmt.Errorf("expected a file, --%s or --%s\nhint: --%s channel-0,publishers=acme", flagRule, flagNothing, flagRule)
	}
	policy.FleetOperators = sorted(operators)
	for _, s := range rules {
		rule, err := parseRule(s)
		if err != nil {
			return policy, err
		}
		policy.Rules = append(policy.Rules, rule)
	}
	slices.SortFunc(policy.Rules, func(a, b types.HubRule) int { return strings.Compare(a.Source, b.Source) })
	return policy, nil
}

func parseRule(s string) (r types.HubRule, err error) {
	parts := strings.Split(s, ",")
	r.Source = parts[0]
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(part, "=")
		switch {
		case part == "hold":
			r.Hold = true
		case key == "publishers" && value != "":
			r.Publishers = sorted(strings.Split(value, "|"))
		case key == "models" && value != "":
			r.Models = sorted(strings.Split(value, "|"))
		case key == "max-key-bytes":
			var n uint64
			n, err = strconv.ParseUint(value, 10, 32)
			r.MaxKeyBytes = uint32(n)
		case key == "max-artifact-bytes":
			r.MaxArtifactBytes, err = strconv.ParseUint(value, 10, 64)
		default:
			err = fmt.Errorf("expected publishers=A|B, models=A/X|B/Y, max-key-bytes=N, max-artifact-bytes=N or hold")
		}
		if err != nil {
			return r, fmt.Errorf("--%s %q: %q: %w", flagRule, s, part, err)
		}
	}
	return r, nil
}

// sorted returns the names in order, each once.
func sorted(names []string) []string {
	out := slices.Clone(names)
	slices.Sort(out)
	return slices.Compact(out)
}
