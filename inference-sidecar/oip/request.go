package oip

import (
	"fmt"
	"slices"
	"strconv"
)

// request is an inference request as JSON gave it. Texts and data are parts of the body that it was read from.
type request struct {
	id         []byte
	parameters parameters
	input      input
	output     requested
}

// input is the tensor that a caller sends.
type input struct {
	name     []byte
	datatype []byte
	shape    []int64 // reused
	data     []byte  // a JSON array; nil: none
	size     int64   // of binary data, as claimed
	binary   bool    // size was given
}

// requested is the output that a caller asks for by name.
type requested struct {
	given     bool
	name      []byte
	binary    bool
	binarySet bool
}

// reset forgets a request and keeps its memory.
func (r *request) reset() { *r = request{input: input{shape: r.input.shape[:0]}} }

// binaryOutput says whether the output goes as binary data: what is said of the output wins over what is said of all.
func (r *request) binaryOutput() bool {
	if r.output.binarySet {
		return r.output.binary
	}
	return r.parameters.binaryOutput
}

// text is a name as each protocol brings it.
type text interface{ ~string | ~[]byte }

// checkInput compares what a caller says of its tensor with what the model takes.
func checkInput[T text](name, datatype T, shape []int64, want Tensor) error {
	if string(name) != want.Name {
		return invalid("input %q: expected %q, the model's input", clipText(name), want.Name)
	}
	if string(datatype) != want.Datatype {
		return invalid("input %q: datatype: expected %s, got %q", want.Name, want.Datatype, clipText(datatype))
	}
	if !slices.Equal(shape, want.Shape) {
		return invalid("input %q: shape: expected %v, got %v", want.Name, want.Shape, shape[:min(len(shape), maxRank)])
	}
	return nil
}

// checkOutput compares the name of a requested output with the model's.
func checkOutput[T text](name T, have Tensor) error {
	if string(name) != have.Name {
		return invalid("output %q: expected %q, the model's output", clipText(name), have.Name)
	}
	return nil
}

func clipText[T text](t T) string { return string(t[:min(len(t), 64)]) }

// checkLent holds the backend to what it says of its own memory.
func checkLent(what string, b []byte, t Tensor) error {
	if len(b) != t.Size {
		return fmt.Errorf("%s %q: expected %d bytes of the backend, got %d", what, t.Name, t.Size, len(b))
	}
	return nil
}

func quote(b []byte) string { return strconv.Quote(string(b)) }

func decimal(v int64) string { return strconv.FormatInt(v, 10) }
