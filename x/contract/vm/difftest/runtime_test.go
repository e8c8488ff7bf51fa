package difftest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
)

// instance is a module that runs, in either implementation.
type instance interface {
	// call runs an export. kind is "" or why it trapped, in words that both implementations share.
	call(export string, args ...uint32) (value uint32, kind string)
	memory() []byte
	close()
}

// runtime makes instances. kind says why there is none, if there is none.
type runtime interface {
	instantiate(code []byte, host *hostState) (in instance, kind string)
}

// Kinds of traps that have no text in the official tests, or less than one each.
const (
	kindTable = "invalid table access" // wazero does not tell undefined elements from uninitialized ones
	kindHost  = "host function"
)

// hostState is what the host functions of one instance keep. They are the same code for both implementations.
type hostState struct {
	log   []string
	ticks uint32
	write func(ptr, value uint32) error
}

var errPoke = errors.New("poke out of bounds")

// call is a host function, by its index of hostTypes.
func (h *hostState) call(index int, args []uint32) (uint32, error) {
	h.ticks++
	var value uint32
	var err error
	switch hostTypes[index].name {
	case "mix":
		value = (args[0]*31 + args[1]) ^ h.ticks
	case "tick":
		value = h.ticks
	case "poke":
		err = h.write(args[0]&0x1ffff, args[1])
	}
	h.log = append(h.log, fmt.Sprintf("%s%v = %d %v", hostTypes[index].name, args, value, err))
	return value, err
}

// callsPerExport is how often each export runs, in turn, on one instance.
const callsPerExport = 3

// transcript runs a program and writes down everything that can be seen of it. Arguments come out of the seed.
func transcript(r runtime, p program, seed uint64, each func(in instance)) []string {
	host := &hostState{}
	in, kind := r.instantiate(p.code, host)
	if kind != "" {
		return []string{"no instance: " + kind}
	}
	defer in.close()
	choices := &source{stream(seed, 4096)}
	lines := observe(in, p, host, []string{"instance"})
	for range callsPerExport {
		for _, e := range p.exports {
			_, _ = in.call("refuel", uint32(1+choices.below(256)))
			args := make([]uint32, e.params)
			for i := range args {
				args[i] = choices.number()
			}
			value, kind := in.call(e.name, args...)
			lines = append(lines, fmt.Sprintf("%s%v = %d %s", e.name, args, value, kind))
			if each != nil {
				each(in)
			}
			lines = observe(in, p, host, lines)
		}
	}
	return lines
}

// observe writes down globals, memory and what the host functions saw.
func observe(in instance, p program, host *hostState, lines []string) []string {
	for _, g := range p.getters {
		value, kind := in.call(g)
		lines = append(lines, fmt.Sprintf("%s = %d %s", g, value, kind))
	}
	lines = append(lines, host.log...)
	host.log = nil
	memory := in.memory()
	return append(lines, fmt.Sprintf("memory of %d bytes, sha256 %x", len(memory), sha256.Sum256(memory)))
}

// firstDifference is where two transcripts part.
func firstDifference(a, b []string) string {
	if slices.Equal(a, b) {
		return ""
	}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: %q, %q", i, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, %d lines", len(a), len(b))
}
