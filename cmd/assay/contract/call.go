package contract

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/cmd/assay/contract/local"
	"github.com/assay-chain/assay/cmd/assay/contract/scenario"
	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/values"
)

// callOptions are the flags of call.
type callOptions struct {
	state, name, init, entry, caller, funds, time, records string
	query, doInit                                          bool
	height, attestation, rollout, gas                      uint64
}

func callCmd() *cobra.Command {
	var o callOptions
	cmd := &cobra.Command{
		Use:   "call FILE.wasm [METHOD [ARGS…]]",
		Short: "Run one call of a contract, on a state in a file",
		Long: `Call a contract in the runtime of the chain and print what it returned, announced and wrote, and the VM gas. Without --entry or
--query the method is one of execute.

Arguments are values: 123 is a number, 0xab01 is bytes, all else is text; text:…, hex:… and number:… force the kind. @name stands for
the address of a contract of that name in the state, or of an account, which is made up from the name. An argument that begins with - comes after --.

--init makes the contract first. With --state the chain is read from a file, and written back after a call that succeeded and may
write; a later call finds the contract there by its name.`,
		Example: `  assay contract call counter.wasm --state s.json --init "7"
  assay contract call counter.wasm --state s.json add 5
  assay contract call counter.wasm --state s.json --query value
  assay contract call gate.wasm --state s.json --records r.json --entry decide_step --rollout 3`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.doInit = cmd.Flags().Changed("init")
			out, err := o.run(args[0], args[1:])
			if err != nil {
				return codeHint(err)
			}
			return out.print(cmd.OutOrStdout(), asJSON(cmd))
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.state, "state", "", "JSON file with the chain; made if it is not there")
	f.StringVar(&o.name, "name", "", "the contract's name in the state; default that of the file")
	f.StringVar(&o.init, "init", "", "make the contract first, with these arguments of init in one word")
	f.StringVar(&o.entry, "entry", "", "entry point: execute, query, migrate, on_attestation, decide_step or allow_publish")
	f.BoolVar(&o.query, "query", false, "call query")
	f.StringVar(&o.caller, "caller", "owner", "who calls: a name or an address")
	f.StringVar(&o.funds, "funds", "", "coins that come with the call, such as 5uassay")
	f.StringVar(&o.records, "records", "", "JSON file with records of other modules")
	f.Uint64Var(&o.height, "height", 0, "height of the block; default that of the state")
	f.StringVar(&o.time, "time", "", "time of the block, RFC 3339; default that of the state")
	f.Uint64Var(&o.attestation, "attestation", 0, "id of an attestation: its record is the message")
	f.Uint64Var(&o.rollout, "rollout", 0, "id of a rollout: its record is the message")
	f.Uint64Var(&o.gas, "gas", 0, "limit in VM gas; default that of the chain")
	return cmd
}

// callOutcome is what there is to say about a call.
type callOutcome struct {
	Entry    string   `json:"entry"`
	Contract string   `json:"contract"`
	Output   string   `json:"output"`
	Bytes    string   `json:"output_hex"`
	Vote     *uint32  `json:"vote,omitempty"`
	Events   []string `json:"events"`
	Changes  []string `json:"changes"`
	GasUsed  uint64   `json:"gas_used"`
	GasLimit uint64   `json:"gas_limit"`
}

