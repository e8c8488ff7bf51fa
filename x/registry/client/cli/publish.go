// Package cli holds the commands of the registry that AutoCLI cannot make from the definitions.
package cli

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"

	"github.com/assay-chain/assay/x/registry/types"
)

const (
	flagPublisher = "publisher"
	flagModel     = "model"
	flagVersion   = "version"
	flagOmitKey   = "omit-key"
)

// NewTxCmd is "tx registry" with the commands of this package.
func NewTxCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   types.ModuleName,
		Short: "Publish models and manage who owns them",
		RunE:  client.ValidateCmd,
	}
	cmd.AddCommand(NewPublishCmd())
	return cmd
}

// NewPublishCmd publishes what a model directory describes.
func NewPublishCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "publish MODEL_DIR --publisher NAME --model NAME --version NUMBER",
		Short: "Publish a version from a model directory",
		Long: `Publish a version of a model from a model directory.

Reads version.json (what the version is) and vk.bin (its verifying key), checks both, and sends them
in one transaction. With --omit-key only the key's digest is sent: the key must be registered.`,
		Example: `  assayd tx registry publish ./vibration --publisher acme --model vibration --version 1.0.0 \
    --from publisher --gas auto --gas-adjustment 1.3`,
		Args: cobra.ExactArgs(1),
		RunE: runPublish,
	}
	cmd.Flags().String(flagPublisher, "", "the publisher that owns the model")
	cmd.Flags().String(flagModel, "", "the model's name under the publisher")
	cmd.Flags().String(flagVersion, "", "the version's number, such as 1.0.0 or 1.1.0-rc.1")
	cmd.Flags().Bool(flagOmitKey, false, "send only the digest of the verifying key, which is registered already")
	for _, name := range []string{flagPublisher, flagModel, flagVersion} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

func runPublish(cmd *cobra.Command, args []string) error {
	clientCtx, err := client.GetClientTxContext(cmd)
	if err != nil {
		return err
	}
	msg, err := publishMsg(cmd, args[0])
	if err != nil {
		return err
	}
	msg.Owner = clientCtx.GetFromAddress().String()
	if err := msg.ValidateBasic(); err != nil {
		return err
	}
	return tx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), msg)
}

// publishMsg builds the message, without its signer, from the flags and the model directory.
func publishMsg(cmd *cobra.Command, dir string) (*types.MsgPublishVersion, error) {
	msg := &types.MsgPublishVersion{}
	for name, to := range map[string]*string{flagPublisher: &msg.Publisher, flagModel: &msg.Model, flagVersion: &msg.Number} {
		value, err := cmd.Flags().GetString(name)
		if err != nil {
			return nil, err
		}
		*to = value
	}
	data, err := readModelFile(dir, types.VersionSpecFile)
	if err != nil {
		return nil, err
	}
	if msg.Spec, err = types.UnmarshalVersionSpec(data); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, types.VersionSpecFile), err)
	}
	omit, err := cmd.Flags().GetBool(flagOmitKey)
	if err != nil || omit {
		return msg, err
	}
	msg.VerifyingKey, err = readKey(dir, msg.Spec.VerifyingKeyDigest)
	return msg, err
}

// readKey reads vk.bin and compares its digest.
func readKey(dir string, want []byte) ([]byte, error) {
	key, err := readModelFile(dir, types.VerifyingKeyFile)
	if err != nil {
		return nil, err
	}
	if digest := sha256.Sum256(key); !bytes.Equal(digest[:], want) {
		return nil, fmt.Errorf("%s: digest: expected %x as in %s, got %x\nhint: run setup again, or restore the key that belongs to this version",
			filepath.Join(dir, types.VerifyingKeyFile), want, types.VersionSpecFile, digest)
	}
	return key, nil
}

func readModelFile(dir, name string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w\nhint: %q is not a complete model directory: assay model setup makes %s", err, dir, name)
	}
	return data, err
}
