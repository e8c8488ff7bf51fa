package types

import (
	errorsmod "cosmossdk.io/errors"
)

const (
	// maxTensorNameBytes bounds the name of a tensor; ONNX sets no bound.
	maxTensorNameBytes = 256

	float32Sign     = 1 << 31
	float32Exponent = 0xff << 23
)

// Validate checks the signature against the limits.
func (t TensorSignature) Validate(p Params) error {
	if err := ValidateText("tensor name", t.Name, maxTensorNameBytes); err != nil {
		return err
	}
	if t.Name == "" {
		return errorsmod.Wrap(ErrInvalidTensor, "empty name")
	}
	low, high, ok := t.ElementType.Range()
	if !ok {
		return errorsmod.Wrapf(ErrInvalidTensor, "%q: element type %d: expected int8 or uint8", t.Name, t.ElementType)
	}
	if t.ZeroPoint < low || t.ZeroPoint > high {
		return errorsmod.Wrapf(ErrInvalidTensor, "%q: zero point: expected %d to %d, got %d", t.Name, low, high, t.ZeroPoint)
	}
	if !isPositiveFinite(t.ScaleBits) {
		return errorsmod.Wrapf(ErrInvalidTensor, "%q: scale bits %#08x: expected a finite float32 above zero", t.Name, t.ScaleBits)
	}
	_, err := t.bytes(p)
	return err
}

// Range is the lowest and the highest value of the element type; ok is false for no known type.
func (e ElementType) Range() (low, high int32, ok bool) {
	switch e {
	case ELEMENT_TYPE_INT8:
		return -128, 127, true
	case ELEMENT_TYPE_UINT8:
		return 0, 255, true
	default:
		return 0, 0, false
	}
}

// bytes is the size of the tensor: the product of the shape, as an element takes one byte.
func (t TensorSignature) bytes(p Params) (uint64, error) {
	if len(t.Shape) == 0 {
		return 0, errorsmod.Wrapf(ErrInvalidTensor, "%q: shape: expected at least 1 dimension", t.Name)
	}
	if uint64(len(t.Shape)) > uint64(p.MaxRank) {
		return 0, errorsmod.Wrapf(ErrLimit, "tensor %q: expected at most %d dimensions, got %d", t.Name, p.MaxRank, len(t.Shape))
	}
	size := uint64(1) // stays below 2^32 before each product of two 32-bit numbers
	for i, d := range t.Shape {
		if d == 0 {
			return 0, errorsmod.Wrapf(ErrInvalidTensor, "%q: dimension %d is zero", t.Name, i)
		}
		size *= uint64(d)
		if size > uint64(p.MaxTensorBytes) {
			return 0, errorsmod.Wrapf(ErrLimit, "tensor %q: expected at most %d bytes", t.Name, p.MaxTensorBytes)
		}
	}
	return size, nil
}

// isPositiveFinite says whether the bits of a float32 stand for a number above zero that is not an
// infinity or NaN, by bit tests alone: floating point has no place in consensus.
func isPositiveFinite(bits uint32) bool {
	return bits != 0 && bits&float32Sign == 0 && bits&float32Exponent != float32Exponent
}

// validateTensors checks the inputs or the outputs of a version together.
func validateTensors(what string, tensors []TensorSignature, p Params) error {
	if len(tensors) == 0 {
		return errorsmod.Wrapf(ErrInvalidTensor, "%s: expected at least 1", what)
	}
	if uint64(len(tensors)) > uint64(p.MaxTensors) {
		return errorsmod.Wrapf(ErrLimit, "%s: expected at most %d, got %d", what, p.MaxTensors, len(tensors))
	}
	seen := make(map[string]bool, len(tensors))
	for _, t := range tensors {
		if err := t.Validate(p); err != nil {
			return errorsmod.Wrap(err, what)
		}
		if seen[t.Name] {
			return errorsmod.Wrapf(ErrInvalidTensor, "%s: %q twice", what, t.Name)
		}
		seen[t.Name] = true
	}
	_, err := tensorBytes(what, tensors, p)
	return err
}

// tensorBytes is the size of all tensors together.
func tensorBytes(what string, tensors []TensorSignature, p Params) (uint64, error) {
	var total uint64
	for _, t := range tensors {
		size, err := t.bytes(p)
		if err != nil {
			return 0, err
		}
		total += size
		if total > uint64(p.MaxTensorBytes) {
			return 0, errorsmod.Wrapf(ErrLimit, "%s: expected at most %d bytes together", what, p.MaxTensorBytes)
		}
	}
	return total, nil
}
