package validate

import "github.com/assay-chain/assay/x/contract/vm/binary"

// signature is what an instruction takes off the stack and puts onto it, where its opcode alone says so.
type signature struct {
	plain  bool // nothing else needs a check
	access bool // a load or store
	pops   uint32
	pushes uint32
	align  uint32 // exponent of the natural alignment of a load or store
}

// signatures are by opcode of one byte.
var signatures = signatureTable()

func signatureTable() (t [256]signature) {
	span := func(first, last binary.Opcode, pops, pushes uint32) {
		for op := first; op <= last; op++ {
			t[op] = signature{plain: true, pops: pops, pushes: pushes}
		}
	}
	span(binary.OpNop, binary.OpNop, 0, 0)
	span(binary.OpDrop, binary.OpDrop, 1, 0)
	span(binary.OpSelect, binary.OpSelect, 3, 1)
	span(binary.OpI32Const, binary.OpI32Const, 0, 1)
	span(binary.OpI32Eqz, binary.OpI32Eqz, 1, 1)
	span(binary.OpI32Eq, binary.OpI32GeU, 2, 1)
	span(binary.OpI32Clz, binary.OpI32Popcnt, 1, 1)
	span(binary.OpI32Add, binary.OpI32Rotr, 2, 1)
	span(binary.OpI32Extend8S, binary.OpI32Extend16S, 1, 1)
	for _, a := range []struct {
		load, store binary.Opcode
		align       uint32
	}{
		{binary.OpI32Load8S, binary.OpI32Store8, 0},
		{binary.OpI32Load8U, binary.OpI32Store8, 0},
		{binary.OpI32Load16S, binary.OpI32Store16, 1},
		{binary.OpI32Load16U, binary.OpI32Store16, 1},
		{binary.OpI32Load, binary.OpI32Store, 2},
	} {
		t[a.load] = signature{access: true, pops: 1, pushes: 1, align: a.align}
		t[a.store] = signature{access: true, pops: 2, align: a.align}
	}
	return t
}
