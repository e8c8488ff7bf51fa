package scenario

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-chain/assay/cmd/assay/contract/local"
	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/values"
	"github.com/assay-chain/assay/x/contract/vm"
)

// ErrFailed is for a scenario in which something came out another way.
var ErrFailed = errors.New("scenario failed")

// NotBuiltError is for a module that a scenario names and that is not there.
type NotBuiltError struct {
	// Module is the path of the file.
	Module string
	err    error
}

func (e *NotBuiltError) Error() string { return e.Module + ": module is not there" }

// Unwrap is the error of the file system.
func (e *NotBuiltError) Unwrap() error { return e.err }

// Report is what a step used, for people.
type Report struct {
	Line int
	Step string
	// Gas is the VM gas of a call; Call is false for other steps.
	Gas  uint64
	Call bool
	// Failed says how a call ended that was meant to fail; empty where it succeeded.
	Failed string
}

// Run runs the steps in order, on a chain of their own, and tells report of each. It ends at the first line that is not as
// expected. Errors: ErrFailed, *NotBuiltError, and ErrSyntax for what only shows now, each with the line.
func (s *Scenario) Run(report func(Report)) error {
	r := runner{chain: local.New(), folder: filepath.Dir(s.Path), codes: map[string]*local.Code{}, files: map[string]*local.Code{}}
	for i := range s.steps {
		st := &s.steps[i]
		out, line, err := r.step(st)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", s.Path, line, err)
		}
		out.Line, out.Step = st.line, st.text
		report(out)
		r.chain.Commit()
	}
	return nil
}

type runner struct {
	chain  *local.Chain
	folder string
	codes  map[string]*local.Code // by the name of the contract
	files  map[string]*local.Code
}

// step runs a step, and returns the line that is wrong with an error.
func (r *runner) step(st *step) (Report, int, error) {
	var err error
	switch st.verb {
	case "contract":
		r.codes[st.name], err = r.load(st.file)
	case "account":
		for _, coin := range st.funds {
			r.chain.SetBalance(r.chain.Address(st.name), coin)
		}
	case "block":
		err = st.nextBlock(r.chain)
	case "record":
		err = r.record(st)
	default:
		return r.call(st)
	}
	return Report{}, st.line, err
}

func (r *runner) load(file string) (*local.Code, error) {
	if !filepath.IsAbs(file) {
		file = filepath.Join(r.folder, file)
	}
	if code, ok := r.files[file]; ok {
		return code, nil
	}
	code, err := local.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotBuiltError{Module: file, err: err}
	}
	if err != nil {
		return nil, err
	}
	r.files[file] = code
	return code, nil
}

func (r *runner) record(st *step) error {
	kind, err := local.ParseKind(st.rest[0])
	if err != nil {
		return err
	}
	record := local.Record{}
	for _, word := range st.rest[1:] {
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("%q: expected FIELD=VALUE: %w", word, ErrSyntax)
		}
		record[name] = append(record[name], value)
	}
	return r.chain.SetRecord(kind, record)
}

// outcome is what came of a call, for the expectations.
type outcome struct {
	contract string // address
	result   local.Result
	err      error
}

func (r *runner) call(st *step) (Report, int, error) {
	message, err := r.message(st)
	if err != nil {
		return Report{}, st.line, err
	}
	call := local.Call{Entry: st.verb, Message: message, Caller: r.chain.Address(st.by), Funds: st.funds, Gas: st.gas}
	out, err := r.run(st, call)
	if err != nil {
		return Report{}, st.line, err
	}
	wantsFailure := slices.ContainsFunc(st.expected, func(e expectation) bool { return e.words[0] == "fail" })
	if out.err != nil && !wantsFailure {
		return Report{}, st.line, fmt.Errorf("%s: expected success, got: %w: %w", st.text, out.err, ErrFailed)
	}
	for _, e := range st.expected {
		if err := r.check(st, out, e.words); err != nil {
			return Report{}, e.line, err
		}
	}
	report := Report{Call: true, Gas: out.result.GasUsed}
	if out.err != nil {
		report.Failed = out.err.Error()
	}
	return report, 0, nil
}

