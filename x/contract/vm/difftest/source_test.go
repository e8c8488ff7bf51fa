package difftest

import (
	"encoding/binary"
	"slices"

	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// source makes choices out of bytes. When they are used up every choice is the first one, which ends what is being made.
type source struct{ data []byte }

func (s *source) empty() bool { return len(s.data) == 0 }

func (s *source) next() byte {
	if s.empty() {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return b
}

// below is at least zero and less than n, which is at most 256.
func (s *source) below(n int) int { return int(s.next()) % n }

// one is true once in n.
func (s *source) one(n int) bool { return s.below(n) == n-1 }

// edges are where arithmetic of 32 bits, shifts, pages and sign extension change their ways.
var edges = []uint32{
	0, 1, 2, 3, 7, 8, 31, 32, 33, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x10001, 0x1fffc, 0x2ffff,
	0x3fffffff, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, 0xffffff80, 0xffff8000, 0xaaaaaaaa,
}

func (s *source) number() uint32 {
	switch s.below(4) {
	case 0:
		return uint32(s.below(16))
	case 1:
		return edges[s.below(len(edges))]
	case 2:
		return 1<<s.below(32) - uint32(s.below(3))
	default:
		return binary.LittleEndian.Uint32([]byte{s.next(), s.next(), s.next(), s.next()})
	}
}

// leb is v unsigned, now and then in a longer form than it needs.
func (s *source) leb(v uint32) []byte {
	out := wire.U32(v)
	if !s.one(16) {
		return out
	}
	for len(out) < 2+s.below(4) {
		out[len(out)-1] |= 0x80
		out = append(out, 0)
	}
	return out
}

// stream is n bytes of SplitMix64 from a seed: the sequence never changes with a library.
func stream(seed uint64, n int) []byte {
	out := make([]byte, 0, n+8)
	for len(out) < n {
		seed += 0x9e3779b97f4a7c15
		z := seed
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		out = binary.LittleEndian.AppendUint64(out, z^z>>31)
	}
	return slices.Clip(out[:n])
}