func (o *callOptions) run(file string, args []string) (*callOutcome, error) {
	chain, err := o.chain()
	if err != nil {
		return nil, err
	}
	code, err := local.Load(file)
	if err != nil {
		return nil, err
	}
	if o.name == "" {
		o.name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	entry, err := o.entryPoint()
	if err != nil {
		return nil, err
	}
	var out *callOutcome
	if o.doInit {
		if out, err = o.instantiate(chain, code); err != nil {
			return nil, err
		}
	}
	if len(args) > 0 || o.attestation > 0 || o.rollout > 0 || !o.doInit {
		if out, err = o.call(chain, code, entry, args); err != nil {
			return nil, err
		}
	}
	if o.state != "" && (entry != host.EntryQuery || o.doInit) {
		return out, chain.SaveState(o.state)
	}
	return out, nil
}

// chain is that of the state, in the block and with the records of the flags.
func (o *callOptions) chain() (*local.Chain, error) {
	c := local.New()
	if o.state != "" {
		loaded, err := local.LoadState(o.state)
		if err != nil && (!errors.Is(err, fs.ErrNotExist) || isFile(o.state)) {
			return nil, err
		}
		if err == nil {
			c = loaded
		}
	}
	if o.height != 0 {
		c.Height = o.height
	}
	if o.time != "" {
		t, err := time.Parse(time.RFC3339Nano, o.time)
		if err != nil {
			return nil, fmt.Errorf("--time %q: expected RFC 3339, such as 2026-01-02T15:04:05Z", o.time)
		}
		c.Time = t
	}
	if o.records != "" {
		if err := c.LoadRecords(o.records); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (o *callOptions) entryPoint() (string, error) {
	switch {
	case o.query && o.entry != "" && o.entry != host.EntryQuery:
		return "", errors.New("--query and --entry: expected one of them")
	case o.query:
		return host.EntryQuery, nil
	case o.entry == "":
		return host.EntryExecute, nil
	case o.entry == host.EntryInit:
		return "", hintError{errors.New("--entry init: a contract is made with --init"), `assay contract call FILE.wasm --init "ARGS"`}
	}
	return o.entry, nil
}

func (o *callOptions) instantiate(c *local.Chain, code *local.Code) (*callOutcome, error) {
	words, err := values.Split(o.init)
	if err != nil {
		return nil, fmt.Errorf("--init: %w", err)
	}
	call, err := o.prepare(c, host.EntryInit, words)
	if err != nil {
		return nil, err
	}
	result, err := c.Instantiate(o.name, code, call)
	if err != nil {
		return nil, callFailure(host.EntryInit, result, err)
	}
	return describe(c, c.Address(o.name), call.Entry, result), nil
}

func (o *callOptions) call(c *local.Chain, code *local.Code, entry string, args []string) (*callOutcome, error) {
	contract, err := c.Contract(o.name)
	if err != nil {
		return nil, hintError{err, `make it first: --init "ARGS"`}
	}
	if entry != host.EntryMigrate {
		if contract.Code.Digest != code.Digest {
			return nil, hintError{
				fmt.Errorf("contract %q was made of other code than %s", o.name, code.Path),
				"call --entry migrate to give it this code, or another --name or --state",
			}
		}
	}
	call, err := o.prepare(c, entry, args)
	if err != nil {
		return nil, err
	}
	var result local.Result
	if entry == host.EntryMigrate {
		result, err = c.Migrate(contract, code, call)
	} else {
		result, err = c.Call(contract, call)
	}
	if err != nil {
		return nil, callFailure(entry, result, err)
	}
	return describe(c, contract.Address, entry, result), nil
}

// prepare makes the message, and gives the caller what it sends. The coins go with execute, or else with init.
func (o *callOptions) prepare(c *local.Chain, entry string, args []string) (local.Call, error) {
	call := local.Call{Entry: entry, Caller: c.Address(strings.TrimPrefix(o.caller, "@")), Gas: o.gas}
	var err error
	switch {
	case o.attestation > 0 && entry != host.EntryInit:
		call.Message, err = c.RecordMessage(host.Attestation, o.attestation)
	case o.rollout > 0 && entry != host.EntryInit:
		call.Message, err = c.RecordMessage(host.Rollout, o.rollout)
	default:
		call.Message, err = c.Message(args)
	}
	if err != nil {
		return call, err
	}
	switch entry {
	case host.EntryOnAttestation, host.EntryDecideStep, host.EntryAllowPublish:
		call.Caller = local.ModuleAddress()
	case host.EntryInit, host.EntryExecute:
		if call.Funds, err = local.ParseCoins(o.funds); err != nil {
			return call, err
		}
		o.funds = ""
		c.Fund(call.Caller, call.Funds)
	}
	return call, nil
}

// callFailure says in its error what the call used.
func callFailure(entry string, r local.Result, err error) error {
	err = fmt.Errorf("%s: %w (%d of %d VM gas used)", entry, err, r.GasUsed, r.GasLimit)
	if scenario.FailureKind(err) == "gas" {
		return hintError{err, "the chain gives a call no more than this by default; --gas tries with more"}
	}
	return err
}

func describe(c *local.Chain, address, entry string, r local.Result) *callOutcome {
	name, _ := c.Name(address)
	out := &callOutcome{
		Entry: entry, Contract: name + " " + address, Output: c.Show(r.Output), Bytes: hex.EncodeToString(r.Output),
		Events: []string{}, Changes: []string{}, GasUsed: r.GasUsed, GasLimit: r.GasLimit,
	}
	if entry == host.EntryDecideStep || entry == host.EntryAllowPublish {
		out.Vote = &r.Value
	}
	for _, e := range r.Events {
		out.Events = append(out.Events, scenario.FormatEvent(c, e))
	}
	for _, change := range r.Changes {
		owner, _ := c.Name(change.Contract)
		out.Changes = append(out.Changes, owner+" "+storageKey(change.Key)+": "+storageValue(change.Before)+" → "+storageValue(change.After))
	}
	return out
}

// storageKey shows a key as text where it is some.
func storageKey(key []byte) string {
	for _, c := range key {
		if c < ' ' || c > '~' {
			return values.Argument(values.B(key))
		}
	}
	return strconv.Quote(string(key))
}

func storageValue(b []byte) string {
	if b == nil {
		return "nothing"
	}
	return values.Argument(values.B(b))
}

func (o *callOutcome) print(w io.Writer, inJSON bool) error {
	if inJSON {
		return writeJSON(w, o)
	}
	lines := []string{"contract  " + o.Contract}
	if o.Output != "" {
		lines = append(lines, "output    "+o.Output)
	}
	if o.Vote != nil {
		lines = append(lines, "vote      "+scenario.VoteName(o.Entry, *o.Vote))
	}
	for _, e := range o.Events {
		lines = append(lines, "event     "+e)
	}
	for _, c := range o.Changes {
		lines = append(lines, "storage   "+c)
	}
	lines = append(lines, fmt.Sprintf("gas       %d of %d VM gas", o.GasUsed, o.GasLimit))
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}
