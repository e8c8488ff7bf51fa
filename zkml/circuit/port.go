package circuit

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/onnx"
)

// port is where the raw bytes of the model's input or output meet the wires of a tensor.
//
// The byte of a uint8 is v. That of an int8 q = v-128 is q + 256*s with s = 1 where q is negative:
// s is boolean and q + 128*s is in [0, 128), which also keeps v in [0, 255].
type port struct {
	*tensor
	input bool
	signs []wire // int8 only
}

func newPort(p *plan, t *tensor, input bool) *port {
	x := &port{tensor: t, input: input}
	if t.Type == onnx.Int8 {
		x.signs = p.take(t.Len())
		p.tables.seven.used = true
	} else if input {
		p.tables.byte.used = true
	}
	return x
}

// constrain proves that the wires are of the tensor's type, and returns the packed raw bytes as wires.
func (x *port) constrain(e *emitter) {
	for i, v := range x.wires {
		switch {
		case x.signs != nil:
			e.boolean(x.signs[i])
			e.query(e.plan.tables.seven, 1, -128, term{v, 1}, term{x.signs[i], 128})
		case x.input:
			e.query(e.plan.tables.byte, 1, 0, term{v, 1})
		}
	}
}

// packed returns the elements of the raw bytes, as statement.Pack makes them.
func (x *port) packed() []expression {
	var out []expression
	for from := 0; from < len(x.wires); from += statement.BytesPerElement {
		to := min(from+statement.BytesPerElement, len(x.wires))
		var sum expression
		place := fr.One()
		for i := from; i < to; i++ {
			sum = append(sum, weighted{x.wires[i], place})
			if x.signs != nil {
				sum = append(sum, weighted{x.signs[i], times(place, 256)}, weighted{oneWire, times(place, -128)})
			}
			place = times(place, 256)
		}
		out = append(out, sum.reduced())
	}
	return out
}

func times(e fr.Element, n int64) fr.Element {
	var f fr.Element
	f.SetInt64(n)
	f.Mul(&f, &e)
	return f
}

// assign sets the wires of an input from its raw bytes.
func (x *port) assign(w *witness, raw []byte) {
	for i, b := range raw {
		v := int64(b)
		if x.signs != nil {
			v = int64(int8(b)) + 128
		} else {
			w.hit(w.plan.tables.byte, v)
		}
		w.set(x.wires[i], v)
	}
	x.assignSigns(w)
}

// assignSigns sets what follows from the wires of the tensor.
func (x *port) assignSigns(w *witness) {
	for i, s := range x.signs {
		q, negative := w.get(x.wires[i])-128, int64(0)
		if q < 0 {
			negative = 1
		}
		w.set(s, negative)
		w.hit(w.plan.tables.seven, q+128*negative)
	}
}

// raw returns the bytes of the tensor.
func (x *port) raw(w *witness) []byte {
	out := make([]byte, len(x.wires))
	for i, v := range x.wires {
		out[i] = byte(w.get(v) + int64(x.Type.Min()))
	}
	return out
}
