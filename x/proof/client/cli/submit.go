// Package cli holds the commands of the proof module that AutoCLI cannot make from the definitions.
// It reads files that a prover wrote and believes nothing in them: the chain judges them.
package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

// maxFileBytes bounds a proof file.
const maxFileBytes = 8 << 20

// proofFile is what `assay prove` writes. Bytes are base64.
type proofFile struct {
	ChainID     string `json:"chain_id"`
	Device      string `json:"device"`
	Version     string `json:"version"`
	Nonce       []byte `json:"nonce"`
	InputDigest []byte `json:"input_digest"`
	Output      []byte `json:"output"`
	Proof       []byte `json:"proof"`
}

// NewTxCmd is "tx proof" with the commands of this package.
func NewTxCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   types.ModuleName,
		Short: "Submit proofs of inference",
		RunE:  client.ValidateCmd,
	}
	cmd.AddCommand(NewSubmitCmd())
	return cmd
}

// NewSubmitCmd submits the files that `assay prove` writes.
func NewSubmitCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "submit PROOF.json...",
		Short: "Submit proofs that assay prove wrote",
		Long: `Submit one or many proofs of one device in one transaction: all of them are recorded, or none.
The signer has to be the device that the proofs name, on the chain that they name.`,
		Example: "  assayd tx proof submit proof.json --from device --fee-granter assay1…",
		Args:    cobra.MinimumNArgs(1),
		RunE:    runSubmit,
	}
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

func runSubmit(cmd *cobra.Command, args []string) error {
	ctx, err := client.GetClientTxContext(cmd)
	if err != nil {
		return err
	}
	device := ctx.GetFromAddress().String()
	entries := make([]types.ProofEntry, len(args))
	for i, path := range args {
		if entries[i], err = readEntry(path, ctx.ChainID, device); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return tx.GenerateOrBroadcastTxCLI(ctx, cmd.Flags(), submitMsg(device, entries))
}

func submitMsg(device string, entries []types.ProofEntry) sdk.Msg {
	if len(entries) > 1 {
		return &types.MsgSubmitProofs{Device: device, Entries: entries}
	}
	e := entries[0]
	return &types.MsgSubmitProof{Device: device, Version: e.Version, Nonce: e.Nonce, InputDigest: e.InputDigest, Output: e.Output, Proof: e.Proof}
}

// readEntry reads a proof file and refuses one that another device made, or for another chain: its
// context could not verify.
func readEntry(path, chainID, device string) (types.ProofEntry, error) {
	f, err := os.Open(path)
	if err != nil {
		return types.ProofEntry{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return types.ProofEntry{}, err
	}
	if len(data) > maxFileBytes {
		return types.ProofEntry{}, fmt.Errorf("expected at most %d bytes, got more", maxFileBytes)
	}
	return decodeEntry(data, chainID, device)
}

func decodeEntry(data []byte, chainID, device string) (types.ProofEntry, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var p proofFile
	if err := dec.Decode(&p); err != nil {
		return types.ProofEntry{}, err
	}
	if p.ChainID != chainID {
		return types.ProofEntry{}, fmt.Errorf("the proof is for another chain: expected %q, got %q", chainID, p.ChainID)
	}
	if p.Device != device {
		return types.ProofEntry{}, fmt.Errorf("the proof is another device's: expected %s, got %s\nhint: sign with the device's key, --from", device, p.Device)
	}
	return types.ProofEntry{Version: p.Version, Nonce: p.Nonce, InputDigest: p.InputDigest, Output: p.Output, Proof: p.Proof}, nil
}