// message is what the contract gets: of hooks on a record, the record.
func (r *runner) message(st *step) ([]byte, error) {
	kind := host.Attestation
	switch st.verb {
	case host.EntryDecideStep:
		kind = host.Rollout
	case host.EntryOnAttestation:
	default:
		return r.chain.Message(st.args)
	}
	if len(st.args) != 1 {
		return nil, fmt.Errorf("expected %s NAME : ID, of a record: %w", st.verb, ErrSyntax)
	}
	id, err := strconv.ParseUint(st.args[0], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("id %q: expected a number: %w", st.args[0], ErrSyntax)
	}
	return r.chain.RecordMessage(kind, id)
}

// run makes the call. Its error is for what the scenario got wrong; that of the call is in the outcome.
func (r *runner) run(st *step, call local.Call) (outcome, error) {
	switch st.verb {
	case host.EntryOnAttestation, host.EntryDecideStep, host.EntryAllowPublish:
		call.Caller = local.ModuleAddress()
	case host.EntryInit:
		code, ok := r.codes[st.name]
		if !ok {
			return outcome{}, fmt.Errorf("contract %q: expected contract %s FILE above: %w", st.name, st.name, ErrSyntax)
		}
		result, err := r.chain.Instantiate(st.name, code, call)
		if errors.Is(err, local.ErrExists) {
			return outcome{}, err
		}
		return outcome{r.chain.Address(st.name), result, err}, nil
	}
	contract, err := r.chain.Contract(st.name)
	if err != nil {
		return outcome{}, fmt.Errorf("%w: expected init %s above", err, st.name)
	}
	if st.verb == host.EntryMigrate {
		code, err := r.load(st.file)
		if err != nil {
			return outcome{}, err
		}
		result, err := r.chain.Migrate(contract, code, call)
		return outcome{contract.Address, result, err}, nil
	}
	result, err := r.chain.Call(contract, call)
	return outcome{contract.Address, result, err}, nil
}

// check compares an outcome with one expectation, whose form was checked.
func (r *runner) check(st *step, o outcome, words []string) error {
	switch words[0] {
	case "fail":
		return checkFailure(o.err, words[1:])
	case "output":
		want, err := r.chain.Message(words[1:])
		if err != nil {
			return err
		}
		return mismatch("output", r.chain.Show(want), r.chain.Show(o.result.Output))
	case "vote":
		return mismatch("vote", words[1], VoteName(st.verb, o.result.Value))
	case "event":
		return r.checkEvent(o, words[1:])
	case "events":
		return mismatch("events", words[1], strconv.Itoa(len(o.result.Events)))
	case "balance":
		return r.checkBalance(words[1], words[2])
	case "state":
		return r.checkState(st.name, words[1:])
	case "gas":
		most, err := strconv.ParseUint(words[2], 10, 64)
		if err != nil {
			return fmt.Errorf("gas %q: expected a number: %w", words[2], ErrSyntax)
		}
		if o.result.GasUsed > most {
			return fmt.Errorf("gas: expected at most %d, got %d: %w", most, o.result.GasUsed, ErrFailed)
		}
	}
	return nil
}

func mismatch(what, want, got string) error {
	if want != got {
		return fmt.Errorf("%s: expected %s, got %s: %w", what, quoteEmpty(want), quoteEmpty(got), ErrFailed)
	}
	return nil
}

