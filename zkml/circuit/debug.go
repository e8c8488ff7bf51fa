package circuit

import (
	"errors"
	"fmt"

	cs_bn254 "github.com/consensys/gnark/constraint/bn254"
)

// Locate adds the name of the layer to the solver's error about a constraint that does not hold.
// Other errors pass as they are.
func (c *Compiled) Locate(err error) error {
	var unsatisfied *cs_bn254.UnsatisfiedConstraintError
	if !errors.As(err, &unsatisfied) {
		return err
	}
	id := unsatisfied.CID
	for _, l := range c.Stats.Layers {
		if id < l.Constraints {
			return fmt.Errorf("layer %q: %w", l.Name, err)
		}
		id -= l.Constraints
	}
	return err
}

// Trace runs the model on the raw input bytes as the witness does, and returns the elements of every
// value of the graph, as q in row major order.
func (c *Compiled) Trace(input []byte) ([][]int32, error) {
	w, err := c.plan.evaluate(input)
	if err != nil {
		return nil, err
	}
	out := make([][]int32, len(c.plan.tensors))
	for i, t := range c.plan.tensors {
		out[i] = make([]int32, len(t.wires))
		for j, v := range t.wires {
			out[i][j] = int32(w.get(v)) + t.Type.Min()
		}
	}
	return out, nil
}

// Diff compares a trace with that of another executor, value by value in the order of the nodes, and
// returns ErrMismatch with the first layer and element that differ. Nil entries of theirs are skipped.
func (c *Compiled) Diff(ours, theirs [][]int32) error {
	for i := range c.plan.graph.Nodes {
		n := &c.plan.graph.Nodes[i]
		if theirs[n.Out] == nil {
			continue
		}
		if len(ours[n.Out]) != len(theirs[n.Out]) {
			return fmt.Errorf("%w: node %q: expected %d elements, got %d", ErrMismatch, n.Name, len(ours[n.Out]), len(theirs[n.Out]))
		}
		for j, q := range ours[n.Out] {
			if q != theirs[n.Out][j] {
				return fmt.Errorf("%w: node %q, element %d: circuit has %d, the other executor %d", ErrMismatch, n.Name, j, q, theirs[n.Out][j])
			}
		}
	}
	return nil
}
