package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

const (
	flagAdmin     = "admin"
	flagNoAdmin   = "no-admin"
	flagFunds     = "funds"
	flagSubscribe = "subscribe"
)

func newInstantiateCmd() *cobra.Command {
	cmd := addTxFlags(&cobra.Command{
		Use:   "instantiate [code-id] [label] [args...]",
		Short: "Make a contract of a code, and call its init with the arguments",
		Long: `Make a contract of a code, and call its init with the arguments.

The signer is the contract's admin, who may migrate it, unless --admin names another or --no-admin none.`,
		Example: `  assayd tx contract instantiate 1 "vibration gate" acme/vibration 950 --subscribe acme/vibration \
    --funds 5000000uassay --from alice --gas auto --gas-adjustment 1.3`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return send(cmd, func(signer string) (sdk.Msg, error) { return instantiateMsg(cmd, args, signer) })
		},
	})
	cmd.Flags().String(flagAdmin, "", "who may migrate the contract (default: the signer)")
	cmd.Flags().Bool(flagNoAdmin, false, "let nobody ever migrate the contract")
	cmd.Flags().StringArray(flagSubscribe, nil, "a model whose attestations the contract is told of, at its own cost; may be repeated")
	addFundsFlag(cmd)
	return cmd
}

func instantiateMsg(cmd *cobra.Command, args []string, signer string) (*types.MsgInstantiate, error) {
	msg := &types.MsgInstantiate{Sender: signer, Label: args[1]}
	var err error
	if msg.CodeId, err = parseCodeID(args[0]); err != nil {
		return nil, err
	}
	if msg.Msg, err = parseMessage(args[2:]); err != nil {
		return nil, err
	}
	if msg.Admin, err = adminOf(cmd, signer); err != nil {
		return nil, err
	}
	if msg.Subscriptions, err = cmd.Flags().GetStringArray(flagSubscribe); err != nil {
		return nil, err
	}
	msg.Funds, err = fundsOf(cmd)
	return msg, err
}

func adminOf(cmd *cobra.Command, signer string) (string, error) {
	admin, err := cmd.Flags().GetString(flagAdmin)
	if err != nil {
		return "", err
	}
	none, err := cmd.Flags().GetBool(flagNoAdmin)
	switch {
	case err != nil:
		return "", err
	case none && admin != "":
		return "", fmt.Errorf("--%s and --%s: expected one of them", flagAdmin, flagNoAdmin)
	case none:
		return "", nil
	case admin == "":
		return signer, nil
	}
	return admin, nil
}

func newExecuteCmd() *cobra.Command {
	cmd := addTxFlags(&cobra.Command{
		Use:     "execute [contract] [method] [args...]",
		Short:   "Call a method of a contract",
		Example: "  assayd tx contract execute assay1... post 17 3 --from oracle --gas auto --gas-adjustment 1.3",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return send(cmd, func(signer string) (sdk.Msg, error) {
				msg := &types.MsgExecute{Sender: signer, Contract: args[0]}
				var err error
				if msg.Msg, err = callMessage(args[1], args[2:]); err != nil {
					return nil, err
				}
				msg.Funds, err = fundsOf(cmd)
				return msg, err
			})
		},
	})
	addFundsFlag(cmd)
	return cmd
}

// callMessage is a method's name, as text whatever it looks like, and its arguments.
func callMessage(method string, args []string) ([]byte, error) {
	return parseMessage(append([]string{"text:" + method}, args...))
}

func newMigrateCmd() *cobra.Command {
	return addTxFlags(&cobra.Command{
		Use:     "migrate [contract] [code-id] [args...]",
		Short:   "Give a contract another code, and call that code's migrate with the arguments",
		Example: "  assayd tx contract migrate assay1... 2 --from alice --gas auto --gas-adjustment 1.3",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return send(cmd, func(signer string) (sdk.Msg, error) {
				id, err := parseCodeID(args[1])
				if err != nil {
					return nil, err
				}
				message, err := parseMessage(args[2:])
				return &types.MsgMigrate{Sender: signer, Contract: args[0], CodeId: id, Msg: message}, err
			})
		},
	})
}

func addFundsFlag(cmd *cobra.Command) {
	cmd.Flags().String(flagFunds, "", "coins that go to the contract with the call, such as 5000000uassay")
}

func fundsOf(cmd *cobra.Command) (sdk.Coins, error) {
	text, err := cmd.Flags().GetString(flagFunds)
	if err != nil {
		return nil, err
	}
	funds, err := sdk.ParseCoinsNormalized(text)
	if err != nil {
		return nil, fmt.Errorf("--%s %q: %w", flagFunds, text, err)
	}
	return funds, nil
}
