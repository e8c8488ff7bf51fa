package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-chain/assay/cmd/assay/contract/local"
	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/values"
)

// ErrSyntax is for a line that says nothing that a scenario can.
var ErrSyntax = errors.New("malformed scenario")

// Bounds of a scenario.
const (
	maxBytes = 1 << 20
	maxSteps = 10_000
)

// Scenario is a file that was read.
type Scenario struct {
	Path  string
	steps []step
}

// step is a line at the margin, and those below it.
type step struct {
	line     int
	text     string
	verb     string
	name     string   // of the contract or account
	file     string   // of contract and migrate
	rest     []string // of account, block and record
	by       string
	funds    []host.Coin
	gas      uint64
	args     []string // after the colon
	expected []expectation
}

// expectation is an indented line.
type expectation struct {
	line  int
	words []string
}

// Parse reads a scenario. Errors: ErrSyntax, with the line.
func Parse(path string, text []byte) (*Scenario, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%s: expected at most %d bytes: %w", path, maxBytes, ErrSyntax)
	}
	s := &Scenario{Path: path}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		words, err := values.Split(line)
		if err == nil && len(words) > 0 {
			err = s.add(number, line, words)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number, err)
		}
	}
	if len(s.steps) == 0 {
		return nil, fmt.Errorf("%s: no steps: %w", path, ErrSyntax)
	}
	return s, nil
}

func (s *Scenario) add(number int, line string, words []string) error {
	if line[0] != ' ' && line[0] != '\t' {
		if len(s.steps) == maxSteps {
			return fmt.Errorf("expected at most %d steps: %w", maxSteps, ErrSyntax)
		}
		st := step{line: number, text: strings.TrimSpace(line), verb: words[0]}
		if err := st.parse(words[1:]); err != nil {
			return err
		}
		s.steps = append(s.steps, st)
		return nil
	}
	if len(s.steps) == 0 {
		return fmt.Errorf("%q: expected a step before it: %w", words[0], ErrSyntax)
	}
	last := &s.steps[len(s.steps)-1]
	if err := last.checkExpectation(words); err != nil {
		return err
	}
	last.expected = append(last.expected, expectation{number, words})
	return nil
}

// calls are the verbs that call a contract.
var calls = []string{
	host.EntryInit, host.EntryExecute, host.EntryQuery, host.EntryMigrate, host.EntryOnAttestation, host.EntryDecideStep, host.EntryAllowPublish,
}

func (st *step) parse(words []string) error {
	switch {
	case slices.Contains(calls, st.verb):
		return st.parseCall(words)
	case st.verb == "contract":
		if len(words) != 2 {
			return fmt.Errorf("expected contract NAME FILE: %w", ErrSyntax)
		}
		st.name, st.file = words[0], words[1]
	case st.verb == "account":
		if len(words) != 2 {
			return fmt.Errorf("expected account NAME COINS: %w", ErrSyntax)
		}
		var err error
		st.name = bare(words[0])
		st.funds, err = local.ParseCoins(words[1])
		return err
	case st.verb == "block":
		if len(words) < 1 || len(words) > 2 {
			return fmt.Errorf("expected block HEIGHT [TIME]: %w", ErrSyntax)
		}
		st.rest = words
		return st.nextBlock(local.New())
	case st.verb == "record":
		if len(words) < 1 {
			return fmt.Errorf("expected record KIND FIELD=VALUE…: %w", ErrSyntax)
		}
		st.rest = words
	default:
		return fmt.Errorf("step %q: expected contract, account, block, record, %s: %w", st.verb, strings.Join(calls, ", "), ErrSyntax)
	}
	return nil
}

