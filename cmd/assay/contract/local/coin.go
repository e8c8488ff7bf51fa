package local

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-chain/assay/x/contract/host"
)

// ErrCoins is for a text that is not an amount of coins.
var ErrCoins = errors.New("invalid coins")

// ParseCoins reads amounts such as 5uassay,3stake, and sorts them by denomination. An empty text is none. Errors: ErrCoins.
func ParseCoins(text string) ([]host.Coin, error) {
	var coins []host.Coin
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		digits := len(part) - len(strings.TrimLeft(part, "0123456789"))
		amount, err := strconv.ParseUint(part[:digits], 10, 64)
		if err != nil || !isDenom(part[digits:]) {
			return nil, fmt.Errorf("coins %q: expected an amount of at most 2^64-1 and a denomination, such as 5uassay: %w", part, ErrCoins)
		}
		coins = append(coins, host.Coin{Denom: part[digits:], Amount: amount})
	}
	slices.SortFunc(coins, func(a, b host.Coin) int { return strings.Compare(a.Denom, b.Denom) })
	for i := 1; i < len(coins); i++ {
		if coins[i-1].Denom == coins[i].Denom {
			return nil, fmt.Errorf("coins %q: %s twice: %w", text, coins[i].Denom, ErrCoins)
		}
	}
	return coins, nil
}

// FormatCoins is the inverse of ParseCoins.
func FormatCoins(coins []host.Coin) string {
	parts := make([]string, len(coins))
	for i, c := range coins {
		parts[i] = strconv.FormatUint(c.Amount, 10) + c.Denom
	}
	return strings.Join(parts, ",")
}

// isDenom is the SDK's rule for denominations: a letter, then 2 to 127 of letters, digits and / : . _ -
func isDenom(s string) bool {
	if len(s) < 3 || len(s) > 128 || !isLetter(s[0]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune("/:._-", rune(c)) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
