package cli

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

func newSmartCmd() *cobra.Command {
	return addQueryFlags(&cobra.Command{
		Use:     "smart [contract] [method] [args...]",
		Short:   "Ask a contract; it cannot write",
		Example: "  assayd query contract smart assay1... balance assay1...",
		Args:    cobra.MinimumNArgs(2),
		RunE:    runSmart,
	})
}

func runSmart(cmd *cobra.Command, args []string) error {
	ctx, err := client.GetClientQueryContext(cmd)
	if err != nil {
		return err
	}
	message, err := callMessage(args[1], args[2:])
	if err != nil {
		return err
	}
	if err := types.ValidateContractAddress("contract", args[0]); err != nil {
		return err
	}
	answer, err := types.NewQueryClient(ctx).Smart(cmd.Context(), &types.QuerySmartRequest{Contract: args[0], Msg: message})
	if err != nil {
		return err
	}
	if ctx.OutputFormat == flags.OutputFormatJSON {
		return ctx.PrintProto(answer)
	}
	return ctx.PrintString(formatAnswer(answer))
}

// formatAnswer is what the contract returned, and what asking would have cost a message.
func formatAnswer(a *types.QuerySmartResponse) string {
	var b strings.Builder
	if len(a.Output) > 0 {
		fmt.Fprintln(&b, formatMessage(a.Output))
	}
	fmt.Fprintf(&b, "gas: %d of the interpreter\n", a.GasUsed)
	return b.String()
}

// formatMessage is an encoded message as words, or other bytes as they are.
func formatMessage(data []byte) string {
	list, err := values.Decode(data)
	if err != nil || len(list) == 0 {
		return formatBytes(data)
	}
	return strings.TrimRight(values.Format(list), "\n")
}

// formatBytes is text where the bytes are printable, and hexadecimal digits otherwise.
func formatBytes(data []byte) string {
	text := string(data)
	printable := utf8.ValidString(text) && !strings.HasPrefix(text, "0x")
	for _, r := range text {
		printable = printable && unicode.IsPrint(r)
	}
	if printable {
		return strconv.Quote(text)
	}
	return "0x" + hex.EncodeToString(data)
}

const flagKeyHex = "hex"

func newStateCmd() *cobra.Command {
	cmd := addQueryFlags(&cobra.Command{
		Use:   "state [contract] [prefix]",
		Short: "Show a contract's storage: keys and values as text where they are text, as messages where they are messages",
		Example: `  assayd query contract state assay1...
  assayd query contract state assay1... vote/
  assayd query contract state assay1... 6e --hex`,
		Args: cobra.RangeArgs(1, 2),
		RunE: runState,
	})
	cmd.Flags().Bool(flagKeyHex, false, "the prefix is hexadecimal digits")
	cmd.Flags().Uint64(flags.FlagLimit, query.DefaultLimit, "the most entries to show")
	cmd.Flags().String(flags.FlagPageKey, "", "where to go on, as the page before said")
	return cmd
}

func runState(cmd *cobra.Command, args []string) error {
	ctx, err := client.GetClientQueryContext(cmd)
	if err != nil {
		return err
	}
	request, err := stateRequest(cmd, args)
	if err != nil {
		return err
	}
	answer, err := types.NewQueryClient(ctx).StateRange(cmd.Context(), request)
	if err != nil {
		return err
	}
	if ctx.OutputFormat == flags.OutputFormatJSON {
		return ctx.PrintProto(answer)
	}
	return ctx.PrintString(formatState(answer))
}

func stateRequest(cmd *cobra.Command, args []string) (*types.QueryStateRangeRequest, error) {
	if err := types.ValidateContractAddress("contract", args[0]); err != nil {
		return nil, err
	}
	request := &types.QueryStateRangeRequest{Contract: args[0], Pagination: &query.PageRequest{}}
	isHex, err := cmd.Flags().GetBool(flagKeyHex)
	if err != nil {
		return nil, err
	}
	if len(args) == 2 {
		request.Prefix = []byte(args[1])
		if isHex {
			if request.Prefix, err = hex.DecodeString(args[1]); err != nil {
				return nil, fmt.Errorf("prefix %q: expected hexadecimal digits: %w", args[1], err)
			}
		}
	}
	if request.Pagination.Limit, err = cmd.Flags().GetUint64(flags.FlagLimit); err != nil {
		return nil, err
	}
	key, err := cmd.Flags().GetString(flags.FlagPageKey)
	if err != nil {
		return nil, err
	}
	if request.Pagination.Key, err = base64.StdEncoding.DecodeString(key); err != nil {
		return nil, fmt.Errorf("--%s %q: %w", flags.FlagPageKey, key, err)
	}
	return request, nil
}

func formatState(a *types.QueryStateRangeResponse) string {
	var b strings.Builder
	for _, e := range a.Entries {
		fmt.Fprintf(&b, "%s: %s\n", formatBytes(e.Key), formatMessage(e.Value))
	}
	if len(a.Pagination.GetNextKey()) > 0 {
		fmt.Fprintf(&b, "more: --%s %s\n", flags.FlagPageKey, base64.StdEncoding.EncodeToString(a.Pagination.NextKey))
	}
	return b.String()
}

func newCodeBytesCmd() *cobra.Command {
	return addQueryFlags(&cobra.Command{
		Use:     "code-bytes [id] [file]",
		Short:   "Write the module of a code to a file",
		Example: "  assayd query contract code-bytes 1 gate.wasm",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			id, err := parseCodeID(args[0])
			if err != nil {
				return err
			}
			answer, err := types.NewQueryClient(ctx).CodeBytes(cmd.Context(), &types.QueryCodeBytesRequest{Id: id})
			if err != nil {
				return err
			}
			return os.WriteFile(args[1], answer.Code, 0o644)
		},
	})
}
