package host_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/host/hosttest"
	"github.com/assay-chain/assay/x/contract/vm"
)

// FuzzHost calls host functions with arbitrary arguments, on arbitrary memory. Each call ends, within its gas, in success or in an
// error of the kinds that are documented; and a query writes nothing.
func FuzzHost(f *testing.F) {
	step := func(function byte, args ...uint32) []byte {
		b := []byte{function}
		for _, a := range args {
			b = binary.LittleEndian.AppendUint32(b, a)
		}
		return b
	}
	f.Add(step(7, at, 3, at, 3), []byte("key"), uint32(100_000), false)
	f.Add(append(step(10), step(3, buffer, 0, 12)...), []byte{}, uint32(1_000), true)
	f.Add(step(9, 0, 0, 0, 0, 64, 1), []byte{}, uint32(100_000), true)
	f.Add(step(23, at, 3, nowhere, 32, 0, 0, 0, 0, 0), []byte("abc"), uint32(100_000), false)
	f.Fuzz(func(t *testing.T, program, memory []byte, gas uint32, query bool) {
		var steps []hosttest.Step
		functions := host.Describe()
		for len(program) > 0 && len(steps) < 32 {
			info := functions[int(program[0])%len(functions)]
			program = program[1:]
			args := make([]uint32, info.Params)
			for i := range args {
				var word [4]byte
				program = program[copy(word[:], program):]
				args[i] = binary.LittleEndian.Uint32(word[:])
			}
			steps = append(steps, hosttest.Do(info.Name, args...))
		}
		d := newDouble()
		d.state["key"] = "value"
		d.sub = host.SubResult{Output: []byte("out"), GasUsed: 1_000}
		call := defaultCall
		call.Gas = uint64(gas % 10_000_000)
		if query {
			call.Entry, call.ReadOnly = host.EntryQuery, true
		}
		m := compiled(t, map[uint32]string{at: string(memory[:min(len(memory), page-at)])}, steps...)
		r, err := host.Run(m, d, call)
		var trap *vm.Trap
		var abort *host.AbortError
		require.True(t, err == nil || errors.As(err, &trap) || errors.As(err, &abort), "%v", err)
		require.LessOrEqual(t, r.GasUsed, call.Gas)
		require.NotErrorIs(t, err, vm.TrapInternal)
		if query {
			require.Equal(t, map[string]string{"key": "value"}, d.state)
			require.Empty(t, d.events)
			require.Empty(t, d.sent)
		}
	})
}
