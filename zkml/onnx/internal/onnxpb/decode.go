package onnxpb

import "fmt"

// decoder reads one message into a value.
type decoder[T any] func([]byte) (T, error)

// list appends the message in f, decoded, to into.
func list[T any](f field, into *[]T, limit int, decode decoder[T]) error {
	b, err := f.message()
	if err != nil {
		return err
	}
	v, err := decode(b)
	if err != nil {
		return err
	}
	return grow(into, v, limit)
}

// Decode reads a ModelProto. Its byte slices alias data.
func Decode(data []byte) (*Model, error) {
	m := &Model{}
	err := walk("model", data, func(f field) error {
		switch f.num {
		case 1:
			return f.int64(&m.IRVersion)
		case 2:
			return f.name(&m.Producer)
		case 7:
			return m.graph(f)
		case 8:
			return list(f, &m.Opsets, MaxOpsets, decodeOpset)
		case 25:
			m.Functions++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Model) graph(f field) error {
	if m.Graph != nil {
		return fmt.Errorf("%w: expected one graph, got two", ErrMalformed)
	}
	b, err := f.message()
	if err != nil {
		return err
	}
	m.Graph, err = decodeGraph(b)
	return err
}

func decodeOpset(b []byte) (o Opset, err error) {
	err = walk("opset", b, func(f field) error {
		switch f.num {
		case 1:
			return f.name(&o.Domain)
		case 2:
			return f.int64(&o.Version)
		}
		return nil
	})
	return o, err
}

func decodeGraph(b []byte) (*Graph, error) {
	g := &Graph{}
	err := walk("graph", b, func(f field) error {
		switch f.num {
		case 1:
			return list(f, &g.Nodes, MaxNodes, decodeNode)
		case 2:
			return f.name(&g.Name)
		case 5:
			return list(f, &g.Initializers, MaxTensors, DecodeTensor)
		case 11:
			return list(f, &g.Inputs, MaxTensors, decodeValueInfo)
		case 12:
			return list(f, &g.Outputs, MaxTensors, decodeValueInfo)
		case 13:
			return list(f, &g.Values, MaxTensors, decodeValueInfo)
		case 14:
			return list(f, &g.Annotations, MaxTensors, decodeAnnotation)
		case 15:
			g.Sparse++
		}
		return nil
	})
	return g, err
}

func decodeNode(b []byte) (n Node, err error) {
	err = walk("node", b, func(f field) error {
		switch f.num {
		case 1:
			return appendName(f, &n.Inputs)
		case 2:
			return appendName(f, &n.Outputs)
		case 3:
			return f.name(&n.Name)
		case 4:
			return f.name(&n.Op)
		case 5:
			return list(f, &n.Attributes, MaxPerNode, decodeAttribute)
		case 7:
			return f.name(&n.Domain)
		}
		return nil
	})
	return n, err
}

func appendName(f field, into *[]string) error {
	var s string
	if err := f.name(&s); err != nil {
		return err
	}
	return grow(into, s, MaxPerNode)
}

func decodeAttribute(b []byte) (a Attribute, err error) {
	var graphs, refs int
	err = walk("attribute", b, func(f field) error {
		switch f.num {
		case 1:
			return f.name(&a.Name)
		case 2:
			return f.float(&a.Float)
		case 3:
			return f.int64(&a.Int)
		case 4:
			a.String, err = f.message()
			return err
		case 5:
			b, err := f.message()
			if err != nil {
				return err
			}
			t, err := DecodeTensor(b)
			a.Tensor = &t
			return err
		case 6, 11:
			graphs++
		case 8:
			return varints(f, &a.Ints, MaxPerNode)
		case 20:
			return f.int32(&a.Type)
		case 21:
			refs++
		}
		return nil
	})
	if err == nil && refs > 0 {
		err = fmt.Errorf("%w: attribute %q refers to a function's attribute", ErrMalformed, a.Name)
	}
	if graphs > 0 {
		a.Type = AttrGraph
	}
	return a, err
}

// DecodeTensor reads a TensorProto. Its byte slices alias b.
func DecodeTensor(b []byte) (t Tensor, err error) {
	err = walk("tensor", b, func(f field) error {
		switch f.num {
		case 1:
			return varints(f, &t.Dims, MaxRank)
		case 2:
			return f.int32(&t.Type)
		case 4:
			return floats(f, &t.Floats, MaxElements)
		case 5:
			return varints(f, &t.Int32s, MaxElements)
		case 7:
			return varints(f, &t.Int64s, MaxElements)
		case 8:
			return f.name(&t.Name)
		case 9:
			t.Raw, err = f.message()
			return err
		case 13:
			t.External = true
		case 14:
			t.External = t.External || f.bits != 0
		}
		return nil
	})
	return t, err
}

func decodeValueInfo(b []byte) (v ValueInfo, err error) {
	err = walk("value info", b, func(f field) error {
		switch f.num {
		case 1:
			return f.name(&v.Name)
		case 2:
			b, err := f.message()
			if err != nil {
				return err
			}
			return walk("type", b, v.tensorType)
		}
		return nil
	})
	return v, err
}

// tensorType reads field f of a TypeProto; only tensors have a type here.
func (v *ValueInfo) tensorType(f field) error {
	if f.num != 1 {
		return nil
	}
	b, err := f.message()
	if err != nil {
		return err
	}
	return walk("tensor type", b, func(f field) error {
		switch f.num {
		case 1:
			return f.int32(&v.Type)
		case 2:
			b, err := f.message()
			if err != nil {
				return err
			}
			v.HasShape = true
			return walk("shape", b, v.dim)
		}
		return nil
	})
}

// dim reads field f of a TensorShapeProto.
func (v *ValueInfo) dim(f field) error {
	if f.num != 1 {
		return nil
	}
	return list(f, &v.Shape, MaxRank, func(b []byte) (d Dim, err error) {
		err = walk("dimension", b, func(f field) error {
			switch f.num {
			case 1:
				d.HasValue = true
				return f.int64(&d.Value)
			case 2:
				return f.name(&d.Param)
			}
			return nil
		})
		return d, err
	})
}

func decodeAnnotation(b []byte) (a Annotation, err error) {
	err = walk("annotation", b, func(f field) error {
		switch f.num {
		case 1:
			return f.name(&a.Tensor)
		case 2:
			return a.parameter(f)
		}
		return nil
	})
	return a, err
}

// parameter reads one key and value of an annotation.
func (a *Annotation) parameter(f field) error {
	b, err := f.message()
	if err != nil {
		return err
	}
	var key, value string
	err = walk("parameter", b, func(f field) error {
		switch f.num {
		case 1:
			return f.name(&key)
		case 2:
			return f.name(&value)
		}
		return nil
	})
	switch key {
	case scaleKey:
		a.Scale = value
	case zeroKey:
		a.Zero = value
	}
	return err
}
