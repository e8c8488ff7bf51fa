package binary

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnsigned(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes []byte
		value uint32
		next  int
	}{
		{"success: one byte", []byte{0x7f}, 127, 1},
		{"success: two bytes", []byte{0x80, 0x01}, 128, 2},
		{"success: zero in five bytes", []byte{0x80, 0x80, 0x80, 0x80, 0x00}, 0, 5},
		{"success: the largest", []byte{0xff, 0xff, 0xff, 0xff, 0x0f}, 0xffffffff, 5},
		{"success: the rest is not read", []byte{0x00, 0xff}, 0, 1},
		{"failure: no byte", nil, 0, lebTruncated},
		{"failure: continued past the end", []byte{0x80}, 0, lebTruncated},
		{"failure: four bytes continued past the end", []byte{0xff, 0xff, 0xff, 0xff}, 0, lebTruncated},
		{"failure: zero in six bytes", []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, 0, lebTooLong},
		{"failure: too long at the end", []byte{0x80, 0x80, 0x80, 0x80, 0x80}, 0, lebTooLong},
		{"failure: lowest unused bit", []byte{0x80, 0x80, 0x80, 0x80, 0x10}, 0, lebTooLarge},
		{"failure: highest unused bit", []byte{0x80, 0x80, 0x80, 0x80, 0x40}, 0, lebTooLarge},
		{"failure: all bits", []byte{0xff, 0xff, 0xff, 0xff, 0x7f}, 0, lebTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, next := readU32(c.bytes, 0)
			require.Equal(t, c.next, next)
			require.Equal(t, c.value, value)
		})
	}
}

func TestSigned(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes []byte
		value int32
		next  int
	}{
		{"success: minus one", []byte{0x7f}, -1, 1},
		{"success: 63", []byte{0x3f}, 63, 1},
		{"success: minus 64", []byte{0x40}, -64, 1},
		{"success: 64", []byte{0xc0, 0x00}, 64, 2},
		{"success: minus 128 in two bytes", []byte{0x80, 0x7f}, -128, 2},
		{"success: minus one in five bytes", []byte{0xff, 0xff, 0xff, 0xff, 0x7f}, -1, 5},
		{"success: zero in five bytes", []byte{0x80, 0x80, 0x80, 0x80, 0x00}, 0, 5},
		{"success: the largest", []byte{0xff, 0xff, 0xff, 0xff, 0x07}, 1<<31 - 1, 5},
		{"success: the smallest", []byte{0x80, 0x80, 0x80, 0x80, 0x78}, -1 << 31, 5},
		{"failure: no byte", nil, 0, lebTruncated},
		{"failure: continued past the end", []byte{0xff, 0xff}, 0, lebTruncated},
		{"failure: six bytes", []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, 0, lebTooLong},
		{"failure: positive with an unused bit", []byte{0x80, 0x80, 0x80, 0x80, 0x10}, 0, lebTooLarge},
		{"failure: positive too large", []byte{0x80, 0x80, 0x80, 0x80, 0x08}, 0, lebTooLarge},
		{"failure: positive with a sign", []byte{0xff, 0xff, 0xff, 0xff, 0x0f}, 0, lebTooLarge},
		{"failure: negative with an unused bit off", []byte{0xff, 0xff, 0xff, 0xff, 0x3f}, 0, lebTooLarge},
		{"failure: negative too small", []byte{0x80, 0x80, 0x80, 0x80, 0x70}, 0, lebTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, next := readS32(c.bytes, 0)
			require.Equal(t, c.next, next)
			require.Equal(t, c.value, int32(value))
		})
	}
}

func TestSigned33(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes []byte
		value int64
		next  int
	}{
		{"success: minus 64", []byte{0x40}, -64, 1},
		{"success: the largest", []byte{0xff, 0xff, 0xff, 0xff, 0x0f}, 1<<32 - 1, 5},
		{"success: the smallest", []byte{0x80, 0x80, 0x80, 0x80, 0x70}, -1 << 32, 5},
		{"failure: truncated", []byte{0x80}, 0, lebTruncated},
		{"failure: too long", []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0}, 0, lebTooLong},
		{"failure: positive with an unused bit", []byte{0x80, 0x80, 0x80, 0x80, 0x20}, 0, lebTooLarge},
		{"failure: positive too large", []byte{0x80, 0x80, 0x80, 0x80, 0x10}, 0, lebTooLarge},
		{"failure: negative with an unused bit off", []byte{0xff, 0xff, 0xff, 0xff, 0x3f}, 0, lebTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, next := readS33(c.bytes, 0)
			require.Equal(t, c.next, next)
			require.Equal(t, c.value, value)
		})
	}
}
