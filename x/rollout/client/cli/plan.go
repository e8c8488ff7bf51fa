package cli

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-chain/assay/x/rollout/types"
)

const (
	flagPlan            = "plan"
	flagReplaces        = "replaces"
	flagZone            = "zone"
	flagTemplate        = "template"
	flagWeights         = "weights"
	flagMinReady        = "min-ready"
	flagMinAttestations = "min-attestations"
	flagMaxFailures     = "max-failures"
	flagMaxFailureShare = "max-failure-share"
	flagBake            = "bake"
	flagDeadline        = "deadline"
	flagOnDeadline      = "on-deadline"
	flagMinContributors = "min-contributors"
	flagDecider         = "decider"
	flagWait            = "wait"
)

func addPlanFlags(f *pflag.FlagSet) {
	f.String(flagPlan, "", "read the plan from a file of JSON")
	f.String(flagReplaces, "", "the version that it replaces; fleets with another one on record do not take part")
	f.StringArray(flagZone, nil, "ZONE, ZONE:fleets=1,2 or ZONE:label=KEY=VALUE; repeat it for more (default local)")
	f.String(flagTemplate, "", "the steps: "+strings.Join(types.Templates(), ", "))
	f.UintSlice(flagWeights, nil, "the steps, by their weights in per cent, such as 10,50,100")
	f.Uint32(flagMinReady, 1, "devices that have to be ready or serving in each step")
	f.Uint64(flagMinAttestations, 0, "attestations that each step needs")
	f.Uint32(flagMaxFailures, 0, "devices that may have failed; one more rolls back (no limit if only a share is given)")
	f.String(flagMaxFailureShare, "100%", "share of the reporting devices that may have failed, such as 5% or 0.25%")
	f.Uint64(flagBake, 0, "blocks that a step takes at least")
	f.Uint64(flagDeadline, 0, "blocks that a step takes at most; 0 is no deadline")
	f.String(flagOnDeadline, "pause", "what happens at the deadline: pause or roll-back")
	f.Uint32(flagMinContributors, 0, "contributors that the ceremony of the version's keys needs")
	f.String(flagDecider, "", "who votes on leaving each step besides, such as a contract")
	f.Bool(flagWait, false, "wait for another rollout of the same zone and model to end, instead of being refused")
}

// planFlags are the flags that do not go with --plan.
var planFlags = []string{
	flagReplaces, flagZone, flagTemplate, flagWeights, flagMinReady, flagMinAttestations, flagMaxFailures,
	flagMaxFailureShare, flagBake, flagDeadline, flagOnDeadline, flagMinContributors, flagDecider, flagWait,
}

// readPlan reads the plan from its file, or makes it from flags.
func readPlan(cmd *cobra.Command, args []string) (plan types.Plan, err error) {
	f := cmd.Flags()
	if path, err := f.GetString(flagPlan); err != nil || path != "" {
		if err != nil {
			return plan, err
		}
		return planFromFile(cmd, path, args)
	}
	if len(args) == 0 {
		return plan, fmt.Errorf("expected a version\nhint: name one, such as acme/vibration@1.1.0, or give a plan with --%s", flagPlan)
	}
	plan.Version = args[0]
	if plan.Replaces, err = f.GetString(flagReplaces); err != nil {
		return plan, err
	}
	if plan.Wait, err = f.GetBool(flagWait); err != nil {
		return plan, err
	}
	if plan.Targets, err = targets(f); err != nil {
		return plan, err
	}
	plan.Steps, err = steps(f)
	return plan, err
}

func planFromFile(cmd *cobra.Command, path string, args []string) (plan types.Plan, err error) {
	for _, name := range planFlags {
		if cmd.Flags().Changed(name) {
			return plan, fmt.Errorf("--%s: expected no other part of the plan beside --%s\nhint: put it into %s", name, flagPlan, path)
		}
	}
	if err := readJSON(codecOf(cmd), path, &plan); err != nil {
		return plan, fmt.Errorf("%w\nhint: 'assayd tx rollout start VERSION --template canary --%s' writes a plan to start from", err, flagPrintPlan)
	}
	if len(args) == 1 && args[0] != plan.Version {
		return plan, fmt.Errorf("%s: version: expected %q, got %q", path, args[0], plan.Version)
	}
	return plan, nil
}

func targets(f *pflag.FlagSet) ([]types.Target, error) {
	zones, err := f.GetStringArray(flagZone)
	if err != nil {
		return nil, err
	}
	if len(zones) == 0 {
		zones = []string{types.LocalZone}
	}
	out := make([]types.Target, len(zones))
	for i, z := range zones {
		if out[i], err = parseTarget(z); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b types.Target) int { return strings.Compare(a.Zone, b.Zone) })
	for i := range out {
		if i > 0 && out[i].Zone == out[i-1].Zone {
			return nil, fmt.Errorf("--%s: %q is there twice\nhint: list its fleets in one: %s:fleets=1,2", flagZone, out[i].Zone, out[i].Zone)
		}
	}
	return out, nil
}

const (
	fleetsPart = ":fleets="
	labelPart  = ":label="
)

