package compile

import (
	"testing"
	"unsafe"
)

func TestSizes(t *testing.T) {
	for name, c := range map[string]struct{ got, want uintptr }{
		"program": {programSize, unsafe.Sizeof(Program{})},
		"inst":    {instSize, unsafe.Sizeof(Inst{})},
		"offset":  {offsetSize, unsafe.Sizeof(Program{}.Offsets[0])},
		"func":    {funcSize, unsafe.Sizeof(Func{})},
		"target":  {targetSize, unsafe.Sizeof(Target{})},
	} {
		if c.got != c.want {
			t.Errorf("%s: expected %d bytes, got %d", name, c.want, c.got)
		}
	}
}
