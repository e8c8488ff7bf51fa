package simulation

import (
	"crypto/sha256"
	"fmt"
	"math/rand"

	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/x/registry/types"
)

const (
	// minKeyInputs and maxKeyInputs are the numbers of public inputs that a version's key may have.
	minKeyInputs = 3
	maxKeyInputs = statement.MaxOutputElements + 2
)

// randomName returns a name that is not likely to be taken.
func randomName(r *rand.Rand) string { return fmt.Sprintf("sim-%08x", r.Uint32()) }

func randomNumber(r *rand.Rand) string {
	number := fmt.Sprintf("%d.%d.%d", r.Intn(3), r.Intn(20), r.Intn(1000))
	if r.Intn(4) == 0 {
		number += fmt.Sprintf("-rc.%d", r.Intn(20))
	}
	return number
}

func randomDigest(r *rand.Rand) []byte {
	d := sha256.Sum256([]byte(simtypes.RandStringOfLength(r, 16)))
	return d[:]
}

// randomSpec returns a spec that fits DefaultParams and a key with the given digest and number of
// public inputs.
func randomSpec(r *rand.Rand, keyDigest []byte, publicInputs int) types.VersionSpec {
	spec := types.VersionSpec{
		Description:        simtypes.RandStringOfLength(r, r.Intn(100)),
		Inputs:             []types.TensorSignature{randomTensor(r, uint32(1+r.Intn(1000)))},
		Outputs:            []types.TensorSignature{randomTensor(r, randomOutputBytes(r, publicInputs))},
		CircuitDigest:      randomDigest(r),
		VerifyingKeyDigest: keyDigest,
		Setup:              randomSetup(r),
	}
	for i := range 1 + r.Intn(3) {
		spec.Artifacts = append(spec.Artifacts, types.Artifact{
			Name:      fmt.Sprintf("part-%d.bin", i),
			MediaType: "application/octet-stream",
			Digest:    randomDigest(r),
			Size_:     1 + uint64(r.Intn(1<<20)),
			Uris:      []string{"ipfs:" + simtypes.RandStringOfLength(r, 20)},
		})
	}
	for i := range r.Intn(3) {
		spec.SessionOptions = append(spec.SessionOptions, types.SessionOption{Key: fmt.Sprintf("session.option%d", i), Value: "1"})
	}
	return spec
}

// randomOutputBytes returns a size of the output for which proofs have that many public inputs.
func randomOutputBytes(r *rand.Rand, publicInputs int) uint32 {
	elements := publicInputs - 2
	if elements == 1 && r.Intn(2) == 0 { // one digest
		return uint32(statement.MaxOutputElements*statement.BytesPerElement + 1 + r.Intn(1000))
	}
	return uint32(elements*statement.BytesPerElement - r.Intn(statement.BytesPerElement))
}

func randomTensor(r *rand.Rand, size uint32) types.TensorSignature {
	element := types.ElementType(1 + r.Intn(2))
	low, _, _ := element.Range()
	return types.TensorSignature{
		Name:        simtypes.RandStringOfLength(r, 8),
		ElementType: element,
		Shape:       []uint32{1, size},
		ScaleBits:   1 + r.Uint32()%0x7f7fffff,
		ZeroPoint:   low + int32(r.Intn(256)),
	}
}

func randomSetup(r *rand.Rand) types.SetupProvenance {
	setup := types.SetupProvenance{Kind: types.SETUP_KIND_SINGLE_PARTY_INSECURE}
	if r.Intn(2) == 0 {
		return setup
	}
	setup.Kind = types.SETUP_KIND_CEREMONY
	for range 2 + r.Intn(3) {
		setup.Contributions = append(setup.Contributions, types.Contribution{
			Name: randomName(r), Digest: randomDigest(r), Attestation: simtypes.RandStringOfLength(r, 20),
		})
	}
	return setup
}
