package cli_test

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"

	"github.com/assay-chain/assay/x/rollout/client/cli"
	"github.com/assay-chain/assay/x/rollout/types"
)

var signer = sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String()

const (
	version  = "acme/vibration@1.1.0"
	replaced = "acme/vibration@1.0.0"
)

// execute runs a command of "tx rollout" and returns what it prints.
func execute(t *testing.T, args ...string) (string, client.TxConfig, error) {
	t.Helper()
	interfaces := codectypes.NewInterfaceRegistry()
	types.RegisterInterfaces(interfaces)
	cdc := codec.NewProtoCodec(interfaces)
	txConfig := authtx.NewTxConfig(cdc, authtx.DefaultSignModes)
	var out bytes.Buffer
	clientCtx := client.Context{}.WithCodec(cdc).WithInterfaceRegistry(interfaces).WithTxConfig(txConfig).WithOutput(&out)

	cmd := cli.NewTxCmd()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetContext(context.WithValue(context.Background(), client.ClientContextKey, &clientCtx))
	err := cmd.Execute()
	return out.String(), txConfig, err
}

// unsigned generates the unsigned transaction of a command and returns its message.
func unsigned(t *testing.T, args ...string) (sdk.Msg, error) {
	t.Helper()
	out, txConfig, err := execute(t, append(args,
		"--"+flags.FlagFrom, signer, "--"+flags.FlagGenerateOnly, "--"+flags.FlagOffline,
		"--"+flags.FlagAccountNumber, "1", "--"+flags.FlagSequence, "1")...)
	if err != nil {
		return nil, err
	}
	tx, err := txConfig.TxJSONDecoder()([]byte(out))
	require.NoError(t, err)
	require.Len(t, tx.GetMsgs(), 1)
	return tx.GetMsgs()[0], nil
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// step is a step as the flags give it when they say nothing.
func step(weight uint32) types.Step {
	return types.Step{Weight: weight, MinReady: 1, MaxFailureShare: types.FullShare}
}

func TestStart(t *testing.T) {
	local := []types.Target{{Zone: types.LocalZone}}
	full := types.Step{
		MinReady: 3, MinAttestations: 10, MaxFailures: 2, MaxFailureShare: 25, BakeBlocks: 5, DeadlineBlocks: 50,
		OnDeadline: types.OnDeadlineRollBack, MinContributors: 2, Decider: "assay1contract",
	}
	share := step(100)
	share.MaxFailures, share.MaxFailureShare = math.MaxUint32, 500
	deadline := step(100)
	deadline.DeadlineBlocks, deadline.OnDeadline = 9, types.OnDeadlinePause

	for _, tc := range []struct {
		name string
		args []string
		plan types.Plan
	}{
		{
			"success: a template, nothing else",
			[]string{version, "--template", "canary"},
			types.Plan{Version: version, Targets: local, Steps: []types.Step{step(10), step(100)}},
		},
		{
			"success: every flag",
			[]string{
				version, "--replaces", replaced, "--weights", "10,50,100", "--min-ready", "3", "--min-attestations", "10",
				"--max-failures", "2", "--max-failure-share", "0.25%", "--bake", "5", "--deadline", "50", "--on-deadline", "roll-back",
				"--min-contributors", "2", "--decider", "assay1contract", "--wait",
				"--zone", "local:fleets=2,1", "--zone", "channel-0:label=site=a:b:label=line=4", "--zone", "07-tendermint-0",
			},
			types.Plan{
				Version: version, Replaces: replaced, Wait: true, Steps: types.Weights([]uint32{10, 50, 100}, full),
				Targets: []types.Target{
					{Zone: "07-tendermint-0"},
					{Zone: "channel-0", Labels: []string{"line=4", "site=a:b"}},
					{Zone: "local", Fleets: []uint64{1, 2}},
				},
			},
		},
		{
			"success: a share alone limits alone",
			[]string{version, "--template", "all-at-once", "--max-failure-share", "5%"},
			types.Plan{Version: version, Targets: local, Steps: []types.Step{share}},
		},
		{
			"success: a deadline pauses",
			[]string{version, "--template", "all-at-once", "--deadline", "9"},
			types.Plan{Version: version, Targets: local, Steps: []types.Step{deadline}},
		},
		{
			"success: a file",
			[]string{"--plan", write(t, `{"version":"`+version+`","targets":[{"zone":"local"}],"steps":[{"weight":100}]}`)},
			types.Plan{Version: version, Targets: local, Steps: []types.Step{{Weight: 100}}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			msg, err := unsigned(t, append([]string{"start"}, tc.args...)...)
			require.NoError(t, err)
			require.Equal(t, &types.MsgStartRollout{Owner: signer, Plan: tc.plan}, msg)
		})
	}
}

func TestStartRefusals(t *testing.T) {
	plan := write(t, `{"version":"`+version+`","targets":[{"zone":"local"}],"steps":[{"weight":100}]}`)
	for _, tc := range []struct {
		name string
		args []string
		err  string
	}{
		{"failure: no version", []string{"--template", "canary"}, "expected a version\nhint: "},
		{"failure: no steps", []string{version}, "expected the steps\nhint: "},
		{"failure: steps twice", []string{version, "--template", "canary", "--weights", "100"}, "got both\nhint: "},
		{"failure: no such template", []string{version, "--template", "blue-green"}, `template "blue-green": expected one of`},
		{"failure: weights that fall", []string{version, "--weights", "50,10,100"}, "step 1: weight: expected 51 to 100, got 10"},
		{"failure: a weight beyond 32 bits", []string{version, "--weights", "4294967396"}, "weight: expected 1 to 100"},
		{"failure: last weight", []string{version, "--weights", "10"}, "expected 100 in the last step, got 10"},
		{"failure: no such version id", []string{"vibration", "--template", "canary"}, types.ErrInvalidPlan.Error()},
		{"failure: replaces another model", []string{version, "--template", "canary", "--replaces", "acme/wear@1.0.0"}, "expected a version of acme/vibration"},
		{"failure: zone", []string{version, "--template", "canary", "--zone", "bremen"}, types.ErrInvalidZone.Error()},
		{"failure: a zone twice", []string{version, "--template", "canary", "--zone", "local:fleets=1", "--zone", "local:fleets=2"}, `"local" is there twice`},
		{"failure: fleet", []string{version, "--template", "canary", "--zone", "local:fleets=one"}, `fleet: expected a number, got "one"`},
		{"failure: a fleet twice", []string{version, "--template", "canary", "--zone", "local:fleets=1,1"}, "ids of fleets from 1, ascending"},
		{"failure: fleets and labels", []string{version, "--template", "canary", "--zone", "local:fleets=1:label=a=b"}, "got both"},
		{"failure: label", []string{version, "--template", "canary", "--zone", "local:label=site"}, "expected key=value"},
		{"failure: share without %", []string{version, "--template", "canary", "--max-failure-share", "5"}, "expected a share from 0% to 100%"},
		{"failure: share with three decimals", []string{version, "--template", "canary", "--max-failure-share", "0.125%"}, "expected a share"},
		{"failure: share above all", []string{version, "--template", "canary", "--max-failure-share", "100.01%"}, "expected a share"},
		{"failure: share below none", []string{version, "--template", "canary", "--max-failure-share", "-1%"}, "expected a share"},
		{"failure: on-deadline without a deadline", []string{version, "--template", "canary", "--on-deadline", "pause"}, "expected a deadline\nhint: "},
		{"failure: on-deadline", []string{version, "--template", "canary", "--deadline", "9", "--on-deadline", "stop"}, `expected pause or roll-back, got "stop"`},
		{"failure: deadline before the end of baking", []string{version, "--template", "canary", "--deadline", "9", "--bake", "9"}, "expected more than the 9 blocks of baking"},
		{"failure: plan and another flag", []string{"--plan", plan, "--wait"}, "--wait: expected no other part of the plan"},
		{"failure: plan of another version", []string{replaced, "--plan", plan}, `expected "acme/vibration@1.0.0", got "acme/vibration@1.1.0"`},
		{"failure: no plan file", []string{"--plan", "missing.json"}, "no such file"},
		{"failure: plan with an unknown field", []string{"--plan", write(t, `{"versions":""}`)}, "unknown field"},
		{"failure: plan that contradicts itself", []string{"--plan", write(t, `{"version":"`+version+`"}`)}, "expected at least 1 target"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := unsigned(t, append([]string{"start"}, tc.args...)...)
			require.ErrorContains(t, err, tc.err)
		})
	}
}

