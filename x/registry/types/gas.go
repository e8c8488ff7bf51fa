package types

// Gas of checking a verifying key, charged before the key is decoded, from its length alone.
//
// The checker's work is bounded by the points that can be in a key: at most one per 32 bytes to
// decompress (a square root each), at most one per 64 bytes in G2 (decompression and a subgroup
// check), and the pairing of alpha and beta.
const (
	// GasKeyBase pays for the pairing and for the bookkeeping.
	GasKeyBase uint64 = 20_000
	// GasKeyByte pays for hashing a byte and for its share of a decompression in G1.
	GasKeyByte uint64 = 10
	// GasSubgroupCheck pays for a point in G2.
	GasSubgroupCheck uint64 = 2_000
	// g2Bytes is the length of a compressed point in G2.
	g2Bytes = 64
)

// KeyCheckGas is the gas of checking a key of n bytes.
func KeyCheckGas(n int) uint64 {
	return GasKeyBase + GasKeyByte*uint64(n) + GasSubgroupCheck*uint64(n/g2Bytes)
}
