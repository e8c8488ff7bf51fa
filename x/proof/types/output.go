package types

// OutputBytes is the length of a version's output: the sum over its output tensors, whose elements take one byte
// each. It saturates at 2^63, which no output has.
func OutputBytes(v Version) uint64 {
	const top = 1 << 63
	var sum uint64
	for _, t := range v.Outputs {
		size := uint64(1)
		for _, d := range t.Shape {
			if d != 0 && size > top/uint64(d) {
				return top
			}
			size *= uint64(d)
		}
		if sum += size; sum >= top {
			return top
		}
	}
	return sum
}
