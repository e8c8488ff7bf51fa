package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/wasm"
)

const (
	flagSource  = "source"
	flagBuilder = "builder"
)

func newStoreCmd() *cobra.Command {
	cmd := addTxFlags(&cobra.Command{
		Use:   "store [file]",
		Short: "Check a module, compile it here, and put it on record",
		Long: `Check a module, compile it here, and put it on record.

What the chain would refuse is refused before anything is sent, with the byte offset and the name of what is wrong. A module
that is on record already keeps its id.`,
		Example: `  assayd tx contract store gate.wasm --source https://example.org/gate --builder "assemblyscript 0.28.20" \
    --from alice --gas auto --gas-adjustment 1.3`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return send(cmd, func(signer string) (sdk.Msg, error) { return storeMsg(cmd, args[0], signer) })
		},
	})
	cmd.Flags().String(flagSource, "", "where the source may be had")
	cmd.Flags().String(flagBuilder, "", "what built the module")
	return cmd
}

func storeMsg(cmd *cobra.Command, path, signer string) (*types.MsgStoreCode, error) {
	msg := &types.MsgStoreCode{Sender: signer}
	var err error
	if msg.Source, err = cmd.Flags().GetString(flagSource); err != nil {
		return nil, err
	}
	if msg.Builder, err = cmd.Flags().GetString(flagBuilder); err != nil {
		return nil, err
	}
	if msg.Code, err = readCode(path); err != nil {
		return nil, err
	}
	return msg, nil
}

// readCode reads a module and compiles it with the limits of default parameters: a chain whose parameters are narrower may
// still refuse it.
func readCode(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if most := types.MaxParams().MaxCodeBytes; info.Size() > int64(most) {
		return nil, fmt.Errorf("%s: expected at most %d bytes, got %d", path, most, info.Size())
	}
	code, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if _, err := wasm.Compile(code, types.DefaultParams().MemoryPages); err != nil {
		return nil, fmt.Errorf("%s: %w\nhint: 'assay contract check %s' says more", path, err, path)
	}
	return code, nil
}
