package binary

// Types in the binary format (5.3).
const (
	typeI32     byte = 0x7f
	typeFuncref byte = 0x70
	emptyBlock  byte = 0x40
	typeFunc    byte = 0x60
)

// valueTypeName gives the text-format name of a value type of any specification.
func valueTypeName(b byte) (string, bool) {
	switch b {
	case typeI32:
		return "i32", true
	case 0x7e:
		return "i64", true
	case 0x7d:
		return "f32", true
	case 0x7c:
		return "f64", true
	case 0x7b:
		return "v128", true
	}
	return refTypeName(b)
}

// refTypeName gives the text-format name of a reference type of any specification.
func refTypeName(b byte) (string, bool) {
	switch b {
	case typeFuncref:
		return "funcref", true
	case 0x6f:
		return "externref", true
	case 0x6e:
		return "anyref", true
	case 0x6d:
		return "eqref", true
	case 0x6c:
		return "i31ref", true
	case 0x6b:
		return "structref", true
	case 0x6a:
		return "arrayref", true
	case 0x69:
		return "exnref", true
	case 0x71:
		return "nullref", true
	case 0x72:
		return "nullexternref", true
	case 0x73:
		return "nullfuncref", true
	case 0x74:
		return "nullexnref", true
	case 0x63:
		return "ref null", true
	case 0x64:
		return "ref", true
	}
	return "", false
}

// compositeTypeName names the forms of types other than of functions that garbage collection adds.
func compositeTypeName(b byte) (string, bool) {
	switch b {
	case 0x5f:
		return "struct type", true
	case 0x5e:
		return "array type", true
	case 0x50, 0x4f:
		return "subtype", true
	case 0x4e:
		return "recursive type", true
	}
	return "", false
}
