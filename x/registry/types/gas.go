package types

// Gas of checking a verifying key, charged before the key is decoded, from its length alone.
//
// The checker's work is bounded by the points that can be in a key: at most one per 32 bytes to
// decompress in G1 (a square root), at most one per 64 bytes in G2 (decompression and a subgroup
// check), and a fixed number of pairings. Measured with gnark-crypto v0.20.1 on a 2-core Xeon: 7 µs
// in G1, 71 µs in G2, 0.54 ms for a pairing, 2 to 3 ms for a whole key of 10 public inputs. The
// scale is x/proof's, 150,000 gas for a verification of about 2 ms: 75 gas to the microsecond.
const (
	// GasKeyBase pays for the pairings that check and prepare a key.
	GasKeyBase uint64 = 200_000
	// GasKeyByte pays for hashing a byte and for its share of a decompression in G1.
	GasKeyByte uint64 = 20
	// GasSubgroupCheck pays for a point in G2.
	GasSubgroupCheck uint64 = 5_500
	// g2Bytes is the length of a compressed point in G2.
	g2Bytes = 64
)

// KeyCheckGas is the gas of checking a key of n bytes.
func KeyCheckGas(n int) uint64 {
	return GasKeyBase + GasKeyByte*uint64(n) + GasSubgroupCheck*uint64(n/g2Bytes)
}