// parseCall reads NAME [to FILE] [by NAME] [with COINS] [gas N] [: ARGS].
func (st *step) parseCall(words []string) error {
	if at := slices.Index(words, ":"); at >= 0 {
		st.args, words = words[at+1:], words[:at]
	}
	if len(words) == 0 || len(words)%2 == 0 {
		return fmt.Errorf("expected %s NAME [by NAME] [with COINS] [gas N] [: ARGS]: %w", st.verb, ErrSyntax)
	}
	st.name, st.by = bare(words[0]), "owner"
	for i := 1; i < len(words); i += 2 {
		if err := st.option(words[i], words[i+1]); err != nil {
			return err
		}
	}
	if st.verb == host.EntryMigrate && st.file == "" {
		return fmt.Errorf("expected migrate NAME to FILE: %w", ErrSyntax)
	}
	return nil
}

func (st *step) option(name, value string) error {
	var err error
	switch {
	case name == "by":
		st.by = bare(value)
	case name == "with":
		st.funds, err = local.ParseCoins(value)
	case name == "gas":
		if st.gas, err = strconv.ParseUint(value, 10, 64); err != nil || st.gas == 0 {
			return fmt.Errorf("gas %q: expected a number above 0: %w", value, ErrSyntax)
		}
	case name == "to" && st.verb == host.EntryMigrate:
		st.file = value
	default:
		return fmt.Errorf("option %q: expected by, with or gas, and a colon before arguments: %w", name, ErrSyntax)
	}
	return err
}

// bare is a name without the @ that it may have.
func bare(name string) string { return strings.TrimPrefix(name, "@") }

// nextBlock sets the height and time of the chain: HEIGHT or +N, and a time of RFC 3339 or +SECONDS.
func (st *step) nextBlock(c *local.Chain) error {
	digits, relative := strings.CutPrefix(st.rest[0], "+")
	height, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || height == 0 {
		return fmt.Errorf("height %q: expected a number above 0, or + and how many: %w", st.rest[0], ErrSyntax)
	}
	if relative {
		height += c.Height
	}
	c.Height = height
	if len(st.rest) == 1 {
		return nil
	}
	if digits, ok := strings.CutPrefix(st.rest[1], "+"); ok {
		seconds, err := strconv.ParseUint(digits, 10, 32)
		if err != nil {
			return fmt.Errorf("time %q: expected + and seconds: %w", st.rest[1], ErrSyntax)
		}
		c.Time = c.Time.Add(time.Duration(seconds) * time.Second)
		return nil
	}
	c.Time, err = time.Parse(time.RFC3339Nano, st.rest[1])
	if err != nil {
		return fmt.Errorf("time %q: expected RFC 3339, or + and seconds: %w", st.rest[1], ErrSyntax)
	}
	return nil
}

// failures are the kinds of failure that an expectation can name.
var failures = []string{"abort", "trap", "gas", "read-only", "entry", "funds", "limit"}

// votes are what decide_step and allow_publish can say.
var votes = map[string]map[string]uint32{
	host.EntryDecideStep:   {"wait": host.VoteWait, "yes": host.VoteYes, "no": host.VoteNo},
	host.EntryAllowPublish: {"no": host.VoteNoPublish, "yes": host.VotePublish},
}

// checkExpectation finds mistakes before anything is run.
func (st *step) checkExpectation(words []string) error {
	if !slices.Contains(calls, st.verb) {
		return fmt.Errorf("%q below %q: expected a call above it: %w", words[0], st.verb, ErrSyntax)
	}
	good := false
	switch words[0] {
	case "ok":
		good = len(words) == 1
	case "fail":
		good = (len(words) == 2 || len(words) == 3) && slices.Contains(failures, words[1])
	case "output":
		good = true
	case "vote":
		if len(words) == 2 {
			_, good = votes[st.verb][words[1]]
		}
	case "event", "events":
		good = len(words) >= 2
	case "balance":
		good = len(words) == 3
	case "state":
		good = len(words) == 2 || len(words) == 3
	case "gas":
		good = len(words) == 3 && words[1] == "<="
	}
	if !good {
		return fmt.Errorf("expectation %q of %s: see the help of \"assay contract test\": %w", values.Join(words), st.verb, ErrSyntax)
	}
	return nil
}
