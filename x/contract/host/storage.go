package host

import (
	"fmt"

	"github.com/assay-chain/assay/x/contract/values"
	"github.com/assay-chain/assay/x/contract/vm"
)

func storageGet(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	key, n := args[0], args[1]
	if err := read.charge(in, uint64(n)); err != nil {
		return 0, err
	}
	k, err := in.Read(key, n)
	if err != nil {
		return 0, err
	}
	value, ok, err := c.env.Get(k)
	if err != nil {
		return 0, err
	}
	if !ok {
		return c.giveNone(), nil
	}
	if err := read.charge(in, uint64(len(value))); err != nil {
		return 0, err
	}
	return c.give(value), nil
}

func storageSet(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	key, n, value, m := args[0], args[1], args[2], args[3]
	if err := stored.charge(in, uint64(n)+uint64(m)); err != nil {
		return 0, err
	}
	if err := c.writes(); err != nil {
		return 0, err
	}
	k, err := in.Read(key, n)
	if err != nil {
		return 0, err
	}
	v, err := in.Read(value, m)
	if err != nil {
		return 0, err
	}
	return 0, c.env.Set(k, v)
}

func storageDelete(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	if err := c.writes(); err != nil {
		return 0, err
	}
	k, err := in.Read(args[0], args[1])
	if err != nil {
		return 0, err
	}
	return 0, c.env.Delete(k)
}

// storageRange pays for each entry as it is read. It stops short of the limit where the result would pass MaxOutputBytes, but
// not before the first entry.
func storageRange(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	limit := args[4]
	if limit == 0 || limit > MaxRangeEntries {
		return 0, fmt.Errorf("limit: expected 1 to %d, got %d: %w", MaxRangeEntries, limit, ErrLimit)
	}
	start, err := in.Read(args[0], args[1])
	if err != nil {
		return 0, err
	}
	end, err := in.Read(args[2], args[3])
	if err != nil {
		return 0, err
	}
	var out []byte
	entries := uint32(0)
	err = c.env.Range(start, end, args[5] != 0, func(e Entry) (bool, error) {
		if err := in.Charge(gasEntry + readEntries.cost(uint64(len(e.Key)+len(e.Value)))); err != nil {
			return false, err
		}
		longer := values.Append(values.Append(out, values.B(e.Key)), values.B(e.Value))
		if entries > 0 && len(longer) > MaxOutputBytes {
			return false, nil
		}
		out = longer
		entries++
		return entries < limit, nil
	})
	if err != nil {
		return 0, err
	}
	return c.give(out), nil
}
