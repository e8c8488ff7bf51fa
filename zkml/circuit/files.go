package circuit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	cs_bn254 "github.com/consensys/gnark/constraint/bn254"

	"github.com/assay-chain/assay/zkml/onnx"
)

// MaxSystemBytes bounds a serialized constraint system.
const MaxSystemBytes = 1 << 30

// systemHeadBytes are gnark's length of the rest and three version numbers.
const systemHeadBytes = 4 * 8

// WriteTo writes the constraint system in the form that Digest is over.
func (c *Compiled) WriteTo(w io.Writer) (int64, error) { return c.System.WriteTo(w) }

// Open reads the constraint system that Compile made of the graph, written by WriteTo, and checks it
// against the circuit digest before it decodes it. The digest has to come from somewhere trusted:
// a system that fits by size only would prove something else, and gnark's decoder is not made for
// hostile files. Where it does not, Compile and compare. Stats has no layers and tables then. Errors are ErrInput, ErrGraph and ErrUnsupported.
func Open(g *onnx.Graph, r io.Reader, digest [sha256.Size]byte) (*Compiled, error) {
	p, err := newPlan(g)
	if err != nil {
		return nil, fmt.Errorf("open circuit: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(r, MaxSystemBytes+1))
	if err != nil {
		return nil, fmt.Errorf("open circuit: %w", err)
	}
	if len(raw) > MaxSystemBytes {
		return nil, fmt.Errorf("open circuit: %w: expected at most %d bytes", ErrInput, MaxSystemBytes)
	}
	if got := sha256.Sum256(raw); got != digest {
		return nil, fmt.Errorf("open circuit: %w: digest: expected %x, got %x", ErrInput, digest, got)
	}
	system, err := decodeSystem(raw)
	if err != nil {
		return nil, fmt.Errorf("open circuit: %w", err)
	}
	if system.GetNbPublicVariables() != 1+len(p.public) || system.GetNbSecretVariables() != p.secrets {
		return nil, fmt.Errorf("open circuit: %w: the constraint system is not of this graph", ErrInput)
	}
	c := &Compiled{System: system, Digest: digest, plan: p}
	c.Stats = Stats{
		Constraints: system.GetNbConstraints(), PublicInputs: len(p.public), SecretWires: p.secrets,
		LimbBits: p.tables.limbBits,
	}
	return c, nil
}

// decodeSystem decodes all of raw.
func decodeSystem(raw []byte) (system *cs_bn254.R1CS, err error) {
	if len(raw) < systemHeadBytes || binary.LittleEndian.Uint64(raw) != uint64(len(raw)-systemHeadBytes) {
		return nil, fmt.Errorf("%w: constraint system: length", ErrInput)
	}
	defer func() {
		if x := recover(); x != nil {
			system, err = nil, fmt.Errorf("%w: constraint system: %v", ErrInput, x)
		}
	}()
	system = new(cs_bn254.R1CS) // empty: the decoder cannot replace what NewR1CS sets
	if _, err := system.ReadFrom(bytes.NewReader(raw)); err != nil {
		return nil, fmt.Errorf("%w: constraint system: %w", ErrInput, err)
	}
	return system, nil
}
