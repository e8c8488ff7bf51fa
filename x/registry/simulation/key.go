package simulation

import (
	"encoding/binary"
	"math/big"
	"math/rand"

	"github.com/consensys/gnark-crypto/ecc/bn254"
)

// UnsafeRandomKey returns a random Groth16 verifying key over BN254 with the given number of public
// inputs and no commitments, in gnark's serialization with compressed points.
func UnsafeRandomKey(r *rand.Rand, publicInputs int) []byte {
	_, _, g1, g2 := bn254.Generators()
	point1 := func(scalar *big.Int) []byte {
		var p bn254.G1Affine
		b := p.ScalarMultiplication(&g1, scalar).Bytes()
		return b[:]
	}
	point2 := func(scalar *big.Int) []byte {
		var p bn254.G2Affine
		b := p.ScalarMultiplication(&g2, scalar).Bytes()
		return b[:]
	}
	alpha, beta, gamma, delta := scalar(r), scalar(r), scalar(r), scalar(r)
	key := append(point1(alpha), point1(beta)...)
	key = append(append(key, point2(beta)...), point2(gamma)...)
	key = append(append(key, point1(delta)...), point2(delta)...)
	key = binary.BigEndian.AppendUint32(key, uint32(publicInputs+1))
	for range publicInputs + 1 { // the first is for the constant one
		key = append(key, point1(scalar(r))...)
	}
	key = binary.BigEndian.AppendUint32(key, 0)  // committed public inputs
	return binary.BigEndian.AppendUint32(key, 0) // commitment keys
}

// scalar is at least 1 and below the order of the groups.
func scalar(r *rand.Rand) *big.Int {
	return new(big.Int).Add(new(big.Int).SetUint64(r.Uint64()), big.NewInt(1))
}
