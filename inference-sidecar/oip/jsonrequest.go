package oip

import "bytes"

// decodeJSON reads an inference request (the $inference_request of the specification, or the JSON part of one with
// binary data) into r, which keeps parts of b. The model has no say yet: names, shape and data are compared with it later.
func decodeJSON(b []byte, r *request) error {
	r.reset()
	d := decoder{scanner: scanner{b: b}, r: r}
	if err := d.request(); err != nil {
		return err
	}
	return d.end()
}

type decoder struct {
	scanner
	r *request
}

// once refuses a member that was there before.
func (d *decoder) once(seen *uint8, bit uint8, name string) error {
	if *seen&bit != 0 {
		return d.fail("expected %q once", name)
	}
	*seen |= bit
	return nil
}

func (d *decoder) request() error {
	const id, parameters, inputs, outputs = 1, 2, 4, 8
	var seen uint8
	err := d.object(func(name []byte) error {
		switch string(name) {
		case "id":
			if err := d.once(&seen, id, "id"); err != nil {
				return err
			}
			return d.id()
		case "parameters":
			if err := d.once(&seen, parameters, "parameters"); err != nil {
				return err
			}
			return d.parameters(d.r.parameters.set)
		case "inputs":
			if err := d.once(&seen, inputs, "inputs"); err != nil {
				return err
			}
			return d.inputs()
		case "outputs":
			if err := d.once(&seen, outputs, "outputs"); err != nil {
				return err
			}
			return d.outputs()
		}
		return d.skip(maxNesting)
	})
	if err != nil {
		return err
	}
	if seen&inputs == 0 {
		return invalid("inputs: expected one, got none")
	}
	return nil
}

func (d *decoder) id() (err error) {
	if d.r.id, err = d.text(); err != nil {
		return err
	}
	if len(d.r.id) > maxID {
		return invalid("id: expected at most %d bytes, got %d", maxID, len(d.r.id))
	}
	return nil
}

// parameters calls set for each, after its value is read.
func (d *decoder) parameters(set func(name []byte, v value) error) error {
	n := 0
	return d.object(func(name []byte) error {
		if n++; n > maxParameters {
			return d.fail("expected at most %d parameters", maxParameters)
		}
		if len(name) > maxName {
			return d.fail("name of a parameter: expected at most %d bytes, got %d", maxName, len(name))
		}
		v, err := d.value()
		if err != nil {
			return err
		}
		return set(name, v)
	})
}

func (d *decoder) value() (v value, err error) {
	switch c := d.next(); {
	case c == '"':
		v.kind = valueText
		v.text, err = d.text()
		return v, err
	case c == '-' || '0' <= c && c <= '9':
		return d.numberValue()
	case c == 't' || c == 'f':
		word, err := d.word()
		if word == "true" {
			v.number = 1
		}
		v.kind = valueBool
		return v, err
	}
	return v, d.skip(maxNesting)
}

func (d *decoder) numberValue() (v value, err error) {
	raw, err := d.number()
	if err != nil || bytes.ContainsAny(raw, ".eE") {
		return v, err
	}
	whole := scanner{b: raw}
	if n, err := whole.integer(); err == nil {
		v.kind, v.number = valueInteger, n
	}
	return v, nil
}

func (d *decoder) inputs() error {
	n := 0
	err := d.array(func(i int) error {
		if n++; n > 1 {
			return d.fail("inputs: expected one, got more")
		}
		return d.input()
	})
	if err == nil && n == 0 {
		return invalid("inputs: expected one, got none")
	}
	return err
}

func (d *decoder) input() error {
	const name, datatype, shape, data, parameters = 1, 2, 4, 8, 16
	var seen uint8
	in := &d.r.input
	err := d.object(func(member []byte) (err error) {
		switch string(member) {
		case "name":
			if err = d.once(&seen, name, "name"); err == nil {
				in.name, err = d.text()
			}
		case "datatype":
			if err = d.once(&seen, datatype, "datatype"); err == nil {
				in.datatype, err = d.text()
			}
		case "shape":
			if err = d.once(&seen, shape, "shape"); err == nil {
				err = d.shape()
			}
		case "data":
			if err = d.once(&seen, data, "data"); err == nil {
				in.data, err = d.span()
			}
		case "parameters":
			if err = d.once(&seen, parameters, "parameters"); err == nil {
				err = d.parameters(in.set)
			}
		default:
			err = d.skip(maxNesting)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, must := range []struct {
		bit  uint8
		name string
	}{{name, "name"}, {datatype, "datatype"}, {shape, "shape"}} {
		if seen&must.bit == 0 {
			return invalid("input %q: expected a %s, got none", clipText(in.name), must.name)
		}
	}
	if (in.data != nil) == in.binary {
		return invalid("input %q: expected either data or binary_data_size", clipText(in.name))
	}
	return nil
}

func (in *input) set(name []byte, v value) (err error) {
	if string(name) != "binary_data_size" {
		return nil
	}
	if in.binary {
		return invalid("expected \"binary_data_size\" once")
	}
	in.binary = true
	in.size, err = v.size()
	return err
}

func (d *decoder) shape() error {
	in := &d.r.input
	return d.array(func(i int) error {
		if i == maxRank {
			return d.fail("shape: expected at most %d dimensions", maxRank)
		}
		n, err := d.integer()
		if err != nil {
			return err
		}
		in.shape = append(in.shape, n)
		return nil
	})
}

func (d *decoder) outputs() error {
	n := 0
	return d.array(func(int) error {
		if n++; n > 1 {
			return d.fail("outputs: expected at most one, got more")
		}
		return d.output()
	})
}

func (d *decoder) output() error {
	const name, parameters = 1, 2
	var seen uint8
	out := &d.r.output
	out.given = true
	err := d.object(func(member []byte) (err error) {
		switch string(member) {
		case "name":
			if err = d.once(&seen, name, "name"); err == nil {
				out.name, err = d.text()
			}
		case "parameters":
			if err = d.once(&seen, parameters, "parameters"); err == nil {
				err = d.parameters(out.set)
			}
		default:
			err = d.skip(maxNesting)
		}
		return err
	})
	if err == nil && seen&name == 0 {
		return invalid("outputs: expected a name, got none")
	}
	return err
}

func (out *requested) set(name []byte, v value) error {
	if string(name) == "classification" {
		return invalid("output %q: parameter \"classification\": expected none, the extension is not here", clipText(out.name))
	}
	if string(name) != "binary_data" {
		return nil
	}
	out.binarySet = true
	return setBool(&out.binary, name, v)
}
