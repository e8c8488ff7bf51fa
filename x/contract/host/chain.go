package host

import (
	"fmt"

	"github.com/assay-chain/assay/x/contract/values"
	"github.com/assay-chain/assay/x/contract/vm"
)

// writes refuses what a query may not do.
func (c *call) writes() error {
	if c.call.ReadOnly {
		return ErrReadOnly
	}
	return nil
}

func balance(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	denom, err := readText(in, "denomination", args[0], args[1], MaxNameBytes)
	if err != nil {
		return 0, err
	}
	amount, err := c.env.Balance(denom)
	if err != nil {
		return 0, err
	}
	return c.give(values.Encode(values.N(amount))), nil
}

func transfer(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	if err := c.writes(); err != nil {
		return 0, err
	}
	to, err := readText(in, "recipient", args[0], args[1], MaxNameBytes)
	if err != nil {
		return 0, err
	}
	denom, err := readText(in, "denomination", args[2], args[3], MaxNameBytes)
	if err != nil {
		return 0, err
	}
	return c.env.Transfer(to, denom, wide(args[4], args[5]))
}

func emit(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	ptr, n, attributes, m := args[0], args[1], args[2], args[3]
	if err := announced.charge(in, uint64(n)+uint64(m)); err != nil {
		return 0, err
	}
	if err := c.writes(); err != nil {
		return 0, err
	}
	if c.events == MaxEvents {
		return 0, fmt.Errorf("events of a call: expected at most %d: %w", MaxEvents, ErrLimit)
	}
	if uint64(n)+uint64(m) > MaxEventBytes {
		return 0, fmt.Errorf("event: expected at most %d bytes, got %d: %w", MaxEventBytes, uint64(n)+uint64(m), ErrLimit)
	}
	kind, err := readText(in, "type", ptr, n, MaxEventTypeBytes)
	if err != nil {
		return 0, err
	}
	if kind == "" {
		return 0, fmt.Errorf("type: empty: %w", ErrArgument)
	}
	encoded, err := in.Read(attributes, m)
	if err != nil {
		return 0, err
	}
	list, err := decodeAttributes(encoded)
	if err != nil {
		return 0, err
	}
	c.events++
	return 0, c.env.Emit(Event{Type: kind, Attributes: list})
}

// decodeAttributes reads texts in pairs: key and value.
func decodeAttributes(encoded []byte) ([]Attribute, error) {
	list, err := values.Decode(encoded)
	if err != nil {
		return nil, fmt.Errorf("attributes: %w", err)
	}
	if len(list)%2 != 0 {
		return nil, fmt.Errorf("attributes: expected keys and values, got %d values: %w", len(list), ErrArgument)
	}
	if len(list) > 2*MaxAttributes {
		return nil, fmt.Errorf("attributes: expected at most %d, got %d: %w", MaxAttributes, len(list)/2, ErrLimit)
	}
	out := make([]Attribute, 0, len(list)/2)
	for i, v := range list {
		switch {
		case v.Kind != values.Text:
			return nil, fmt.Errorf("attributes: value %d: expected a text, got %s: %w", i, v.Kind, ErrArgument)
		case i%2 == 1:
			out[i/2].Value = v.Text
		case v.Text == "":
			return nil, fmt.Errorf("attributes: value %d: empty key: %w", i, ErrArgument)
		default:
			out = append(out, Attribute{Key: v.Text})
		}
	}
	return out, nil
}

// readNamed reads records that have a key.
func readNamed(kind RecordKind) func(*call, *vm.Instance, []uint32) (uint32, error) {
	return func(c *call, in *vm.Instance, args []uint32) (uint32, error) {
		key, err := readText(in, "key", args[0], args[1], MaxNameBytes)
		if err != nil {
			return 0, err
		}
		return c.record(in, kind, key, 0)
	}
}

// readNumbered reads records that have an id.
func readNumbered(kind RecordKind) func(*call, *vm.Instance, []uint32) (uint32, error) {
	return func(c *call, in *vm.Instance, args []uint32) (uint32, error) {
		return c.record(in, kind, "", wide(args[0], args[1]))
	}
}

func (c *call) record(in *vm.Instance, kind RecordKind, key string, id uint64) (uint32, error) {
	record, ok, err := c.env.Record(kind, key, id)
	if err != nil {
		return 0, err
	}
	if !ok {
		return c.giveNone(), nil
	}
	if err := readRecord.charge(in, uint64(len(record))); err != nil {
		return 0, err
	}
	return c.give(record), nil
}

func callContract(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	if err := c.writes(); err != nil {
		return 0, err
	}
	sub, err := readSubCall(in, args[0], args[1], args[2], args[3])
	if err != nil {
		return 0, err
	}
	if sub.Denom, err = readText(in, "denomination", args[4], args[5], MaxNameBytes); err != nil {
		return 0, err
	}
	sub.Amount = wide(args[6], args[7])
	return c.sub(in, sub, args[8])
}

func queryContract(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	sub, err := readSubCall(in, args[0], args[1], args[2], args[3])
	if err != nil {
		return 0, err
	}
	sub.Query = true
	return c.sub(in, sub, args[4])
}

func readSubCall(in *vm.Instance, to, n, message, m uint32) (SubCall, error) {
	address, err := readText(in, "contract", to, n, MaxNameBytes)
	if err != nil {
		return SubCall{}, err
	}
	b, err := readAtMost(in, "message", message, m, MaxMessageBytes)
	if err != nil {
		return SubCall{}, err
	}
	return SubCall{To: address, Message: append([]byte{}, b...)}, nil
}

// sub runs another contract with gas of this call's: so much, or all that is left where that is less or gas is 0.
func (c *call) sub(in *vm.Instance, sub SubCall, gas uint32) (uint32, error) {
	sub.Gas = in.GasLeft()
	if gas != 0 {
		sub.Gas = min(sub.Gas, uint64(gas))
	}
	result, err := c.env.Call(sub)
	if err != nil {
		return 0, err
	}
	if err := in.Charge(min(result.GasUsed, sub.Gas)); err != nil {
		return 0, err
	}
	c.give(result.Output)
	return result.Code, nil
}
