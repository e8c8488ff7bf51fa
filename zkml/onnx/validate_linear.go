package onnx

import (
	"math"
	"slices"
)

func (g *Graph) validateConv(node int, x, y *Value) error {
	c := g.Nodes[node].Conv
	out, err := c.output(x.Shape)
	if err != nil {
		return err
	}
	channels := len(c.Bias)
	if channels == 0 || c.Group < 1 || channels%c.Group != 0 || x.Shape[1]%c.Group != 0 {
		return refuse(ErrShape, "%d groups of %d input and %d output channels", c.Group, x.Shape[1], channels)
	}
	if want := []int{x.Shape[0], channels, out[0], out[1]}; !slices.Equal(want, y.Shape) {
		return refuse(ErrShape, "output: expected %v, got %v", want, y.Shape)
	}
	per := x.Shape[1] / c.Group
	if err := checkShape([]int{channels, per, c.Kernel[0], c.Kernel[1]}, MaxWeights); err != nil {
		return err
	}
	if slices.ContainsFunc(c.WeightZero, func(z int32) bool { return z != c.WeightZero[0] }) {
		return refuse(ErrQuantization, "weight zero points: expected one for all channels, got %v", c.WeightZero)
	}
	return g.validateLinear(node, channels, per*c.Kernel[0]*c.Kernel[1], x, y)
}

func (g *Graph) validateMatMul(node int, x, y *Value) error {
	columns := len(g.Nodes[node].MatMul.Bias)
	if len(x.Shape) != 2 || columns == 0 {
		return refuse(ErrShape, "input and columns: expected [M, K] and at least one, got %v and %d", x.Shape, columns)
	}
	if want := []int{x.Shape[0], columns}; !slices.Equal(want, y.Shape) {
		return refuse(ErrShape, "output: expected %v, got %v", want, y.Shape)
	}
	if err := checkShape([]int{x.Shape[1], columns}, MaxWeights); err != nil {
		return err
	}
	return g.validateLinear(node, columns, x.Shape[1], x, y)
}

// validateLinear checks the constants of a convolution or matrix product with the given number
// of channels and of weights to a channel.
func (g *Graph) validateLinear(node, channels, per int, x, y *Value) error {
	var weights []int32
	if c := g.Nodes[node].Conv; c != nil {
		weights = c.Weights
	} else {
		weights = g.Nodes[node].MatMul.Weights
	}
	l, _ := g.Nodes[node].linear()
	if per > MaxTerms {
		return refuse(ErrTooLarge, "products in an accumulator: expected at most %d, got %d", MaxTerms, per)
	}
	if err := checkType(l.weightType, 0); err != nil {
		return err
	}
	if err := checkRange("weights", weights, channels*per, l.weightType); err != nil {
		return err
	}
	if err := checkRange("weight zero points", l.weightZero, channels, l.weightType); err != nil {
		return err
	}
	if len(l.scale) != channels || len(l.multiplier) != channels {
		return refuse(ErrShape, "weight scales and multipliers: expected %d, got %d and %d", channels, len(l.scale), len(l.multiplier))
	}
	for c := range channels {
		if err := g.validateChannel(node, c, l, x, y); err != nil {
			return err
		}
	}
	return nil
}

func (g *Graph) validateChannel(node, c int, l linear, x, y *Value) error {
	if err := checkScale("weight scale", l.scale[c]); err != nil {
		return err
	}
	if want := Multiplier(x.Scale, l.scale[c], y.Scale); l.multiplier[c] != want {
		return refuse(ErrScale, "channel %d: multiplier: expected %v, got %v", c, want, l.multiplier[c])
	}
	if err := checkMultiplier(c, l.multiplier[c]); err != nil {
		return err
	}
	lo, hi := g.AccumulatorRange(node, c)
	if lo < math.MinInt32 || hi > math.MaxInt32 {
		return refuse(ErrOverflow, "channel %d: accumulator between %d and %d", c, lo, hi)
	}
	return nil
}
