package simulation

import (
	_ "embed"
	"math/rand"
	"slices"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/wasm"
)

// simulated is built from contracts/simulation by scripts/contracts.sh. It has every entry point.
//
//go:embed simulation.wasm
var simulated []byte

// randomCode is the contract with a custom section of random bytes.
func randomCode(r *rand.Rand) []byte {
	const name, size = "seed", 8
	section := append([]byte{0, 1 + byte(len(name)) + size, byte(len(name))}, name...)
	for range size {
		section = append(section, byte(r.Intn(256)))
	}
	return append(slices.Clone(simulated), section...)
}

// entriesOf are the entry points of a code. It panics on one that is not valid, for it is this package's own.
func entriesOf(code []byte) []string {
	m, err := wasm.Compile(code, types.DefaultParams().MemoryPages)
	if err != nil {
		panic(err)
	}
	return host.Entries(m)
}
