package circuit

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	gnarkwitness "github.com/consensys/gnark/backend/witness"

	"github.com/assay-chain/assay/statement"
)

// witness holds the secret wires while they are computed. All of them but the mask are small integers.
type witness struct {
	plan   *plan
	first  wire
	values []int64
}

func (w *witness) set(x wire, value int64) { w.values[x-w.first] = value }
func (w *witness) get(x wire) int64        { return w.values[x-w.first] }

// hit counts one use of a row.
func (w *witness) hit(t *table, row int64) { w.values[t.first-w.first+wire(row)]++ }

// evaluate runs the model and sets every secret wire but the mask.
func (p *plan) evaluate(input []byte) (*witness, error) {
	if len(input) != p.input.Len() {
		return nil, fmt.Errorf("%w: expected %d bytes, got %d", ErrInput, p.input.Len(), len(input))
	}
	w := &witness{plan: p, first: p.firstSecret(), values: make([]int64, p.secrets)}
	p.input.assign(w, input)
	for _, l := range p.layers {
		l.assign(w)
	}
	p.output.assignSigns(w)
	return w, nil
}

// full returns the witness in gnark's form: public inputs, then secret ones. The mask hides the
// committed values, so it has to be fresh for every proof.
func (w *witness) full(public []fr.Element) (gnarkwitness.Witness, error) {
	var mask fr.Element
	if _, err := mask.SetRandom(); err != nil {
		return nil, fmt.Errorf("draw mask: %w", err)
	}
	out, err := gnarkwitness.New(ecc.BN254.ScalarField())
	if err != nil {
		return nil, err
	}
	values := make(chan any, 256)
	go func() {
		defer close(values)
		for i := range public {
			values <- public[i]
		}
		for _, x := range w.values[:len(w.values)-1] {
			var e fr.Element
			e.SetInt64(x)
			values <- e
		}
		values <- mask
	}()
	if err := out.Fill(len(public), len(w.values), values); err != nil {
		return nil, err
	}
	return out, nil
}

// Assignment is what one run of the circuit on one input is.
type Assignment struct {
	Witness gnarkwitness.Witness // public and secret; keep it private
	Public  []fr.Element         // input digest, output elements, context
	Output  []byte               // raw bytes of the output tensor
}

// Assign runs the model on the raw input bytes and binds the run to its purpose.
func (c *Compiled) Assign(input []byte, b statement.Binding) (*Assignment, error) {
	w, err := c.plan.evaluate(input)
	if err != nil {
		return nil, err
	}
	digest, err := statement.Digest(input)
	if err != nil {
		return nil, err
	}
	output := c.plan.output.raw(w)
	public, err := statement.PublicInputs(digest, output, b)
	if err != nil {
		return nil, err
	}
	full, err := w.full(public)
	if err != nil {
		return nil, err
	}
	return &Assignment{Witness: full, Public: public, Output: output}, nil
}

// InputBytes is the length of the raw input.
func (c *Compiled) InputBytes() int { return c.plan.input.Len() }

// OutputBytes is the length of the raw output.
func (c *Compiled) OutputBytes() int { return c.plan.output.Len() }
