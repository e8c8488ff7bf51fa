// Package cli holds the commands of the contract module that AutoCLI cannot make from the definitions: those that carry code
// or a message, and those whose answers a contract encodes.
//
// What is sent is checked first, by the same rules as the chain's: code is compiled here before it is stored. What is
// told comes from one node, which is believed.
//
// A message is given as words: 123 is a number, 0xab… bytes, and all else text; text:…, hex:… and number:… force it.
package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

// NewTxCmd is "tx contract" with the commands of this package.
func NewTxCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   types.ModuleName,
		Short: "Store code, and make and call contracts",
		RunE:  client.ValidateCmd,
	}
	cmd.AddCommand(newStoreCmd(), newInstantiateCmd(), newExecuteCmd(), newMigrateCmd())
	return cmd
}

// NewQueryCmd is "query contract" with the commands of this package.
func NewQueryCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   types.ModuleName,
		Short: "See codes and contracts, and ask contracts",
		RunE:  client.ValidateCmd,
	}
	cmd.AddCommand(newSmartCmd(), newStateCmd(), newCodeBytesCmd())
	return cmd
}

// send signs and sends a message that is made once the signer is known, after the checks that need no state.
func send(cmd *cobra.Command, message func(signer string) (sdk.Msg, error)) error {
	ctx, err := client.GetClientTxContext(cmd)
	if err != nil {
		return err
	}
	msg, err := message(ctx.GetFromAddress().String())
	if err != nil {
		return err
	}
	if m, ok := msg.(sdk.HasValidateBasic); ok {
		if err := m.ValidateBasic(); err != nil {
			return err
		}
	}
	return tx.GenerateOrBroadcastTxCLI(ctx, cmd.Flags(), msg)
}

// parseMessage encodes words.
func parseMessage(words []string) ([]byte, error) {
	list, err := values.Parse(words)
	if err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	return values.Encode(list...), nil
}

// parseCodeID parses the id of a code.
func parseCodeID(arg string) (uint64, error) {
	id, err := strconv.ParseUint(arg, 10, 64)
	if err != nil || id == 0 {
		return 0, fmt.Errorf("code id: expected a number from 1, got %q\nhint: list them with 'assayd query contract codes'", arg)
	}
	return id, nil
}

func addTxFlags(cmd *cobra.Command) *cobra.Command {
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

func addQueryFlags(cmd *cobra.Command) *cobra.Command {
	flags.AddQueryFlagsToCmd(cmd)
	return cmd
}
