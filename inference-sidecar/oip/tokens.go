package oip

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

const (
	minToken      = 16 // bytes: below, a token can be guessed
	maxToken      = 512
	maxTokens     = 256
	maxTokensFile = maxTokens * (maxToken + 1)
)

// ErrTokens is a file of tokens that cannot be used.
var ErrTokens = errors.New("tokens file")

// Tokens are the secrets that callers may show, one a line of a file; empty lines and lines that begin with # are
// skipped. In memory are their digests alone.
type Tokens struct {
	file    string
	digests atomic.Pointer[[][sha256.Size]byte]
}

// LoadTokens reads a file of tokens, which must not be readable by everyone.
func LoadTokens(file string) (*Tokens, error) {
	t := &Tokens{file: file}
	if err := t.Reload(); err != nil {
		return nil, err
	}
	return t, nil
}

// Reload reads the file again. After an error the tokens are as before.
func (t *Tokens) Reload() error {
	info, err := os.Stat(t.file)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTokens, err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return fmt.Errorf("%w %q: expected no access for others, got mode %04o", ErrTokens, t.file, info.Mode().Perm())
	}
	if info.Size() > maxTokensFile {
		return fmt.Errorf("%w %q: expected at most %d bytes, got %d", ErrTokens, t.file, maxTokensFile, info.Size())
	}
	content, err := os.ReadFile(t.file)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTokens, err)
	}
	digests, err := parseTokens(content)
	if err != nil {
		return fmt.Errorf("%w %q: %w", ErrTokens, t.file, err)
	}
	t.digests.Store(&digests)
	return nil
}

func parseTokens(content []byte) ([][sha256.Size]byte, error) {
	var digests [][sha256.Size]byte
	number := 0
	for line := range bytes.Lines(content) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if len(line) < minToken || len(line) > maxToken {
			return nil, fmt.Errorf("line %d: expected a token of %d to %d bytes, got %d", number, minToken, maxToken, len(line))
		}
		if bytes.ContainsAny(line, " \t") {
			return nil, fmt.Errorf("line %d: expected one token, got blanks in it", number)
		}
		digests = append(digests, sha256.Sum256(line))
	}
	if len(digests) == 0 || len(digests) > maxTokens {
		return nil, fmt.Errorf("expected 1 to %d tokens, got %d", maxTokens, len(digests))
	}
	return digests, nil
}

// admit checks an Authorization header. The time that it takes says nothing about the tokens.
func (t *Tokens) admit(authorization string) error {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return fmt.Errorf("%w: expected a header \"Authorization: Bearer TOKEN\"", ErrUnauthorized)
	}
	digest := sha256.Sum256([]byte(token))
	found := 0
	for _, known := range *t.digests.Load() {
		found |= subtle.ConstantTimeCompare(digest[:], known[:])
	}
	if found == 0 {
		return fmt.Errorf("%w: unknown token", ErrUnauthorized)
	}
	return nil
}
