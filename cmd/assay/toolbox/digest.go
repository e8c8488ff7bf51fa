package toolbox

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/statement"
)

func digestCmd(out *output) *cobra.Command {
	return &cobra.Command{
		Use:   "digest DIR FILE…",
		Short: "Print the digests of inputs, as attestations carry them",
		Long: `Print the Poseidon2 digest of each raw input of the model. An attestation carries that digest instead of the input, so
this is how somebody who knows an input, such as an oracle that has a label for it, names it on chain.`,
		Example: "  assay model digest ./bearing models/bearing/samples/*.bin",
		Args:    cobra.MinimumNArgs(2),
		RunE:    func(_ *cobra.Command, args []string) error { return digest(out, args[0], args[1:]) },
	}
}

// digestResult is one input.
type digestResult struct {
	File string `json:"file"`
	// Digest is a BN254 scalar: 32 bytes, big endian, in hex.
	Digest string `json:"input_digest"`
}

func digest(out *output, path string, files []string) error {
	d, _, err := openModel(path)
	if err != nil {
		return err
	}
	var rows []digestResult
	for _, file := range files {
		input, err := readTensor(file, d.Manifest.Input.Bytes())
		if err != nil {
			return err
		}
		e, err := statement.Digest(input)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		b := e.Bytes()
		rows = append(rows, digestResult{File: file, Digest: hex.EncodeToString(b[:])})
	}
	return out.result(rows, func(w io.Writer) {
		for _, r := range rows {
			fmt.Fprintf(w, "%s  %s\n", r.Digest, r.File)
		}
	})
}
