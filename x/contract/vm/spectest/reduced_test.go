package spectest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm"
	"github.com/assay-chain/assay/x/contract/vm/binary"
)

// TestReduced runs what TestOfficial skips because of the profile, as far as reduced modules can.
func TestReduced(t *testing.T) {
	p := readProfile(t)
	for _, version := range []string{"v1", "v2"} {
		t.Run(version, func(t *testing.T) {
			counts := newTally()
			for _, s := range scripts(t, version) {
				official, reduced := newRunner(t, s), newReducedRunner(t, s, p)
				for _, c := range s.Commands {
					first, v := official.run(c), reduced.run(c)
					if first.outcome == skipped && first.reason != textFormat {
						counts.add(s.name, c.Type, v)
					}
					if v.outcome == failed {
						t.Errorf("%s %s: %s", s.name, c.Type, v.reason)
					}
				}
			}
			golden(t, "reduced-"+version+".txt", counts)
		})
	}
	require.Zero(t, vm.Panics())
}

// reducedRunner runs one script with reduced modules. Those that the profile takes whole run as they are.
type reducedRunner struct {
	t          *testing.T
	script     *script
	profile    profile
	last       *part
	named      map[string]*part
	registered map[string]*part
}

func newReducedRunner(t *testing.T, s *script, p profile) *reducedRunner {
	return &reducedRunner{t: t, script: s, profile: p, named: map[string]*part{}, registered: map[string]*part{}}
}

// run gives the verdict on a command. What must be refused is for TestOfficial alone.
func (r *reducedRunner) run(c command) verdict {
	switch c.Type {
	case "module":
		return r.module(c)
	case "register":
		r.registered[c.As] = r.find(c.Name)
		return r.find(c.Name).verdict()
	case "action", "assert_return", "assert_trap", "assert_exhaustion":
		return r.action(c)
	case "assert_unlinkable", "assert_uninstantiable":
		r.noInstance(c)
	}
	return skip("not for reduced modules")
}

func (r *reducedRunner) find(name string) *part {
	if name == "" {
		return r.last
	}
	return r.named[name]
}

// verdict is that on what only makes or names the part.
func (p *part) verdict() verdict {
	if p.idle != "" {
		return skip("%s", p.idle)
	}
	return verdict{outcome: ran}
}

// noInstance is for a module that gets no instance, but may have had effects on others until then.
func (r *reducedRunner) noInstance(c command) {
	p := r.link(c)
	if p.start >= 0 {
		p.skipped(uint32(p.start))
	}
}

func (r *reducedRunner) module(c command) verdict {
	p := r.link(c)
	r.last = p
	if c.Name != "" {
		r.named[c.Name] = p
	}
	if err := r.instantiate(p, r.script.read(r.t, c)); err != nil {
		p.idle = "no instance"
		return fail("line %d: %s: %v", c.Line, c.Filename, err)
	}
	return p.verdict()
}

// link reduces a module and joins it to the parts that it imports from.
func (r *reducedRunner) link(c command) *part {
	m, err := decode(r.script.read(r.t, c))
	require.NoError(r.t, err, c.Filename)
	p := &part{reduction: reduce(m, r.profile, r)}
	for _, f := range m.funcs[:m.importedFuncs()] {
		from := r.registered[f.from.module]
		t := target{part: from}
		if from != nil {
			t.index, _ = from.export(kindFunc, f.from.name)
		}
		p.targets = append(p.targets, t)
	}
	r.share(p)
	return p
}

// share notes the state that a part has of others. What it may change there is unknown from now on.
func (r *reducedRunner) share(p *part) {
	add := func(from *rawImport, ours state, theirs func(index uint32) state) {
		if from == nil || r.registered[from.module] == nil {
			return
		}
		other := r.registered[from.module]
		if index, ok := other.export(from.kind, from.name); ok {
			p.shares = append(p.shares, share{ours: ours, theirs: theirs(index), part: other})
		}
	}
	const memory = memoryBytes | memorySize
	for _, e := range p.memories {
		add(e.from, memory, func(uint32) state { return memory })
	}
	for _, e := range p.tables {
		add(e.from, tableElements, func(uint32) state { return tableElements })
	}
	for i, g := range p.globals {
		if g.mutable {
			add(g.from, globalState(uint32(i)), globalState)
		}
	}
	var writes state
	for i := range p.funcs {
		writes |= p.effects(uint32(i)).writes
	}
	if len(p.data) > 0 {
		writes |= memoryBytes
	}
	for _, s := range p.shares {
		if s.ours == tableElements {
			p.abandon()
		}
		if s.ours&writes != 0 {
			s.part.lose(s.theirs)
		}
	}
}

