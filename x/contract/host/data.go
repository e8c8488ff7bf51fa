package host

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/assay-chain/assay/x/contract/values"
	"github.com/assay-chain/assay/x/contract/vm"
)

// none is −1: there is no such thing.
const none = ^uint32(0)

// give makes b the result that result_read reads, and returns its length.
func (c *call) give(b []byte) uint32 {
	c.result = b
	return uint32(len(b))
}

// giveNone leaves nothing to read.
func (c *call) giveNone() uint32 {
	c.result = nil
	return none
}

func inputSize(c *call, _ *vm.Instance, _ []uint32) (uint32, error) {
	return uint32(len(c.call.Message)), nil
}

func inputRead(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	return 0, copyOut(in, c.call.Message, args)
}

// resultSize is for the functions that give a result and return a code.
func resultSize(c *call, _ *vm.Instance, _ []uint32) (uint32, error) {
	return uint32(len(c.result)), nil
}

func resultRead(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	return 0, copyOut(in, c.result, args)
}

// copyOut copies n bytes of a buffer of the host's, from off, to dst.
func copyOut(in *vm.Instance, from []byte, args []uint32) error {
	dst, off, n := args[0], args[1], args[2]
	if err := copied.charge(in, uint64(n)); err != nil {
		return err
	}
	if uint64(off)+uint64(n) > uint64(len(from)) {
		return fmt.Errorf("bytes %d to %d: expected at most %d: %w", off, uint64(off)+uint64(n), len(from), ErrRange)
	}
	return in.Write(dst, from[off:][:n])
}

func output(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	ptr, n := args[0], args[1]
	if err := copied.charge(in, uint64(n)); err != nil {
		return 0, err
	}
	b, err := readAtMost(in, "output", ptr, n, MaxOutputBytes)
	if err != nil {
		return 0, err
	}
	c.output = append([]byte{}, b...)
	return 0, nil
}

func abort(_ *call, in *vm.Instance, args []uint32) (uint32, error) {
	b, err := in.Read(args[0], args[1])
	if err != nil {
		return 0, err
	}
	return 0, &AbortError{Message: abortText(b)}
}

// abortText cuts a message to MaxAbortBytes, at the beginning of a character, and makes it valid.
func abortText(b []byte) string {
	cut := b[:min(len(b), MaxAbortBytes)]
	if len(cut) < len(b) {
		for i := 1; i < utf8.UTFMax && i < len(cut); i++ {
			if last := cut[len(cut)-i:]; utf8.RuneStart(last[0]) {
				if !utf8.FullRune(last) {
					cut = cut[:len(cut)-i]
				}
				break
			}
		}
	}
	return strings.ToValidUTF8(string(cut), "?")
}

func hash(c *call, in *vm.Instance, args []uint32) (uint32, error) {
	ptr, n := args[0], args[1]
	if err := hashed.charge(in, uint64(n)); err != nil {
		return 0, err
	}
	b, err := in.Read(ptr, n)
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(b)
	return c.give(sum[:]), nil
}

func caller(c *call, _ *vm.Instance, _ []uint32) (uint32, error) {
	return c.give([]byte(c.call.Caller)), nil
}

func self(c *call, _ *vm.Instance, _ []uint32) (uint32, error) {
	return c.give([]byte(c.call.Self)), nil
}

func block(c *call, _ *vm.Instance, _ []uint32) (uint32, error) {
	b := c.env.Block()
	return c.give(values.Encode(values.N(b.Height), values.N(b.Seconds), values.N(uint64(b.Nanos)), values.T(b.ChainID))), nil
}

func funds(c *call, _ *vm.Instance, _ []uint32) (uint32, error) {
	list := make([]values.Value, 0, 2*len(c.call.Funds))
	for _, f := range c.call.Funds {
		list = append(list, values.T(f.Denom), values.N(f.Amount))
	}
	return c.give(values.Encode(list...)), nil
}

// readAtMost reads memory whose size has a limit of its own.
func readAtMost(in *vm.Instance, what string, ptr, n, most uint32) ([]byte, error) {
	if n > most {
		return nil, fmt.Errorf("%s: expected at most %d bytes, got %d: %w", what, most, n, ErrLimit)
	}
	return in.Read(ptr, n)
}

// readText is readAtMost for text, which has to be UTF-8.
func readText(in *vm.Instance, what string, ptr, n, most uint32) (string, error) {
	b, err := readAtMost(in, what, ptr, n, most)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", fmt.Errorf("%s: expected UTF-8: %w", what, ErrArgument)
	}
	return string(b), nil
}

// wide puts the halves of a number of 64 bits together.
func wide(lo, hi uint32) uint64 { return uint64(hi)<<32 | uint64(lo) }
