package toolbox

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/types/bech32"

	"github.com/assay-chain/assay/statement"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/prover"
)

// devicePrefix is the Bech32 prefix of accounts.
const devicePrefix = "assay"

// statementFlags are the flags that bind a proof to its purpose.
type statementFlags struct {
	chainID, device, version, nonce string
}

func (s *statementFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.chainID, "chain-id", "", "chain that the proof is for")
	f.StringVar(&s.device, "device", "", "account of the device, assay1…")
	f.StringVar(&s.version, "version", "", "version id on that chain: publisher/model@semver, or source:publisher/model@semver for one that came over IBC")
	f.StringVar(&s.nonce, "nonce", "", "1 to 32 bytes in hex; a device uses one only once for a version")
	for _, name := range []string{"chain-id", "device", "version", "nonce"} {
		_ = cmd.MarkFlagRequired(name)
	}
}

func (s *statementFlags) binding() (statement.Binding, error) {
	device, err := parseDevice(s.device)
	if err != nil {
		return statement.Binding{}, fmt.Errorf("--device: %w", err)
	}
	if _, err := registrytypes.ParseVersionID(s.version); err != nil {
		return statement.Binding{}, hint(fmt.Errorf("--version: %w", err),
			"name it as the chain does, such as acme/vibration@1.0.0, or channel-7:acme/vibration@1.0.0 on a zone")
	}
	nonce, err := hex.DecodeString(s.nonce)
	if err != nil {
		return statement.Binding{}, fmt.Errorf("--nonce: expected hex digits, got %q", s.nonce)
	}
	b := statement.Binding{ChainID: s.chainID, Device: device, Version: s.version, Nonce: nonce}
	_, err = b.Context()
	return b, err
}

func parseDevice(address string) ([]byte, error) {
	prefix, raw, err := bech32.DecodeAndConvert(address)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", address, err)
	}
	if prefix != devicePrefix {
		return nil, fmt.Errorf("%q: expected an address with prefix %q, got %q", address, devicePrefix, prefix)
	}
	return raw, nil
}

// Proof is what prove writes and "assayd tx proof submit" sends. Bytes are base64.
type Proof struct {
	ChainID     string `json:"chain_id"`
	Device      string `json:"device"`
	Version     string `json:"version"`
	Nonce       []byte `json:"nonce"`
	InputDigest []byte `json:"input_digest"` // 32 bytes, big endian
	Output      []byte `json:"output"`       // raw elements
	Proof       []byte `json:"proof"`        // gnark's serialization
}

func proveCmd(out *output) *cobra.Command {
	var s statementFlags
	var input, to string
	cmd := &cobra.Command{
		Use:   "prove DIR --input FILE --chain-id ID --device ADDRESS --version ID --nonce HEX",
		Short: "Run the model in ONNX Runtime and prove its result",
		Long: `Run the canonical model in ONNX Runtime on a raw input, prove that exactly this output follows, and write
what "assayd tx proof submit" sends. The input stays private; its digest does not. A proof is good for one chain, and for the
version under the id that it has there: a zone's is channel-7:acme/vibration@1.0.0 where its hub's is acme/vibration@1.0.0.`,
		Example: "  assay prove ./vibration --input models/vibration/samples/healthy.bin --chain-id assay-demo-1 \\\n" +
			"    --device assay1… --version acme/vibration@1.0.0 --nonce 01 --out proof.json",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return prove(out, args[0], input, to, &s) },
	}
	s.register(cmd)
	cmd.Flags().StringVar(&input, "input", "", "raw input: int8 or uint8 elements, row major")
	cmd.Flags().StringVar(&to, "out", "", "file for the proof (default: standard output)")
	_ = cmd.MarkFlagRequired("input")
	return cmd
}

func prove(out *output, path, inputFile, to string, s *statementFlags) error {
	binding, err := s.binding()
	if err != nil {
		return err
	}
	d, g, err := openModel(path)
	if err != nil {
		return err
	}
	input, err := readTensor(inputFile, d.Manifest.Input.Bytes())
	if err != nil {
		return err
	}
	ran, err := runORT(d, input)
	if err != nil {
		return err
	}
	c, err := openCircuit(out, d, g)
	if err != nil {
		return err
	}
	pk, err := openProvingKey(out, d)
	if err != nil {
		return err
	}
	var res *prover.Result
	if err := out.step("prove", func() (err error) { res, err = prover.Prove(c, pk, input, binding); return err }); err != nil {
		return err
	}
	if !bytes.Equal(ran, res.Output) {
		return fmt.Errorf("ONNX Runtime and the circuit differ on %s: this is a defect of assay, please report it with the model and the input", inputFile)
	}
	digest := res.Public[0].Bytes()
	return writeProof(out, to, Proof{
		ChainID: s.chainID, Device: s.device, Version: s.version, Nonce: binding.Nonce,
		InputDigest: digest[:], Output: res.Output, Proof: res.Proof,
	})
}

func runORT(d *model.Dir, input []byte) ([]byte, error) {
	session, err := openSession(d)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	ran := make([]byte, d.Manifest.Output.Bytes())
	return ran, session.Run(input, ran)
}

func openProvingKey(out *output, d *model.Dir) (pk groth16.ProvingKey, err error) {
	err = out.step("read proving key", func() error {
		data, err := d.ProvingKey()
		if err != nil {
			return hint(err, "run `assay model setup %s`", d.Path)
		}
		pk, err = prover.UnsafeReadProvingKey(bytes.NewReader(data)) // compared with the manifest's digest
		return err
	})
	return pk, err
}

func writeProof(out *output, to string, p Proof) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if to == "" {
		_, err = out.stdout.Write(text)
		return err
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		return err
	}
	return out.result(map[string]any{"file": to, "output_bytes": len(p.Output), "proof_bytes": len(p.Proof)}, func(w io.Writer) {
		fmt.Fprintf(w, "proved %d output bytes with a proof of %d bytes: %s\n", len(p.Output), len(p.Proof), to)
	})
}

// publics rebuilds the public inputs of a proof from what it claims.
func (p *Proof) publics() ([]fr.Element, error) {
	device, err := parseDevice(p.Device)
	if err != nil {
		return nil, fmt.Errorf("device: %w", err)
	}
	var digest fr.Element
	if err := digest.SetBytesCanonical(p.InputDigest); err != nil {
		return nil, fmt.Errorf("input digest: %w", err)
	}
	return statement.PublicInputs(digest, p.Output, statement.Binding{ChainID: p.ChainID, Device: device, Version: p.Version, Nonce: p.Nonce})
}
