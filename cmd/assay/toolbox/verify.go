package toolbox

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/prover"
)

// maxProofFileBytes bounds a proof file: the largest output, in base64, and the rest.
const maxProofFileBytes = 2*statement.MaxDataBytes + 1<<20

func verifyCmd(out *output) *cobra.Command {
	var input string
	cmd := &cobra.Command{
		Use:   "verify DIR PROOF.json",
		Short: "Verify a proof off chain",
		Long: `Verify a proof against the verifying key of a model directory. The statement is rebuilt from what the file claims:
chain, device, version, nonce, input digest and output. With --input the digest is compared with a known input.`,
		Example: "  assay verify ./vibration proof.json",
		Args:    cobra.ExactArgs(2),
		RunE:    func(_ *cobra.Command, args []string) error { return verify(out, args[0], args[1], input) },
	}
	cmd.Flags().StringVar(&input, "input", "", "raw input that the proof must be about")
	return cmd
}

func verify(out *output, path, proofFile, inputFile string) error {
	d, err := model.Open(path)
	if err != nil {
		return err
	}
	key, err := d.VerifyingKey()
	if err != nil {
		return hint(err, "run `assay model setup %s`", path)
	}
	vk, err := prover.ReadVerifyingKey(key)
	if err != nil {
		return err
	}
	data, err := readBounded(proofFile, maxProofFileBytes)
	if err != nil {
		return err
	}
	var p Proof
	if err := json.Unmarshal(data, &p); err != nil {
		return fmt.Errorf("%s: %w", proofFile, err)
	}
	publics, err := p.publics()
	if err != nil {
		return fmt.Errorf("%s: %w", proofFile, err)
	}
	if inputFile != "" {
		if err := checkInput(d, inputFile, &p); err != nil {
			return err
		}
	}
	if err := prover.Verify(vk, p.Proof, publics); err != nil {
		return fmt.Errorf("%s: %w", proofFile, err)
	}
	r := map[string]any{"valid": true, "device": p.Device, "version": p.Version, "chain_id": p.ChainID}
	return out.result(r, func(w io.Writer) {
		fmt.Fprintf(w, "valid: %s ran %s for chain %s, %d output bytes\n", p.Device, p.Version, p.ChainID, len(p.Output))
	})
}

func checkInput(d *model.Dir, inputFile string, p *Proof) error {
	input, err := readTensor(inputFile, d.Manifest.Input.Bytes())
	if err != nil {
		return err
	}
	digest, err := statement.Digest(input)
	if err != nil {
		return err
	}
	if got := digest.Bytes(); string(got[:]) != string(p.InputDigest) {
		return fmt.Errorf("input digest: the proof is about another input: expected %x, got %x", got, p.InputDigest)
	}
	return nil
}
