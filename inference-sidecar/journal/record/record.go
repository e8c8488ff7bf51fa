// Package record is the byte encoding of what the sidecar keeps and sends about results to prove: journal
// entries, jobs for provers and their answers.
//
// A record is a fixed sequence of fields: integers in big endian, byte strings behind a length of four bytes. There
// is one encoding of each value and no optional part, so a decoder that checks every bound and that nothing is
// left over accepts exactly what an encoder wrote. Bytes are not trusted; decoding allocates nothing by what it reads.
package record

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed is returned for bytes that no encoder wrote.
var ErrMalformed = errors.New("malformed record")

// Writer appends fields to Data.
type Writer struct {
	Data []byte
}

// Byte appends one byte.
func (w *Writer) Byte(v byte) { w.Data = append(w.Data, v) }

// Bool appends one byte, 0 or 1.
func (w *Writer) Bool(v bool) {
	if v {
		w.Byte(1)
		return
	}
	w.Byte(0)
}

// Uint32 appends four bytes.
func (w *Writer) Uint32(v uint32) { w.Data = binary.BigEndian.AppendUint32(w.Data, v) }

// Uint64 appends eight bytes.
func (w *Writer) Uint64(v uint64) { w.Data = binary.BigEndian.AppendUint64(w.Data, v) }

// Fixed appends bytes whose number the reader knows.
func (w *Writer) Fixed(b []byte) { w.Data = append(w.Data, b...) }

// Bytes appends a length and the bytes.
func (w *Writer) Bytes(b []byte) {
	w.Uint32(uint32(len(b)))
	w.Fixed(b)
}

// String appends a length and the bytes of s.
func (w *Writer) String(s string) {
	w.Uint32(uint32(len(s)))
	w.Data = append(w.Data, s...)
}

// Reader takes fields off the front of a record. The first fault sticks: later fields are zero, and End returns it.
type Reader struct {
	data []byte
	err  error
}

// NewReader reads data, which it does not copy.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Fail records a fault that the caller found in a field, unless there is one already.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
		r.data = nil
	}
}

// Fixed takes n bytes; nil after a fault. The result aliases the record.
func (r *Reader) Fixed(name string, n int) []byte {
	if r.err == nil && len(r.data) < n {
		r.Fail("%s: expected %d bytes, got %d", name, n, len(r.data))
	}
	if r.err != nil {
		return nil
	}
	out := r.data[:n:n]
	r.data = r.data[n:]
	return out
}

// Byte takes one byte.
func (r *Reader) Byte(name string) byte {
	if b := r.Fixed(name, 1); b != nil {
		return b[0]
	}
	return 0
}

// Bool takes one byte that must be 0 or 1.
func (r *Reader) Bool(name string) bool {
	v := r.Byte(name)
	if v > 1 {
		r.Fail("%s: expected 0 or 1, got %d", name, v)
	}
	return v == 1
}

// Uint32 takes four bytes.
func (r *Reader) Uint32(name string) uint32 {
	if b := r.Fixed(name, 4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// Uint64 takes eight bytes.
func (r *Reader) Uint64(name string) uint64 {
	if b := r.Fixed(name, 8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Count takes a number of things that must be between least and most.
func (r *Reader) Count(name string, least, most int) int {
	n := r.Uint32(name)
	if r.err == nil && (uint64(n) < uint64(least) || uint64(n) > uint64(most)) {
		r.Fail("%s: expected %d to %d, got %d", name, least, most, n)
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// Bytes takes a byte string of least to most bytes. The result aliases the record.
func (r *Reader) Bytes(name string, least, most int) []byte {
	return r.Fixed(name, r.Count(name+" length", least, most))
}

// String takes a byte string of least to most bytes.
func (r *Reader) String(name string, least, most int) string {
	return string(r.Bytes(name, least, most))
}

// End returns the first fault, or one if bytes are left over.
func (r *Reader) End() error {
	if r.err == nil && len(r.data) > 0 {
		r.Fail("%d trailing bytes", len(r.data))
	}
	return r.err
}

// Rest takes everything that is left.
func (r *Reader) Rest() []byte { return r.Fixed("rest", len(r.data)) }
