// Package cli holds the commands of the rollout module that AutoCLI cannot make from the definitions: starting and moving
// rollouts from flags, and telling people how a rollout stands.
//
// What is sent is checked first, by the same rules as the chain's. What is told comes from one node, which is believed:
// a program that must not be deceived reads by proof (see light-client).
//
// Output: no capitalized initials and no periods at the end, colour on a terminal only. Steps count from 1 in text and,
// as on the chain, from 0 in JSON.
package cli

import (
	"fmt"
	"os"
	"strconv"

	"github.com/cosmos/gogoproto/proto"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// maxFileBytes bounds a plan or policy file.
const maxFileBytes = 1 << 20

// NewTxCmd is "tx rollout" with the commands of this package.
func NewTxCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   types.ModuleName,
		Short: "Start rollouts and move them; decide what a zone takes",
		RunE:  client.ValidateCmd,
	}
	cmd.AddCommand(newStartCmd())
	cmd.AddCommand(controlCmds()...)
	cmd.AddCommand(zoneCmds()...)
	cmd.AddCommand(newReportCmd(), newSetPolicyCmd())
	return cmd
}

// NewQueryCmd is "query rollout" with the commands of this package.
func NewQueryCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   types.ModuleName,
		Short: "See how rollouts stand",
		RunE:  client.ValidateCmd,
	}
	cmd.AddCommand(newStatusCmd(), newWatchCmd())
	return cmd
}

// send signs and sends a message that is made once the signer is known.
func send(cmd *cobra.Command, message func(signer string) (sdk.Msg, error)) error {
	ctx, err := client.GetClientTxContext(cmd)
	if err != nil {
		return err
	}
	msg, err := message(ctx.GetFromAddress().String())
	if err != nil {
		return err
	}
	return tx.GenerateOrBroadcastTxCLI(ctx, cmd.Flags(), msg)
}

// codecOf is the command's codec for JSON files.
func codecOf(cmd *cobra.Command) codec.Codec { return client.GetClientContextFromCmd(cmd).Codec }

// readJSON reads a message from a file; unknown fields are refused.
func readJSON(cdc codec.JSONCodec, path string, into proto.Message) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > maxFileBytes {
		return fmt.Errorf("%s: expected at most %d bytes, got %d", path, maxFileBytes, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := cdc.UnmarshalJSON(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// parseNumber parses the id of a rollout or its number on a zone.
func parseNumber(what, arg string) (uint64, error) {
	n, err := strconv.ParseUint(arg, 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%s: expected a number from 1, got %q\nhint: list them with 'assayd query rollout %s'", what, arg, listOf(what))
	}
	return n, nil
}

func listOf(what string) string {
	if what == "number" {
		return "zone-rollouts"
	}
	return "rollouts"
}

func addTxFlags(cmd *cobra.Command) *cobra.Command {
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}
