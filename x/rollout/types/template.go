package types

import (
	"slices"
)

// Templates are the names of the usual shapes of a plan, for Template.
func Templates() []string { return []string{"all-at-once", "linear", "exponential", "canary"} }

// Template returns the steps of a usual shape, with each step's thresholds as in base; weights are set here.
//
//   - all-at-once: 100
//   - linear: 20, 40, 60, 80, 100
//   - exponential: 1, 2, 4, 8, 16, 32, 64, 100
//   - canary: 10, then 100
//
// Errors: ErrInvalidPlan for another name.
func Template(name string, base Step) ([]Step, error) {
	weights, ok := map[string][]uint32{
		"all-at-once": {100},
		"linear":      {20, 40, 60, 80, 100},
		"exponential": {1, 2, 4, 8, 16, 32, 64, 100},
		"canary":      {10, 100},
	}[name]
	if !ok {
		return nil, ErrInvalidPlan.Wrapf("template %.64q: expected one of %q", name, Templates())
	}
	return Weights(weights, base), nil
}

// Weights returns a step like base for each weight.
func Weights(weights []uint32, base Step) []Step {
	steps := slices.Repeat([]Step{base}, len(weights))
	for i, w := range weights {
		steps[i].Weight = w
	}
	return steps
}
