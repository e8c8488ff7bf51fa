package simulation

import (
	_ "embed"
	"math/rand"
	"slices"
)

// counter is built from counter.c in the keeper's testdata.
//
//go:embed counter.wasm
var counter []byte

// randomCode is the counter with a custom section of random bytes.
func randomCode(r *rand.Rand) []byte {
	const name, size = "seed", 8
	section := append([]byte{0, 1 + byte(len(name)) + size, byte(len(name))}, name...)
	for range size {
		section = append(section, byte(r.Intn(256)))
	}
	return append(slices.Clone(counter), section...)
}