func quoteEmpty(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// VoteName is the word for what an entry point that votes returned.
func VoteName(verb string, value uint32) string {
	for _, name := range slices.Sorted(maps.Keys(votes[verb])) {
		if votes[verb][name] == value {
			return name
		}
	}
	return fmt.Sprintf("%d, which is no vote", value)
}

// FailureKind says in a word how a call failed, as scenarios do.
func FailureKind(err error) string {
	var abort *host.AbortError
	switch {
	case errors.As(err, &abort):
		return "abort"
	case errors.Is(err, vm.TrapOutOfGas):
		return "gas"
	case errors.Is(err, host.ErrReadOnly):
		return "read-only"
	case errors.Is(err, host.ErrEntry):
		return "entry"
	case errors.Is(err, local.ErrFunds):
		return "funds"
	case errors.Is(err, local.ErrLimit), errors.Is(err, host.ErrLimit):
		return "limit"
	}
	return "trap"
}

func checkFailure(err error, words []string) error {
	if err == nil {
		return fmt.Errorf("expected %s, got success: %w", words[0], ErrFailed)
	}
	if kind := FailureKind(err); kind != words[0] {
		return fmt.Errorf("expected %s, got %s: %w: %w", words[0], kind, err, ErrFailed)
	}
	text := err.Error()
	if abort := (*host.AbortError)(nil); errors.As(err, &abort) {
		text = abort.Message
	}
	if len(words) == 2 && !strings.Contains(text, words[1]) {
		return fmt.Errorf("expected %q in the error, got: %w: %w", words[1], err, ErrFailed)
	}
	return nil
}

// checkEvent looks for an event of the type, of any contract, that has the attributes.
func (r *runner) checkEvent(o outcome, words []string) error {
	var others []string
	for _, e := range o.result.Events {
		if e.Type == words[0] && r.hasAttributes(e.Event, words[1:]) {
			return nil
		}
		others = append(others, FormatEvent(r.chain, e))
	}
	return fmt.Errorf("expected event %s, got %s: %w", values.Join(words), quoteEmpty(strings.Join(others, "; ")), ErrFailed)
}

func (r *runner) hasAttributes(e host.Event, words []string) bool {
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		if !slices.Contains(e.Attributes, host.Attribute{Key: key, Value: r.chain.Expand(value)}) {
			return false
		}
	}
	return true
}

// FormatEvent writes an event for people.
func FormatEvent(c *local.Chain, e local.Emitted) string {
	words := []string{e.Type}
	for _, a := range e.Attributes {
		value := a.Value
		if name, ok := c.Name(value); ok {
			value = "@" + name
		}
		words = append(words, a.Key+"="+value)
	}
	return values.Join(words)
}

func (r *runner) checkBalance(name, text string) error {
	coins, err := local.ParseCoins(text)
	if err != nil {
		return err
	}
	for _, want := range coins {
		got := r.chain.Balance(r.chain.Address(bare(name)), want.Denom)
		if err := mismatch("balance of "+name, local.FormatCoins([]host.Coin{want}), local.FormatCoins([]host.Coin{{Denom: want.Denom, Amount: got}})); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) checkState(name string, words []string) error {
	contract, err := r.chain.Contract(name)
	if err != nil {
		return err
	}
	key, err := r.raw(words[0])
	if err != nil {
		return err
	}
	got, ok := contract.Value(key)
	if len(words) == 1 {
		if ok {
			return fmt.Errorf("state %s: expected nothing, got %s: %w", words[0], values.Argument(values.B(got)), ErrFailed)
		}
		return nil
	}
	want, err := r.raw(words[1])
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("state %s: expected %s, got nothing: %w", words[0], values.Argument(values.B(want)), ErrFailed)
	}
	return mismatch("state "+words[0], values.Argument(values.B(want)), values.Argument(values.B(got)))
}

// raw is an argument as the bytes that contracts store: a text's, or the 8 of a number, little endian.
func (r *runner) raw(word string) ([]byte, error) {
	list, err := values.Parse([]string{r.chain.Expand(word)})
	if err != nil {
		return nil, err
	}
	switch v := list[0]; v.Kind {
	case values.Text:
		return []byte(v.Text), nil
	case values.Number:
		return binary.LittleEndian.AppendUint64(nil, v.Number), nil
	default:
		return v.Bytes, nil
	}
}
