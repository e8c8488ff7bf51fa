package toolbox

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/spf13/cobra"

	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/prover"
)

func setupCmd(out *output) *cobra.Command {
	var uris []string
	cmd := &cobra.Command{
		Use:   "setup DIR",
		Short: "Make proving and verifying keys on this machine alone (INSECURE)",
		Long: `Make the Groth16 keys of the circuit and write pk.bin, vk.bin and version.json.

A single party's setup is INSECURE: whoever reads this machine's memory while it runs can forge proofs for the keys.
It is for development; model.json and the published version say so.

version.json is what "assayd tx registry publish" sends. It lists what devices and provers fetch: canonical.onnx,
selftest.json and pk.bin. Each --uri says where: of canonical.onnx, with the others next to it, or of an OCI
repository (oci://registry/repository:tag) that holds all three as layers.`,
		Example: "  assay model setup ./vibration --uri https://models.example.org/vibration/canonical.onnx",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return setup(out, args[0], uris) },
	}
	cmd.Flags().StringSliceVar(&uris, "uri", nil, "where canonical.onnx will be found, and the other artifacts next to it (repeatable)")
	return cmd
}

func setup(out *output, path string, uris []string) error {
	for _, uri := range uris {
		if _, err := artifactURI(uri, model.CanonicalFile); err != nil {
			return fmt.Errorf("--uri: %w", err)
		}
	}
	d, g, err := openModel(path)
	if err != nil {
		return err
	}
	if _, err := d.SelfTest(); err != nil {
		return hint(err, "make one with `assay model import`")
	}
	c, err := openCircuit(out, d, g)
	if err != nil {
		return err
	}
	out.warn("single-party setup: INSECURE, for development only")
	var pk groth16.ProvingKey
	var vk groth16.VerifyingKey
	label := fmt.Sprintf("setup of %d constraints", c.Stats.Constraints)
	if err := out.step(label, func() (err error) { pk, vk, err = prover.InsecureSetup(c.System); return err }); err != nil {
		return err
	}
	var pkBytes, vkBytes bytes.Buffer
	if _, err := pk.WriteRawTo(&pkBytes); err != nil { // raw points: twice the size, and read without square roots
		return err
	}
	if _, err := vk.WriteTo(&vkBytes); err != nil {
		return err
	}
	if err := d.SetKeys(pkBytes.Bytes(), vkBytes.Bytes(), model.InsecureSetup); err != nil {
		return err
	}
	if err := writeVersion(d, uris); err != nil {
		return err
	}
	return out.result(d.Manifest.Keys, func(w io.Writer) {
		fmt.Fprintf(w, "verifying key %s (%d bytes), setup %s\n", d.Manifest.Keys.Verifying.SHA256, vkBytes.Len(), model.InsecureSetup)
	})
}

// writeVersion writes version.json: the manifest in the registry's words.
func writeVersion(d *model.Dir, uris []string) error {
	m := d.Manifest
	files, err := versionArtifacts(m, uris)
	if err != nil {
		return err
	}
	spec := registrytypes.VersionSpec{
		Description:        m.Name,
		Artifacts:          files,
		Inputs:             []registrytypes.TensorSignature{tensorSignature(m.Input)},
		Outputs:            []registrytypes.TensorSignature{tensorSignature(m.Output)},
		CircuitDigest:      unhex(m.Circuit.Digest),
		VerifyingKeyDigest: unhex(m.Keys.Verifying.SHA256),
		Setup:              registrytypes.SetupProvenance{Kind: registrytypes.SETUP_KIND_SINGLE_PARTY_INSECURE},
	}
	for _, o := range m.SessionOptions {
		spec.SessionOptions = append(spec.SessionOptions, registrytypes.SessionOption{Key: o.Key, Value: o.Value})
	}
	text, err := registrytypes.MarshalVersionSpec(spec)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.Path, registrytypes.VersionSpecFile), text, 0o644)
}

// versionArtifacts lists what devices and provers fetch.
func versionArtifacts(m *model.Manifest, uris []string) ([]registrytypes.Artifact, error) {
	files := []struct {
		name, mediaType string
		model.File
	}{
		{model.CanonicalFile, model.CanonicalType, m.Canonical},
		{model.SelfTestFile, model.SelfTestType, *m.SelfTest},
		{model.ProvingFile, model.ProvingType, m.Keys.Proving},
	}
	var out []registrytypes.Artifact
	for _, f := range files {
		a := registrytypes.Artifact{Name: f.name, MediaType: f.mediaType, Digest: unhex(f.SHA256), Size_: uint64(f.Size)}
		for _, uri := range uris {
			named, err := artifactURI(uri, f.name)
			if err != nil {
				return nil, err
			}
			a.Uris = append(a.Uris, named)
		}
		out = append(out, a)
	}
	return out, nil
}

// artifactURI is where an artifact is, given where canonical.onnx is. A repository of OCI layers is one place for all.
func artifactURI(canonical, name string) (string, error) {
	if strings.HasPrefix(canonical, "oci:") || strings.HasPrefix(canonical, "oci+http:") {
		return canonical, nil
	}
	folder, ok := strings.CutSuffix(canonical, "/"+model.CanonicalFile)
	if !ok || strings.ContainsAny(canonical, "?#") {
		return "", fmt.Errorf("%q: expected a URI that ends in /%s, or one of OCI", canonical, model.CanonicalFile)
	}
	return folder + "/" + name, nil
}

func tensorSignature(s model.Signature) registrytypes.TensorSignature {
	t := registrytypes.TensorSignature{
		Name: s.Name, ElementType: registrytypes.ELEMENT_TYPE_INT8, ScaleBits: math.Float32bits(s.Scale), ZeroPoint: s.ZeroPoint,
	}
	if s.ElementType == "uint8" {
		t.ElementType = registrytypes.ELEMENT_TYPE_UINT8
	}
	for _, n := range s.Shape {
		t.Shape = append(t.Shape, uint32(n))
	}
	return t
}

// unhex decodes digits that Manifest.Validate has checked.
func unhex(s string) []byte {
	b, _ := hex.DecodeString(s)
	return b
}
