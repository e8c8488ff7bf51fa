package binary

// The integers of the binary format are LEB128 (5.2.2): seven bits to a byte, at most ceil(N/7) bytes, and
// the unused bits of the last possible byte are zero, or the sign. Longer forms than needed are fine within that.
//
// The functions below read at b[at:] and give the value and the position after it, or one of these positions.
const (
	lebTruncated = -1 // the bytes end within the integer
	lebTooLong   = -2 // a fifth byte says that another follows
	lebTooLarge  = -3 // unused bits of the fifth byte are set
)

func lebMessage(next int) string {
	switch next {
	case lebTruncated:
		return "the bytes end within it"
	case lebTooLong:
		return "expected at most 5 bytes, got more"
	}
	return "the unused bits of its last byte are set"
}

func readU32(b []byte, at int) (value uint32, next int) {
	if uint(at) < uint(len(b)) && b[at] < 0x80 {
		return uint32(b[at]), at + 1
	}
	v, next := readLEB(b, at)
	if next < 0 {
		return 0, next
	}
	if next-at == 5 && b[at+4]&0x70 != 0 {
		return 0, lebTooLarge
	}
	return uint32(v), next
}

func readS32(b []byte, at int) (value uint32, next int) {
	v, next := readLEB(b, at)
	if next < 0 {
		return 0, next
	}
	if n := next - at; n < 5 {
		return uint32(signExtend(v, n)), next
	}
	if top := b[at+4] & 0x78; top != 0 && top != 0x78 {
		return 0, lebTooLarge
	}
	return uint32(v), next
}

// readS33 reads the integer that a block type is (5.3.3).
func readS33(b []byte, at int) (value int64, next int) {
	v, next := readLEB(b, at)
	if next < 0 {
		return 0, next
	}
	n := next - at
	if n == 5 {
		if top := b[at+4] & 0x70; top != 0 && top != 0x70 {
			return 0, lebTooLarge
		}
	}
	return signExtend(v, n), next
}

// readLEB reads up to five bytes without a look at unused bits.
func readLEB(b []byte, at int) (value uint64, next int) {
	for i := 0; i < 5; i++ {
		if at+i >= len(b) {
			return 0, lebTruncated
		}
		value |= uint64(b[at+i]&0x7f) << (7 * i)
		if b[at+i] < 0x80 {
			return value, at + i + 1
		}
	}
	return 0, lebTooLong
}

// signExtend spreads the sign bit of an integer of n groups of seven bits.
func signExtend(v uint64, n int) int64 {
	shift := 64 - 7*n
	return int64(v<<shift) >> shift
}
