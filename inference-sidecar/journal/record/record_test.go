package record

import (
	"bytes"
	"errors"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	var w Writer
	w.Byte(7)
	w.Bool(true)
	w.Uint32(1 << 30)
	w.Uint64(1 << 60)
	w.String("name")
	w.Bytes([]byte{1, 2})
	w.Fixed([]byte{3})
	r := NewReader(w.Data)
	if r.Byte("b") != 7 || !r.Bool("f") || r.Uint32("n") != 1<<30 || r.Uint64("m") != 1<<60 ||
		r.String("s", 1, 4) != "name" || !bytes.Equal(r.Bytes("d", 0, 2), []byte{1, 2}) || !bytes.Equal(r.Rest(), []byte{3}) {
		t.Fatal("fields differ")
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
}

func TestReaderRefuses(t *testing.T) {
	for name, read := range map[string]func(r *Reader){
		"failure: too short":       func(r *Reader) { r.Fixed("x", 9) },
		"failure: trailing bytes":  func(r *Reader) { r.Byte("x") },
		"failure: not a bool":      func(r *Reader) { r.Bool("x"); r.Rest() },
		"failure: length too long": func(r *Reader) { r.Bytes("x", 0, 4); r.Rest() },
		"failure: length too few":  func(r *Reader) { r.Uint32("x"); r.Bytes("y", 3, 9); r.Rest() },
		"failure: the first fault": func(r *Reader) { r.Fail("made up"); r.Byte("x") },
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader([]byte{2, 0, 0, 0, 0, 0, 0, 2})
			read(r)
			if err := r.End(); !errors.Is(err, ErrMalformed) {
				t.Fatalf("expected %v, got %v", ErrMalformed, err)
			}
		})
	}
}
