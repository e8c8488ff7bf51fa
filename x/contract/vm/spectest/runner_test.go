package spectest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm"
	"github.com/assay-chain/assay/x/contract/vm/binary"
)

// maxPages is the most memory that an instance starts with here. Modules with more are compiled and not instantiated.
const maxPages = 1024

// enough is more gas than any command uses.
const enough = 1 << 50

// limits stop nothing that the scripts have.
func limits() vm.Limits {
	const most = ^uint32(0)
	return vm.Limits{
		Limits: binary.Limits{
			CodeBytes: most, Types: most, Imports: most, Funcs: most, Params: most, Locals: most, BodyBytes: most,
			BranchTargets: most, ControlDepth: most, Globals: most, TableSize: most, MemoryPages: binary.MaxPages,
			Elements: most, Data: most, Exports: most,
		},
		CallDepth: 1000, StackSlots: 1 << 20, Gas: enough,
	}
}

// instance is a module of a script, or why there is none.
type instance struct {
	*vm.Instance
	missing string
}

// errMissing ends a call that comes to what there is not.
var errMissing = errors.New("missing")

// export is a host function for other modules that calls an export of this one.
func (in *instance) export(name string) func(*vm.Instance, []uint32) (uint32, error) {
	return func(_ *vm.Instance, args []uint32) (uint32, error) {
		if in.missing != "" {
			return 0, errMissing
		}
		return in.Call(name, slices.Clone(args)...)
	}
}

// runner runs one script.
type runner struct {
	t          *testing.T
	script     *script
	last       *instance
	named      map[string]*instance
	registered map[string]*instance
}

func newRunner(t *testing.T, s *script) *runner {
	return &runner{t: t, script: s, named: map[string]*instance{}, registered: map[string]*instance{}}
}

// run gives the verdict on a command.
func (r *runner) run(c command) verdict {
	switch c.Type {
	case "module":
		return r.module(c)
	case "register":
		return r.register(c)
	case "action", "assert_return", "assert_trap", "assert_exhaustion":
		return r.action(c)
	case "assert_invalid", "assert_malformed":
		return r.refusal(c)
	case "assert_unlinkable", "assert_uninstantiable":
		return r.noInstance(c)
	}
	return fail("command %q: unknown", c.Type)
}

// module makes an instance that the commands after it refer to.
func (r *runner) module(c command) verdict {
	in, v := r.instantiate(r.script.read(r.t, c))
	r.last = in
	if c.Name != "" {
		r.named[c.Name] = in
	}
	return v
}

func (r *runner) instantiate(code []byte) (*instance, verdict) {
	hosts := r.hosts()
	m, err := vm.Compile(code, hosts, limits())
	if err != nil {
		v := classify(err)
		if v.outcome == skipped {
			r.taint(code)
		}
		return &instance{missing: v.reason}, v
	}
	if reason := tooLarge(code); reason != "" {
		return &instance{missing: reason}, verdict{outcome: ran}
	}
	in, err := m.Instantiate(nil, enough)
	if err != nil {
		v := fail("instantiate: %v", err)
		return &instance{missing: v.reason}, v
	}
	return &instance{Instance: in}, verdict{outcome: ran}
}

// taint gives up instances whose memory or table a module that is left out would have changed.
func (r *runner) taint(code []byte) {
	m, err := decode(code)
	require.NoError(r.t, err)
	for _, i := range m.imports {
		if in := r.registered[i.module]; in != nil && i.kind != kindFunc && in.missing == "" {
			*in = instance{missing: "shares state with a module out of the profile"}
		}
	}
}

// classify tells what the profile leaves out from what is wrong.
func classify(err error) verdict {
	var e *binary.Error
	switch {
	case errors.Is(err, binary.ErrUnsupported) && errors.As(err, &e):
		return skip("module out of the profile: %s", feature(e.Msg))
	case errors.Is(err, vm.ErrImport):
		return skip("module imports what was skipped")
	}
	return fail("compile: %v", err)
}

// feature is a name without what differs from module to module.
func feature(msg string) string {
	name, _, _ := strings.Cut(msg, ":")
	if word, _, ok := strings.Cut(name, "."); ok && !strings.Contains(word, " ") {
		return word + " instructions" // of a type: i64.add
	}
	return name
}

func tooLarge(code []byte) string {
	m, err := binary.Decode(code, limits().Limits)
	if err == nil && m.Memory != nil && m.Memory.Min > maxPages {
		return "memory too large for the tests"
	}
	return ""
}

// hosts are the functions that modules may import: those that the scripts assume, and exports of registered modules.
func (r *runner) hosts() *vm.Hosts {
	nothing := func(*vm.Instance, []uint32) (uint32, error) { return 0, nil }
	funcs := []vm.HostFunc{
		{Module: "spectest", Name: "print", Call: nothing},
		{Module: "spectest", Name: "print_i32", Params: 1, Call: nothing},
	}
	for name, in := range r.registered {
		if in.Instance == nil {
			continue
		}
		for _, e := range in.Module().Exports() {
			if params, result, ok := in.Module().FuncType(e.Name); ok && params <= 32 {
				funcs = append(funcs, vm.HostFunc{Module: name, Name: e.Name, Params: params, Result: result, Call: in.export(e.Name)})
			}
		}
	}
	hosts, err := vm.NewHosts(funcs...)
	require.NoError(r.t, err)
	return hosts
}

