package config

import (
	"fmt"
	"strings"
)

// maxSuggest bounds the names that are compared, in bytes.
const maxSuggest = 128

// hint names the known name that is nearest to what was written, or nothing where none is near.
func hint(name string, known []string) string {
	if len(name) > maxSuggest {
		return ""
	}
	best, least := "", len(name)/3+1
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, k := range known {
		d := distance(name, k)
		// The right key in the wrong section.
		if d > least && strings.HasSuffix(k, "."+last) {
			d = least
		}
		if d < least || (d == least && best == "") {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance is the number of bytes to insert, remove or change on the way from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
