package vm_test

import (
	"testing"

	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// TestAddToConstant has a constant below the value that it is added to, whose register is not that of the sum.
func TestAddToConstant(t *testing.T) {
	code := wire.Module(
		wire.Vector(wire.Type, wire.FuncType(2, true)),
		wire.Vector(wire.Function, wire.U32(0)),
		wire.Vector(wire.Export, wire.Exported("run", 0, 0)),
		wire.Vector(wire.Code, wire.Func(0, 0x41, 0x6c, 0x20, 0, 0x41, 3, 0x74, 0x6a)),
	)
	agree(t, code, 100, "run", 5, 0)
}
