package oip

import (
	"math"
	"time"
)

// value is a parameter as the caller gave it.
type value struct {
	kind   valueKind
	text   []byte
	number int64 // of an integer; 1 of true
}

type valueKind uint8

const (
	valueOther valueKind = iota // a fraction, null, or more than 64 bits
	valueText
	valueInteger
	valueBool
)

func (k valueKind) String() string {
	return [...]string{"something else", "a text", "a whole number", "true or false"}[k]
}

// parameters are those of a request that mean something here. Others are skipped, as the protocol has it.
type parameters struct {
	batch        bool
	prove        bool
	receipt      bool
	binaryOutput bool
	timeout      time.Duration
	stream       string
}

// set takes one parameter of a request.
func (p *parameters) set(name []byte, v value) error {
	switch string(name) {
	case "priority":
		return p.setPriority(v)
	case "timeout":
		return p.setTimeout(v)
	case "stream":
		return p.setStream(v)
	case "assay_prove":
		return setBool(&p.prove, name, v)
	case "assay_receipt":
		return setBool(&p.receipt, name, v)
	case "binary_data_output":
		return setBool(&p.binaryOutput, name, v)
	}
	return nil
}

func setBool(to *bool, name []byte, v value) error {
	if v.kind != valueBool {
		return invalid("parameter %q: expected true or false, got %s", name, v.kind)
	}
	*to = v.number == 1
	return nil
}

// setPriority takes Triton's numbers, of which a lower one goes first and 0 is the default, or a word.
func (p *parameters) setPriority(v value) error {
	switch {
	case v.kind == valueInteger && v.number >= 0:
		p.batch = v.number > 1
	case v.kind == valueText && string(v.text) == "interactive":
		p.batch = false
	case v.kind == valueText && string(v.text) == "batch":
		p.batch = true
	default:
		return invalid(`parameter "priority": expected 0, 1 or more, "interactive" or "batch", got %s`, v.describe())
	}
	return nil
}

func (p *parameters) setTimeout(v value) error {
	if v.kind != valueInteger || v.number < 0 || v.number > int64(maxTimeout/time.Microsecond) {
		return invalid("parameter \"timeout\": expected 0 to %d microseconds, got %s", maxTimeout/time.Microsecond, v.describe())
	}
	p.timeout = time.Duration(v.number) * time.Microsecond
	return nil
}

func (p *parameters) setStream(v value) error {
	if v.kind != valueText || len(v.text) > maxName {
		return invalid("parameter \"stream\": expected a text of at most %d bytes, got %s", maxName, v.describe())
	}
	p.stream = string(v.text)
	return nil
}

// size reads binary_data_size.
func (v value) size() (int64, error) {
	if v.kind != valueInteger || v.number < 0 || v.number > math.MaxInt32 {
		return 0, invalid("parameter \"binary_data_size\": expected 0 to %d, got %s", math.MaxInt32, v.describe())
	}
	return v.number, nil
}

func (v value) describe() string {
	switch v.kind {
	case valueText:
		return quote(clip(v.text, 32))
	case valueInteger:
		return decimal(v.number)
	}
	return v.kind.String()
}
