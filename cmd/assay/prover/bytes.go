package prover

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// units of sizes, the longest first so that none hides another.
var units = []struct {
	suffix string
	bytes  float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}, {"", 1}}

// parseBytes reads a size such as 4GiB, 1.5GiB, 512MiB or 1048576.
func parseBytes(s string) (int64, error) {
	for _, u := range units {
		digits, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(digits, 64)
		if err != nil || !(n >= 0) || n*u.bytes >= math.MaxInt64 {
			break
		}
		return int64(n * u.bytes), nil
	}
	return 0, fmt.Errorf("expected a size such as 4GiB or 512MiB, got %q", s)
}
