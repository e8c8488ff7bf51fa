package local

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Prefix is what addresses begin with, before the separator.
const Prefix = "assay"

const (
	accountBytes  = 20
	contractBytes = 32
	// maxAddressBytes is the most that the chain takes for an address.
	maxAddressBytes = 255
)

// ErrAddress is for a text that is not an address.
var ErrAddress = errors.New("invalid address")

// AccountAddress is the address of an account that stands for a person or device, by its name.
func AccountAddress(name string) string {
	sum := sha256.Sum256([]byte("account " + name))
	return encodeAddress(sum[:accountBytes])
}

// ContractAddress is the address of the contract of a number, the same as on chain: the hash of the module's name and the
// number (ADR 28 of the SDK).
func ContractAddress(number uint64) string {
	return moduleAddress(binary.BigEndian.AppendUint64([]byte("contract\x00"), number))
}

// ModuleAddress is who calls hooks: the account of the module.
func ModuleAddress() string {
	sum := sha256.Sum256([]byte("contract"))
	return encodeAddress(sum[:accountBytes])
}

func moduleAddress(key []byte) string {
	kind := sha256.Sum256([]byte("module"))
	sum := sha256.Sum256(append(kind[:], key...))
	return encodeAddress(sum[:contractBytes])
}

// charset has the digits of bech32 (BIP 173).
const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

func encodeAddress(b []byte) string { return encodeDigits(regroup(b, 8, 5)) }

// encodeDigits writes groups of 5 bits, with their checksum.
func encodeDigits(digits []byte) string {
	sum := append(expandedPrefix(), digits...)
	polymod := checksum(append(sum, 0, 0, 0, 0, 0, 0)) ^ 1
	for i := range 6 {
		digits = append(digits, byte(polymod>>(5*(5-i)))&31)
	}
	var out strings.Builder
	out.WriteString(Prefix + "1")
	for _, d := range digits {
		out.WriteByte(charset[d])
	}
	return out.String()
}

// CheckAddress says whether a text is an address in its one canonical form. Errors: ErrAddress.
func CheckAddress(text string) error {
	rest, ok := strings.CutPrefix(text, Prefix+"1")
	if !ok || len(rest) < 6 || len(rest) > 6+maxAddressBytes*8/5+1 {
		return fmt.Errorf("address %q: expected %s1…: %w", text, Prefix, ErrAddress)
	}
	digits := make([]byte, len(rest))
	for i := range len(rest) {
		d := strings.IndexByte(charset, rest[i])
		if d < 0 {
			return fmt.Errorf("address %q: character %q is none of bech32: %w", text, rest[i], ErrAddress)
		}
		digits[i] = byte(d)
	}
	if checksum(append(expandedPrefix(), digits...)) != 1 {
		return fmt.Errorf("address %q: wrong checksum: %w", text, ErrAddress)
	}
	b := regroup(digits[:len(digits)-6], 5, 8)
	if len(b) == 0 || encodeAddress(b) != text {
		return fmt.Errorf("address %q: not in its canonical form: %w", text, ErrAddress)
	}
	return nil
}

// regroup spreads bits of groups of from bits over groups of to bits. From wide to narrow it pads with zeros; from narrow to
// wide it leaves out bits that fill no group.
func regroup(in []byte, from, to uint) []byte {
	var out []byte
	var bits, n uint
	for _, b := range in {
		bits, n = bits<<from|uint(b), n+from
		for n >= to {
			n -= to
			out = append(out, byte(bits>>n)&byte(1<<to-1))
		}
		bits &= 1<<n - 1
	}
	if n > 0 && to < from {
		out = append(out, byte(bits<<(to-n)))
	}
	return out
}

func expandedPrefix() []byte {
	var high, low []byte
	for i := range len(Prefix) {
		high, low = append(high, Prefix[i]>>5), append(low, Prefix[i]&31)
	}
	return slices.Concat(high, []byte{0}, low)
}

// checksum is the polynomial of BIP 173.
func checksum(digits []byte) uint32 {
	generator := [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}
	sum := uint32(1)
	for _, d := range digits {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(d)
		for i, g := range generator {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}
