package circuit

import (
	"fmt"

	"github.com/assay-chain/assay/zkml/onnx"
)

// newTranspose is a reshape with the order of elements of an axis permutation.
func newTranspose(p *plan, node *onnx.Node) (layer, error) {
	l := &reshape{x: p.tensors[node.In[0]], y: p.tensors[node.Out]}
	rank := len(l.x.Shape)
	if len(node.Perm) != rank || len(l.y.Shape) != rank {
		return nil, fmt.Errorf("%w: transpose: expected %d axes, got %v", ErrGraph, rank, node.Perm)
	}
	strides, seen := make([]int, rank), make([]bool, rank)
	for axis, stride := rank-1, 1; axis >= 0; axis-- {
		strides[axis] = stride
		stride *= l.x.Shape[axis]
	}
	for i, from := range node.Perm {
		if from < 0 || from >= rank || seen[from] || l.y.Shape[i] != l.x.Shape[from] {
			return nil, fmt.Errorf("%w: transpose: axes %v from %v to %v", ErrGraph, node.Perm, l.x.Shape, l.y.Shape)
		}
		seen[from] = true
	}
	l.order = make([]int, l.x.Len())
	for i := range l.order {
		rest := i
		for axis := rank - 1; axis >= 0; axis-- {
			l.order[i] += rest % l.y.Shape[axis] * strides[node.Perm[axis]]
			rest /= l.y.Shape[axis]
		}
	}
	l.y.lo, l.y.hi = l.x.lo, l.x.hi
	return l, sameType(l.x.Value, l.y.Value)
}
