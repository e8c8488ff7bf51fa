package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

const (
	flagReason = "reason"
	flagCode   = "code"
)

// controlCmds are the words of a publisher about a rollout that was started on this chain.
func controlCmds() []*cobra.Command {
	return []*cobra.Command{
		controlCmd("pause", types.ActionPause, "Hold a rollout in its step: the weight stays, nothing advances",
			`assayd tx rollout pause 7 --reason "line 4 is down for maintenance" --from publisher`),
		controlCmd("resume", types.ActionResume, "Go on with a paused rollout; the step's clock starts again",
			"assayd tx rollout resume 7 --from publisher"),
		controlCmd("roll-back", types.ActionRollBack, "End a rollout with the verdict that the version is not to be used",
			`assayd tx rollout roll-back 7 --reason "wrong on line 4" --from publisher`),
		controlCmd("abort", types.ActionAbort, "End a rollout without a verdict on the version; devices go back as in a rollback",
			`assayd tx rollout abort 7 --reason "wrong fleets" --from publisher`),
	}
}

func controlCmd(name string, action types.Action, short, example string) *cobra.Command {
	return reasonCmd(name, "ID", short, example, func(signer string, id uint64, reason string) sdk.Msg {
		return &types.MsgControlRollout{Signer: signer, Id: id, Action: action, Reason: reason}
	})
}

// zoneCmds are the words of a zone's operator about a rollout that came to this chain.
func zoneCmds() []*cobra.Command {
	decide := func(accept bool) func(string, uint64, string) sdk.Msg {
		return func(signer string, number uint64, reason string) sdk.Msg {
			return &types.MsgDecideRollout{Operator: signer, Number: number, Accept: accept, Reason: reason}
		}
	}
	return []*cobra.Command{
		reasonCmd("accept", "NUMBER", "Take part in a rollout that this zone holds", "assayd tx rollout accept 3 --from operator", decide(true)),
		reasonCmd("refuse", "NUMBER", "Refuse a rollout that this zone holds, for good",
			`assayd tx rollout refuse 3 --reason "not in the season" --from operator`, decide(false)),
		reasonCmd("stop", "NUMBER", "Stop a rollout on this zone, for good: devices go back, and the hub cannot undo it",
			`assayd tx rollout stop 3 --reason "false alarms" --from operator`, func(signer string, number uint64, reason string) sdk.Msg {
				return &types.MsgStopRollout{Operator: signer, Number: number, Reason: reason}
			}),
	}
}

func reasonCmd(name, arg, short, example string, msg func(signer string, n uint64, reason string) sdk.Msg) *cobra.Command {
	cmd := &cobra.Command{
		Use:     name + " " + arg,
		Short:   short,
		Example: "  " + example,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := parseNumber(strings.ToLower(arg), args[0])
			if err != nil {
				return err
			}
			reason, err := cmd.Flags().GetString(flagReason)
			if err != nil {
				return err
			}
			if err := types.ValidateReason(reason, types.MaxReasonBytesCap); err != nil {
				return err
			}
			return send(cmd, func(signer string) (sdk.Msg, error) { return msg(signer, n, reason), nil })
		},
	}
	cmd.Flags().String(flagReason, "", "why, for people")
	return addTxFlags(cmd)
}

func newReportCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report NUMBER PHASE",
		Short: "Report, as a device, how far it has come with a rollout",
		Long: `Report, as a device, how far it has come with a rollout that came to this chain. The sidecar does this by itself.

Phases, in order: ` + strings.Join(names(types.DevicePhase_name), ", ") + `. A device that failed may begin again.
Codes of failures: ` + strings.Join(names(types.FailureCode_name), ", ") + `.`,
		Example: "  assayd tx rollout report 3 ready --from device --fee-granter assay1…\n" +
			"  assayd tx rollout report 3 failed --code self-test --from device --fee-granter assay1…",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := cmd.Flags().GetString(flagCode)
			if err != nil {
				return err
			}
			msg, err := reportMsg(args[0], args[1], code)
			if err != nil {
				return err
			}
			return send(cmd, func(device string) (sdk.Msg, error) {
				msg.Device = device
				return msg, nil
			})
		},
	}
	cmd.Flags().String(flagCode, "", "why it failed, exactly when the phase is failed")
	return addTxFlags(cmd)
}

func reportMsg(number, phase, code string) (msg *types.MsgReportPhase, err error) {
	msg = new(types.MsgReportPhase)
	if msg.Number, err = parseNumber("number", number); err != nil {
		return nil, err
	}
	p, err := valueOf("phase", phase, types.DevicePhase_name)
	if err != nil {
		return nil, err
	}
	msg.Phase = types.DevicePhase(p)
	if code != "" {
		c, err := valueOf("--"+flagCode, code, types.FailureCode_name)
		if err != nil {
			return nil, err
		}
		msg.Code = types.FailureCode(c)
	}
	if err := msg.Validate(); err != nil {
		return nil, fmt.Errorf("%w\nhint: a failed device says why with --%s, any other does not", err, flagCode)
	}
	return msg, nil
}
