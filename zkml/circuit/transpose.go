package circuit

import "github.com/assay-chain/assay/zkml/onnx"

// newTranspose is a reshape with the order of elements of an axis permutation.
func newTranspose(p *plan, node *onnx.Node) (layer, error) {
	l := &reshape{x: p.tensors[node.In[0]], y: p.tensors[node.Out]}
	rank := len(l.x.Shape)
	strides := make([]int, rank)
	for axis, stride := rank-1, 1; axis >= 0; axis-- {
		strides[axis] = stride
		stride *= l.x.Shape[axis]
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
	return l, nil
}
