package proving

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"os"
)

// What a proof takes, beside the key itself: see docs/proving.md for the measurements.
const (
	// baseBytes is the process itself, with the tables of the curve.
	baseBytes = 48 << 20
	// pointDomain is bytes for each element of the domain: the circuit, the witness, three vectors of quotients, the tables
	// of the transform, and the scratch of the multiplications.
	pointDomain = 1600

	// A proving key starts with its domain's size; its first point comes after five elements and a flag.
	firstPoint = 8 + 5*32 + 1
	maxDomain  = 1 << 28
)

// estimate is what a proof with a key is expected to take, in bytes.
type estimate struct {
	domain   int64 // constraints, rounded up to a power of two
	resident int64 // key and circuit
	working  int64 // while a proof is made, beside them
}

func (e estimate) total() int64 { return e.resident + e.working }

// estimateOf reads the head of a proving key, and leaves the file at its start.
func estimateOf(key *os.File) (estimate, error) {
	info, err := key.Stat()
	if err != nil {
		return estimate{}, fmt.Errorf("%w: %w", ErrArtifact, err)
	}
	head := make([]byte, firstPoint+1)
	if _, err := key.ReadAt(head, 0); err != nil {
		return estimate{}, fmt.Errorf("%w: proving key: %w", ErrArtifact, err)
	}
	domain := binary.BigEndian.Uint64(head)
	if bits.OnesCount64(domain) != 1 || domain > maxDomain {
		return estimate{}, fmt.Errorf("%w: proving key: domain: expected a power of two up to %d, got %d", ErrArtifact, maxDomain, domain)
	}
	if _, err := key.Seek(0, io.SeekStart); err != nil {
		return estimate{}, fmt.Errorf("%w: %w", ErrArtifact, err)
	}
	return estimateFor(int64(domain), info.Size(), head[firstPoint]>>6 != 0), nil
}

// estimateFor is the formula. A compressed key takes twice its size in memory.
func estimateFor(domain, keyBytes int64, compressed bool) estimate {
	if compressed {
		keyBytes *= 2
	}
	const resident = pointDomain / 4 // the circuit
	return estimate{
		domain:   domain,
		resident: baseBytes + keyBytes + domain*resident,
		working:  domain * (pointDomain - resident),
	}
}