// parseTarget parses ZONE[:fleets=1,2] or ZONE[:label=KEY=VALUE]…. A label's value may have a colon, but no "=", so the
// parts cannot be mistaken.
func parseTarget(s string) (t types.Target, err error) {
	zone, rest := cutPart(s)
	t.Zone = zone
	for rest != "" {
		var part string
		switch {
		case strings.HasPrefix(rest, fleetsPart):
			part, rest = cutPart(rest[len(fleetsPart):])
			for _, id := range strings.Split(part, ",") {
				n, err := strconv.ParseUint(id, 10, 64)
				if err != nil {
					return t, fmt.Errorf("--%s %q: fleet: expected a number, got %q\nhint: list the zone's fleets with 'assayd query fleet fleets'", flagZone, s, id)
				}
				t.Fleets = append(t.Fleets, n)
			}
		default:
			part, rest = cutPart(rest[len(labelPart):])
			t.Labels = append(t.Labels, part)
		}
	}
	slices.Sort(t.Fleets)
	slices.Sort(t.Labels)
	if err := types.ValidateZone(t.Zone); err != nil {
		return t, fmt.Errorf("--%s %q: %w\nhint: write ZONE, ZONE:fleets=1,2 or ZONE:label=KEY=VALUE, where ZONE is local, a channel or a client", flagZone, s, err)
	}
	return t, nil
}

// cutPart cuts before the next ":fleets=" or ":label=".
func cutPart(s string) (part, rest string) {
	at := len(s)
	for _, sep := range []string{fleetsPart, labelPart} {
		if i := strings.Index(s, sep); i >= 0 && i < at {
			at = i
		}
	}
	return s[:at], s[at:]
}

// steps makes the steps from a template's name or a list of weights, all with the same thresholds.
func steps(f *pflag.FlagSet) ([]types.Step, error) {
	base, err := baseStep(f)
	if err != nil {
		return nil, err
	}
	template, err := f.GetString(flagTemplate)
	if err != nil {
		return nil, err
	}
	weights, err := f.GetUintSlice(flagWeights)
	if err != nil {
		return nil, err
	}
	switch {
	case template != "" && len(weights) > 0:
		return nil, fmt.Errorf("expected --%s or --%s, got both\nhint: the weights alone are enough", flagTemplate, flagWeights)
	case len(weights) > 0:
		return types.Weights(percents(weights), base), nil
	case template == "":
		return nil, fmt.Errorf("expected the steps\nhint: --%s canary, or --%s 10,50,100", flagTemplate, flagWeights)
	}
	steps, err := types.Template(template, base)
	if err != nil {
		return nil, fmt.Errorf("%w\nhint: or give the weights yourself: --%s 10,50,100", err, flagWeights)
	}
	return steps, nil
}

func percents(weights []uint) []uint32 {
	out := make([]uint32, len(weights))
	for i, w := range weights {
		out[i] = uint32(min(w, math.MaxUint32)) // what is above 100 is refused later
	}
	return out
}

func baseStep(f *pflag.FlagSet) (s types.Step, err error) {
	for name, to := range map[string]*uint32{flagMinReady: &s.MinReady, flagMaxFailures: &s.MaxFailures, flagMinContributors: &s.MinContributors} {
		if *to, err = f.GetUint32(name); err != nil {
			return s, err
		}
	}
	for name, to := range map[string]*uint64{flagMinAttestations: &s.MinAttestations, flagBake: &s.BakeBlocks, flagDeadline: &s.DeadlineBlocks} {
		if *to, err = f.GetUint64(name); err != nil {
			return s, err
		}
	}
	if s.Decider, err = f.GetString(flagDecider); err != nil {
		return s, err
	}
	share, err := f.GetString(flagMaxFailureShare)
	if err != nil {
		return s, err
	}
	if s.MaxFailureShare, err = parseShare(share); err != nil {
		return s, err
	}
	if f.Changed(flagMaxFailureShare) && !f.Changed(flagMaxFailures) {
		s.MaxFailures = math.MaxUint32 // the share alone limits
	}
	s.OnDeadline, err = onDeadline(f, s.DeadlineBlocks)
	return s, err
}

func onDeadline(f *pflag.FlagSet, deadline uint64) (types.OnDeadline, error) {
	word, err := f.GetString(flagOnDeadline)
	if err != nil {
		return 0, err
	}
	switch {
	case deadline == 0 && f.Changed(flagOnDeadline):
		return 0, fmt.Errorf("--%s: expected a deadline\nhint: give one in blocks with --%s", flagOnDeadline, flagDeadline)
	case deadline == 0:
		return types.OnDeadlineUnspecified, nil
	case word == "pause":
		return types.OnDeadlinePause, nil
	case word == "roll-back":
		return types.OnDeadlineRollBack, nil
	}
	return 0, fmt.Errorf("--%s: expected pause or roll-back, got %q", flagOnDeadline, word)
}

// parseShare parses a share in per cent, with at most two decimals, into basis points.
func parseShare(s string) (uint32, error) {
	number, isPercent := strings.CutSuffix(s, "%")
	whole, decimals, _ := strings.Cut(number, ".")
	n, err := strconv.ParseUint(whole+(decimals + "00")[:2], 10, 32)
	if !isPercent || err != nil || whole == "" || len(decimals) > 2 || n > types.FullShare {
		return 0, fmt.Errorf("--%s: expected a share from 0%% to 100%%, such as 5%% or 0.25%%, got %q", flagMaxFailureShare, s)
	}
	return uint32(n), nil
}