// find is the instance that a command refers to.
func (r *runner) find(name string) *instance {
	if name == "" {
		return r.last
	}
	return r.named[name]
}

func (r *runner) register(c command) verdict {
	in := r.find(c.Name)
	r.registered[c.As] = in
	if in.missing != "" {
		return skip("%s", in.missing)
	}
	return verdict{outcome: ran}
}

// action calls an export and compares what it gives.
func (r *runner) action(c command) verdict {
	in := r.find(c.Action.Module)
	switch {
	case in.missing != "":
		return skip("%s", in.missing)
	case c.Action.Type == "get":
		return global(c, in.Instance)
	}
	args, err := numbers(c.Action.Args)
	if err != nil {
		return fail("line %d: arguments: %v", c.Line, err)
	}
	got, err := in.Call(c.Action.Field, args...)
	if errors.Is(err, errMissing) {
		return skip("calls a module that was given up")
	}
	return outcomeOf(c, in.Instance, got, err)
}

// outcomeOf compares what a call gave with what the script says.
func outcomeOf(c command, in *vm.Instance, got uint32, err error) verdict {
	if c.Type == "assert_trap" || c.Type == "assert_exhaustion" {
		return trapped(c, err)
	}
	if err != nil {
		return fail("line %d: call %q: %v", c.Line, c.Action.Field, err)
	}
	if c.Type == "action" {
		return verdict{outcome: ran}
	}
	return returned(c, in, got)
}

// returned compares what a call gave.
func returned(c command, in *vm.Instance, got uint32) verdict {
	want, err := numbers(c.Expected)
	if err != nil {
		return fail("line %d: expected: %v", c.Line, err)
	}
	_, result, _ := in.Module().FuncType(c.Action.Field)
	if result != (len(want) == 1) || len(want) > 1 {
		return fail("line %d: call %q: expected %d results, got a result: %t", c.Line, c.Action.Field, len(want), result)
	}
	if result && got != want[0] {
		return fail("line %d: call %q: expected %d, got %d", c.Line, c.Action.Field, want[0], got)
	}
	return verdict{outcome: ran}
}

// global compares the value of an exported global.
func global(c command, in *vm.Instance) verdict {
	want, err := numbers(c.Expected)
	if err != nil || len(want) != 1 {
		return fail("line %d: get %q: expected one i32, got %v: %v", c.Line, c.Action.Field, want, err)
	}
	got, err := in.Global(c.Action.Field)
	if err != nil || got != want[0] {
		return fail("line %d: get %q: expected %d, got %d: %v", c.Line, c.Action.Field, want[0], got, err)
	}
	return verdict{outcome: ran}
}

// trapped compares the text of a trap as the reference interpreter does: one is the beginning of the other.
func trapped(c command, err error) verdict {
	var t *vm.Trap
	if !errors.As(err, &t) {
		return fail("line %d: expected trap %q, got %v", c.Line, c.Text, err)
	}
	want, got := c.Text, t.Code.Error()
	switch want {
	case "out of bounds table access", "elements segment does not fit":
		want = vm.TrapUndefinedElement.Error()
	case "data segment does not fit":
		want = vm.TrapMemory.Error()
	}
	if want == "" || !strings.HasPrefix(got, want) && !strings.HasPrefix(want, got) {
		return fail("line %d: expected trap %q, got %v", c.Line, c.Text, err)
	}
	return verdict{outcome: ran}
}

// textFormat is why modules in the text format are skipped: there is no parser for it.
const textFormat = "text format"

// refusal is for modules that must not compile.
func (r *runner) refusal(c command) verdict {
	if c.ModuleType != "binary" {
		return skip(textFormat)
	}
	want := binary.ErrInvalid
	if c.Type == "assert_malformed" {
		want = binary.ErrMalformed
	}
	_, err := vm.Compile(r.script.read(r.t, c), r.hosts(), limits())
	switch {
	case errors.Is(err, want), errors.Is(err, binary.ErrInvalid) && invalidFirst[c.Filename] == c.Text:
		return verdict{outcome: ran}
	case errors.Is(err, binary.ErrUnsupported):
		return verdict{refused, classify(err).reason}
	}
	return fail("line %d: %s: expected %v (%s), got %v", c.Line, c.Filename, want, c.Text, err)
}

// invalidFirst are malformed modules of version 1.0 that have an invalid byte before the malformed one. What comes first
// decides; the specification leaves it open.
var invalidFirst = map[string]string{
	"binary.32.wasm": "zero flag expected",
	"binary.80.wasm": "unexpected end of section or function",
}

// noInstance is for valid modules whose imports or segments do not fit, or whose start function traps.
func (r *runner) noInstance(c command) verdict {
	code := r.script.read(r.t, c)
	m, err := vm.Compile(code, r.hosts(), limits())
	switch {
	case errors.Is(err, binary.ErrUnsupported):
		r.taint(code)
		return verdict{refused, classify(err).reason}
	case errors.Is(err, vm.ErrImport):
		if c.Text == "unknown import" || c.Text == "incompatible import type" {
			return verdict{outcome: ran}
		}
		return skip("module imports what was skipped")
	case err != nil:
		return fail("line %d: %s: compile: %v", c.Line, c.Filename, err)
	}
	in, err := m.Instantiate(nil, enough)
	defer in.Release()
	return trapped(c, err)
}