// function says why an imported function is a stub.
func (r *reducedRunner) function(i *rawImport) string {
	if i.module == "spectest" {
		return "" // those that have a type of the profile do nothing
	}
	p := r.registered[i.module]
	if p == nil || p.Instance == nil {
		return "missing import"
	}
	index, ok := p.export(kindFunc, i.name)
	if !ok {
		return "missing import"
	}
	return p.whyFunc[index]
}

// value gives an imported global.
func (r *reducedRunner) value(i *rawImport) (uint32, bool) {
	if i.module == "spectest" {
		return 666, i.name == "global_i32"
	}
	p := r.registered[i.module]
	if p == nil || p.Instance == nil {
		return 0, false
	}
	index, ok := p.export(kindGlobal, i.name)
	if !ok || p.unknown&globalState(index) != 0 {
		return 0, false
	}
	v, err := p.Global(i.name)
	return v, err == nil
}

// instantiate compiles a module, whole if the profile takes it, and makes an instance. The profile must take what is left by
// reduction, and may take whole only what nothing was taken from.
func (r *reducedRunner) instantiate(p *part, code []byte) error {
	hosts, err := p.hosts()
	if err != nil {
		return err
	}
	compiled, err := vm.Compile(code, hosts, limits())
	switch {
	case errors.Is(err, binary.ErrUnsupported):
		code = p.code
		compiled, err = vm.Compile(code, hosts, limits())
		if !p.runs() {
			p.idle = "nothing that runs lies in the profile"
		}
	case err == nil && !p.whole():
		return errors.New("compiled, but is out of the profile")
	}
	if err != nil {
		return err
	}
	if tooLarge(code) != "" {
		p.idle = tooLarge(code)
		return nil
	}
	return p.begin(compiled)
}

// begin makes the instance and runs the start function.
func (p *part) begin(compiled *vm.Module) (err error) {
	p.Instance, err = compiled.Instantiate(nil, enough)
	if err == nil && p.startApart && !p.guess(uint32(p.start)) {
		_, err = p.Call(startName)
	}
	if p.start >= 0 && (p.guess(uint32(p.start)) || p.unfinished(err) != "") {
		p.skipped(uint32(p.start))
		return nil
	}
	return err
}

// action calls an export and compares what it gives, if the profile and what is known let it.
func (r *reducedRunner) action(c command) verdict {
	p := r.find(c.Action.Module)
	switch {
	case p.Instance == nil:
		return skip("%s", p.idle)
	case c.Action.Type == "get":
		return p.get(c)
	}
	index, ok := p.export(kindFunc, c.Action.Field)
	if !ok {
		return fail("line %d: no export %q", c.Line, c.Action.Field)
	}
	if why := p.whyFunc[index]; why != "" {
		p.skipped(index)
		return skip("function out of the profile: %s", why)
	}
	args, err := numbers(c.Action.Args)
	if err != nil {
		return fail("line %d: arguments: %v", c.Line, err)
	}
	if p.guess(index) {
		if p.holds(c, index, args) {
			return verdict{outcome: ran}
		}
		p.skipped(index)
		return skip(unknownState)
	}
	got, err := p.Call(c.Action.Field, args...)
	if why := p.unfinished(err); why != "" {
		p.skipped(index)
		return skip("%s", why)
	}
	return outcomeOf(c, p.Instance, got, err)
}

// get looks at a global.
func (p *part) get(c command) verdict {
	index, ok := p.export(kindGlobal, c.Action.Field)
	switch {
	case !ok:
		return fail("line %d: no global %q", c.Line, c.Action.Field)
	case p.whyGlobal[index] != "":
		return skip("global out of the profile: %s", p.whyGlobal[index])
	case p.unknown&globalState(index) != 0:
		return skip(unknownState)
	}
	return global(c, p.Instance)
}
