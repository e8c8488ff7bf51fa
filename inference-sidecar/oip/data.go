package oip

import (
	"bytes"
	"math"
)

// decodeData reads the elements of a tensor from a JSON array, flat or nested as the shape is, into dst, which has one
// byte for each.
func decodeData(b []byte, t Tensor, dst []byte) error {
	d := dataDecoder{scanner: scanner{b: b}, dst: dst, low: 0, high: math.MaxUint8}
	if t.Datatype == Int8 {
		d.low, d.high = math.MinInt8, math.MaxInt8
	}
	flat := []int64{int64(len(dst))}
	shape := t.Shape
	if !isNested(b) {
		shape = flat
	}
	if err := d.level(shape); err != nil {
		return err
	}
	return d.end()
}

// isNested says whether the first element of an array is one.
func isNested(b []byte) bool {
	s := scanner{b: b}
	if s.expect('[') != nil {
		return false
	}
	return s.next() == '['
}

type dataDecoder struct {
	scanner
	dst       []byte
	n         int // elements read
	low, high int
}

// level reads an array of shape[0] elements, each of the rest of the shape.
func (d *dataDecoder) level(shape []int64) error {
	if len(shape) == 1 {
		return d.numbers(int(shape[0]))
	}
	count := int64(0)
	err := d.array(func(i int) error {
		if count++; count > shape[0] {
			return d.fail("data: expected %d arrays, got more", shape[0])
		}
		return d.level(shape[1:])
	})
	if err == nil && count < shape[0] {
		return d.fail("data: expected %d arrays, got %d", shape[0], count)
	}
	return err
}

// numbers reads an array of n elements.
func (d *dataDecoder) numbers(n int) error {
	if err := d.expect('['); err != nil {
		return err
	}
	first := true
	for i := 0; ; i++ {
		ok, err := d.more(&first, ']')
		switch {
		case err != nil:
			return err
		case !ok && i < n:
			return d.fail("data: expected %d elements, got %d", n, i)
		case !ok:
			return nil
		case i == n:
			return d.fail("data: expected %d elements, got more", n)
		}
		if d.dst[d.n], err = d.element(); err != nil {
			return err
		}
		d.n++
	}
}

// element reads one element. A byte holds a negative one as its two's complement.
func (d *dataDecoder) element() (byte, error) {
	d.next()
	i, v := d.at, 0
	negative := i < len(d.b) && d.b[i] == '-'
	if negative {
		i++
	}
	first := i
	for ; i < len(d.b) && i < first+3 && '0' <= d.b[i] && d.b[i] <= '9'; i++ {
		v = v*10 + int(d.b[i]-'0')
	}
	padded := i > first+1 && d.b[first] == '0'
	whole := i > first && !padded && (i == len(d.b) || !isNumberByte(d.b[i]))
	if negative {
		v = -v
	}
	if !whole || v < d.low || v > d.high {
		return 0, d.fail("data: element %d: expected a whole number of %d to %d, got %q", d.n, d.low, d.high, d.word())
	}
	d.at = i
	return byte(v), nil
}

// isNumberByte says whether a number goes on with c.
func isNumberByte(c byte) bool {
	return '0' <= c && c <= '9' || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-'
}

// word returns what stands in an element's place, for errors.
func (d *dataDecoder) word() []byte {
	rest := clip(d.b[d.at:], 24)
	if i := bytes.IndexAny(rest, ",] \n\t\r"); i > 0 {
		rest = rest[:i]
	}
	return rest
}
