package oip

import (
	"context"
	"time"
)

// Backend answers for models. Its methods are called from many goroutines at once. Errors wrap the sentinels of this
// package; any other is answered as an internal error and logged.
type Backend interface {
	// Live says whether the process can answer at all.
	Live() bool
	// Ready says whether every model can be asked.
	Ready() bool
	// ModelReady is nil where the model is served; version "" is whichever is served.
	ModelReady(model, version string) error
	// ModelMetadata describes a model; version "" is whichever is served. The server does not change what it returns.
	ModelMetadata(model, version string) (ModelMetadata, error)
	// Begin chooses the version that answers t and lends memory for the request. The caller ends the call, always.
	// What is in t belongs to the call and may be kept.
	Begin(ctx context.Context, t Target) (Call, error)
}

// Receipts is what a Backend also has where it keeps receipts.
type Receipts interface {
	// Receipt returns the receipt with an id, as in Receipt.ID. ErrNotFound where there is none, or no longer.
	Receipt(ctx context.Context, id string) (Receipt, error)
}

// Target says what a request asks for.
type Target struct {
	Model   string
	Version string        // semver; "" = whichever is served
	ID      string        // of the request, given back in the response; may be ""
	Key     string        // of the caller, which routing hashes; the request's id where none is given
	Stream  string        // a newer request of the same stream replaces one that still waits; "" = none
	Canary  *bool         // explicit choice of the candidate, or against it; nil = none
	Batch   bool          // gives way to interactive requests
	Timeout time.Duration // from now on; 0 = none given
	Prove   bool          // the result is to be proved
	Receipt bool          // the receipt is to be in the response
}

// Call is one request under way. Its methods are called from one goroutine, in order: Input, Output and In, then Run,
// then Out, then End.
type Call interface {
	Input() Tensor
	Output() Tensor
	// In is the memory for the input, exactly Input().Size bytes, valid until Run returns.
	In() []byte
	// Run answers. ctx ends when the caller goes away.
	Run(ctx context.Context) (Result, error)
	// Out is the output, exactly Output().Size bytes, valid from Run to End.
	Out() []byte
	// End gives everything back. It is called once, whatever happened before.
	End()
}

// Datatypes of the protocol that models here have.
const (
	Int8  = "INT8"
	Uint8 = "UINT8"
)

// Tensor describes an input or output.
type Tensor struct {
	Name     string
	Datatype string  // Int8 or Uint8
	Shape    []int64 // each at least 1
	Size     int     // bytes, the product of Shape
}

// ModelMetadata describes a model.
type ModelMetadata struct {
	Name     string
	Versions []string // semver; those that may be asked for by name
	Platform string
	Inputs   []Tensor
	Outputs  []Tensor
}

// Result says what ran.
type Result struct {
	Version    string      // semver
	VersionID  string      // full id, such as channel-0:acme/vibration@1.2.0
	Receipt    *Receipt    // nil where none was asked for or kept
	Parameters []Parameter // further facts for the response, such as the number of the order
}

// Parameter is a name with a value, as in a response. The zero value is an empty text.
type Parameter struct {
	Name   string
	kind   kind
	text   string
	number int64
}

type kind uint8

const (
	kindText kind = iota
	kindInteger
	kindBool
)

// Text returns a parameter whose value is a text.
func Text(name, value string) Parameter { return Parameter{Name: name, kind: kindText, text: value} }

// Integer returns a parameter whose value is a whole number.
func Integer(name string, value int64) Parameter {
	return Parameter{Name: name, kind: kindInteger, number: value}
}

// Bool returns a parameter whose value is true or false.
func Bool(name string, value bool) Parameter {
	p := Parameter{Name: name, kind: kindBool}
	if value {
		p.number = 1
	}
	return p
}

// Receipt is what the device keeps of a result: the fields that a proof of it states, and how far the proof is.
type Receipt struct {
	ID          string // hexadecimal
	ChainID     string
	Device      string // address
	Version     string // full version id
	Nonce       []byte // of the proof's context; nil until one is made
	InputDigest []byte
	Output      []byte
	Time        time.Time // when the result was computed
	State       string    // a word of the backend, such as waiting, proved, submitted, failed
	Attestation uint64    // id of the attestation on chain; 0 until it is known
}
