package proving

import (
	"fmt"
	"os"
)

// MemoryNeed is the memory, in bytes, that a proof with the proving key in a file is expected to take: what
// LocalOptions.Memory is compared with. Errors: ErrArtifact for a file that is no proving key.
func MemoryNeed(key string) (int64, error) {
	f, err := os.Open(key)
	if err != nil {
		return 0, fmt.Errorf("proving key: %w", err)
	}
	defer f.Close()
	e, err := estimateOf(f)
	return e.total(), err
}
