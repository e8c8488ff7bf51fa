package types

// Gas of checking a verifying key, charged before the key is decoded, from its length alone.
//
// The checker's work is bounded by the points that can be in a key: at most one per 32 bytes to
// decompress in G1 (a square root), at most one per 64 bytes in G2 (decompression and a subgroup
// check), and a fixed number of pairings and tables. Measured with gnark-crypto v0.20.1 on a 2-core AMD EPYC
// virtual machine, one core: 4 ms for a key of 3 or 10 public inputs and one commitment, 8 ms for 500 inputs,
// about 10 ms for 16 commitments. The scale is x/proof's: one gas for 7 ns.
const (
	// GasKeyBase pays for the pairings that check and prepare a key.
	GasKeyBase uint64 = 500_000
	// GasKeyByte pays for hashing a byte and for its share of a decompression in G1.
	GasKeyByte uint64 = 40
	// GasSubgroupCheck pays for a point in G2.
	GasSubgroupCheck uint64 = 10_500
	// g2Bytes is the length of a compressed point in G2.
	g2Bytes = 64
)

// KeyCheckGas is the gas of checking a key of n bytes.
func KeyCheckGas(n int) uint64 {
	return GasKeyBase + GasKeyByte*uint64(n) + GasSubgroupCheck*uint64(n/g2Bytes)
}