// A printed plan is what the same flags would send, and a plan to start from.
func TestPrintPlan(t *testing.T) {
	args := []string{"start", version, "--template", "exponential", "--max-failure-share", "5%", "--zone", "channel-0:label=a=b"}
	printed, _, err := execute(t, append(args, "--print-plan")...)
	require.NoError(t, err)
	want, err := unsigned(t, args...)
	require.NoError(t, err)
	got, err := unsigned(t, "start", "--plan", write(t, printed))
	require.NoError(t, err)
	require.Equal(t, want.(*types.MsgStartRollout).Plan.String(), got.(*types.MsgStartRollout).Plan.String())
	require.Len(t, got.(*types.MsgStartRollout).Plan.Steps, 8)
}

func TestOtherMessages(t *testing.T) {
	operator := sdk.AccAddress(bytes.Repeat([]byte{2}, 20)).String()
	policy := types.ZonePolicy{Rules: []types.HubRule{{Source: "channel-0", Publishers: []string{"acme"}, Hold: true}}}
	for _, tc := range []struct {
		name string
		args []string
		msg  sdk.Msg
	}{
		{"success: pause", []string{"pause", "7", "--reason", "why"}, &types.MsgControlRollout{Signer: signer, Id: 7, Action: types.ActionPause, Reason: "why"}},
		{"success: resume", []string{"resume", "7"}, &types.MsgControlRollout{Signer: signer, Id: 7, Action: types.ActionResume}},
		{"success: roll-back", []string{"roll-back", "7"}, &types.MsgControlRollout{Signer: signer, Id: 7, Action: types.ActionRollBack}},
		{"success: abort", []string{"abort", "7"}, &types.MsgControlRollout{Signer: signer, Id: 7, Action: types.ActionAbort}},
		{"success: accept", []string{"accept", "3"}, &types.MsgDecideRollout{Operator: signer, Number: 3, Accept: true}},
		{"success: refuse", []string{"refuse", "3", "--reason", "no"}, &types.MsgDecideRollout{Operator: signer, Number: 3, Reason: "no"}},
		{"success: stop", []string{"stop", "3"}, &types.MsgStopRollout{Operator: signer, Number: 3}},
		{"success: report", []string{"report", "3", "ready"}, &types.MsgReportPhase{Device: signer, Number: 3, Phase: types.DevicePhaseReady}},
		{
			"success: report a failure",
			[]string{"report", "3", "failed", "--code", "self-test"},
			&types.MsgReportPhase{Device: signer, Number: 3, Phase: types.DevicePhaseFailed, Code: types.FailureSelfTest},
		},
		{
			"success: policy from flags",
			[]string{
				"set-policy", "--rule", "channel-1,models=globex/wear|acme/vibration,max-key-bytes=10,max-artifact-bytes=20",
				"--rule", "channel-0,publishers=acme,hold", "--fleet-operator", operator, "--fleet-operator", signer, "--fleet-operator", operator,
			},
			&types.MsgSetZonePolicy{Operator: signer, Policy: types.ZonePolicy{
				Rules: []types.HubRule{
					policy.Rules[0],
					{Source: "channel-1", Models: []string{"acme/vibration", "globex/wear"}, MaxKeyBytes: 10, MaxArtifactBytes: 20},
				},
				FleetOperators: []string{operator, signer},
			}},
		},
		{
			"success: policy from a file",
			[]string{"set-policy", write(t, `{"rules":[{"source":"channel-0","publishers":["acme"],"hold":true}]}`)},
			&types.MsgSetZonePolicy{Operator: signer, Policy: policy},
		},
		{"success: policy of nothing", []string{"set-policy", "--accept-nothing"}, &types.MsgSetZonePolicy{Operator: signer}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			msg, err := unsigned(t, tc.args...)
			require.NoError(t, err)
			require.Equal(t, tc.msg, msg)
		})
	}

	for _, tc := range []struct {
		name string
		args []string
		err  string
	}{
		{"failure: id", []string{"pause", "seven"}, `id: expected a number from 1, got "seven"` + "\nhint: list them with 'assayd query rollout rollouts'"},
		{"failure: number", []string{"stop", "0"}, `number: expected a number from 1, got "0"` + "\nhint: list them with 'assayd query rollout zone-rollouts'"},
		{"failure: reason", []string{"abort", "7", "--reason", "two\nlines"}, types.ErrInvalidText.Error()},
		{"failure: phase", []string{"report", "3", "happy"}, "phase: expected one of seen, fetched, checked, ready, serving, failed, got \"happy\""},
		{"failure: code", []string{"report", "3", "failed", "--code", "bad"}, "--code: expected one of fetch, "},
		{"failure: failed without a code", []string{"report", "3", "failed"}, types.ErrInvalidReport.Error()},
		{"failure: ready with a code", []string{"report", "3", "ready", "--code", "load"}, types.ErrInvalidReport.Error()},
		{"failure: no policy", []string{"set-policy"}, "expected a file, --rule or --accept-nothing\nhint: "},
		{"failure: file and flags", []string{"set-policy", "policy.json", "--accept-nothing"}, "got both\nhint: "},
		{"failure: rule and nothing", []string{"set-policy", "--rule", "channel-0", "--accept-nothing"}, "expected a file"},
		{"failure: part of a rule", []string{"set-policy", "--rule", "channel-0,publisher=acme"}, `"publisher=acme": expected publishers=A|B`},
		{"failure: size in a rule", []string{"set-policy", "--rule", "channel-0,max-key-bytes=4294967296"}, "value out of range"},
		{"failure: a source twice", []string{"set-policy", "--rule", "channel-0", "--rule", "channel-0,hold"}, types.ErrInvalidPolicy.Error()},
		{"failure: source", []string{"set-policy", "--rule", "local"}, types.ErrInvalidPolicy.Error()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := unsigned(t, tc.args...)
			require.ErrorContains(t, err, tc.err)
		})
	}
}
