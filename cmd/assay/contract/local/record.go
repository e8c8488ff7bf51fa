package local

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/values"
)

// ErrRecord is for a record that has not got the form of its kind.
var ErrRecord = errors.New("invalid record")

// field is one value of a record, in the order that contracts read them.
type field struct {
	name string
	kind values.Kind
}

// The fields of each kind, as docs/host-functions.md lists them. The first is the key, but for a device, whose address is.
var schemas = map[host.RecordKind][]field{
	host.Model: {{"publisher", values.Text}, {"model", values.Text}, {"owner", values.Text}, {"created_height", values.Number}},
	host.Version: {
		{"id", values.Text},
		{"publisher", values.Text},
		{"model", values.Text},
		{"number", values.Text},
		{"yanked", values.Number},
		{"circuit", values.Bytes},
		{"verifying_key", values.Bytes},
		{"published_height", values.Number},
		{"source", values.Text},
	},
	host.Attestation: {
		{"id", values.Number},
		{"device", values.Text},
		{"fleet", values.Number},
		{"suspect", values.Number},
		{"version", values.Text},
		{"nonce", values.Bytes},
		{"input_digest", values.Bytes},
		{"output", values.Bytes},
		{"output_sha256", values.Bytes},
		{"output_size", values.Number},
		{"height", values.Number},
		{"time", values.Number},
		{"device_id", values.Number},
	},
	host.Device: {
		{"id", values.Number}, {"fleet", values.Number}, {"address", values.Text}, {"standing", values.Text}, {"confirmed", values.Number},
	},
	host.Rollout: {
		{"id", values.Number},
		{"owner", values.Text},
		{"version", values.Text},
		{"replaces", values.Text},
		{"phase", values.Text},
		{"step", values.Number},
		{"steps", values.Number},
		{"generation", values.Number},
		{"started_height", values.Number},
		{"step_height", values.Number},
		{"attestations", values.Number},
		{"ready", values.Number},
		{"serving", values.Number},
		{"failures", values.Number},
		{"zones_accepted", values.Number},
	},
}

// labels is the field of a device that has any number of values: texts key=value.
const labels = "label"

// Record is a record of another module, by the names of its fields. The values are written as arguments are: see values.Parse.
type Record map[string][]string

// Kinds are the kinds of records, by the names that files give them.
var Kinds = []host.RecordKind{host.Model, host.Version, host.Attestation, host.Device, host.Rollout}

// ParseKind is the inverse of the kind's String.
func ParseKind(name string) (host.RecordKind, error) {
	for _, k := range Kinds {
		if k.String() == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("record %q: expected model, version, attestation, device or rollout: %w", name, ErrRecord)
}

// recordKey is what a record is found by.
type recordKey struct {
	kind host.RecordKind
	key  string // of attestations and rollouts: the id, in decimal
}

// SetRecord puts a record in the place of the one that has its key. What is not given is 0 or empty, but for what follows
// from the rest: the height and time are the block's, an attestation's hash and size are those of its output. Errors: ErrRecord.
func (c *Chain) SetRecord(kind host.RecordKind, r Record) error {
	fields := schemas[kind]
	for name := range r {
		known := slices.ContainsFunc(fields, func(f field) bool { return f.name == name })
		if !known && (kind != host.Device || name != labels) {
			return fmt.Errorf("%s: no field %q: expected one of %v: %w", kind, name, fieldNames(fields), ErrRecord)
		}
	}
	list := make([]values.Value, len(fields))
	byName := map[string]*values.Value{}
	for i, f := range fields {
		v, err := c.fieldValue(f, r[f.name])
		if err != nil {
			return fmt.Errorf("%s: %s: %w", kind, f.name, err)
		}
		list[i], byName[f.name] = v, &list[i]
	}
	for _, l := range r[labels] {
		list = append(list, values.T(l))
	}
	if kind == host.Attestation {
		deriveOutput(r, byName)
	}
	key := keyOf(kind, byName)
	if key.key == "" || key.key == "0" {
		return fmt.Errorf("%s: expected %q: %w", kind, keyField(kind), ErrRecord)
	}
	if err := values.Check(list...); err != nil {
		return fmt.Errorf("%s %s: %w", kind, key.key, err)
	}
	c.records[key] = list
	return nil
}

// deriveOutput fills in what an output says by itself, also an empty one.
func deriveOutput(r Record, f map[string]*values.Value) {
	output := f["output"].Bytes
	if len(r["output_sha256"]) == 0 {
		sum := sha256.Sum256(output)
		f["output_sha256"].Bytes = sum[:]
	}
	if len(r["output_size"]) == 0 {
		f["output_size"].Number = uint64(len(output))
	}
}

// fieldValue reads one field, or what it is without a word.
func (c *Chain) fieldValue(f field, words []string) (values.Value, error) {
	if len(words) == 0 {
		return c.missing(f), nil
	}
	if len(words) > 1 {
		return values.Value{}, fmt.Errorf("expected one value, got %d: %w", len(words), ErrRecord)
	}
	if f.kind == values.Text {
		return values.T(c.Expand(words[0])), nil
	}
	list, err := values.Parse(words)
	if err != nil {
		return values.Value{}, err
	}
	if list[0].Kind != f.kind {
		return values.Value{}, fmt.Errorf("%q: expected %s, got %s: %w", words[0], f.kind, list[0].Kind, ErrRecord)
	}
	return list[0], nil
}

func (c *Chain) missing(f field) values.Value {
	switch f.name {
	case "height", "created_height", "published_height", "started_height", "step_height":
		return values.N(c.Height)
	case "time":
		return values.N(uint64(max(c.Time.Unix(), 0)))
	case "standing":
		return values.T("active")
	case "phase":
		return values.T("canary")
	}
	return values.Value{Kind: f.kind}
}

func keyField(kind host.RecordKind) string {
	switch kind {
	case host.Model:
		return "model"
	case host.Device:
		return "address"
	}
	return "id"
}

func keyOf(kind host.RecordKind, f map[string]*values.Value) recordKey {
	v := f[keyField(kind)]
	if v.Kind == values.Number {
		return recordKey{kind, strconv.FormatUint(v.Number, 10)}
	}
	return recordKey{kind, v.Text}
}

func fieldNames(fields []field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// FieldsOf lists the fields of a kind, each with the kind of its value, in the order that contracts read them.
func FieldsOf(kind host.RecordKind) []string {
	var out []string
	for _, f := range schemas[kind] {
		out = append(out, f.kind.String()+" "+f.name)
	}
	return out
}

// RecordMessage is a record as the message of a hook. Errors: ErrRecord.
func (c *Chain) RecordMessage(kind host.RecordKind, id uint64) ([]byte, error) {
	list, ok := c.records[recordKey{kind, strconv.FormatUint(id, 10)}]
	if !ok {
		return nil, fmt.Errorf("%s %d: not on record: %w", kind, id, ErrRecord)
	}
	return values.Encode(list...), nil
}
