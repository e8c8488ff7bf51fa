package lightclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cometbft/cometbft/types"
)

// Attack is how validators misbehaved.
type Attack string

// Kinds of attacks, as CometBFT tells them apart.
const (
	AttackLunatic      Attack = "lunatic"      // they signed a header that does not follow from the chain's state
	AttackEquivocation Attack = "equivocation" // they signed two blocks in one round
	AttackAmnesia      Attack = "amnesia"      // they signed two blocks in different rounds; who did it shows on the chain alone
)

// Divergence is two headers of one height, both signed by enough validators to pass.
type Divergence struct {
	Time   time.Time // of the finding
	Height int64
	Attack Attack
	// Primary and Witness are the endpoints, and the hashes those of their headers.
	Primary, Witness         string
	PrimaryHash, WitnessHash []byte
	// CommonHeight is the last at which they agreed, as far as it was looked at; Validators are the addresses of those
	// who signed both, in hex.
	CommonHeight int64
	Validators   []string
	// Reports say what became of the evidence.
	Reports []Report
}

// Report is evidence that was sent to an endpoint.
type Report struct {
	To string
	// Error is why the endpoint did not take it; empty if it did.
	Error string
	// Evidence is the evidence in protobuf, cometbft's tendermint.types.Evidence.
	Evidence []byte
}

// inquiry collects what the light client reports of a divergence in a round.
type inquiry struct {
	now     time.Time
	reports []Report
	// conflicting are the headers that evidence was made of, by who was told: the witness about the primary's, and the
	// other way round.
	to          []string
	conflicting []*types.LightClientAttackEvidence
}

func (q *inquiry) report(to string, evidence *types.LightClientAttackEvidence, err error) {
	r := Report{To: to}
	if err != nil {
		r.Error = err.Error()
	}
	if pb, perr := types.EvidenceToProto(evidence); perr == nil {
		r.Evidence, _ = pb.Marshal() // for people alone: without it the report still counts
	}
	q.reports = append(q.reports, r)
	q.to = append(q.to, to)
	q.conflicting = append(q.conflicting, evidence)
}

// finding returns the divergence that the reports are about. target is the height that was verified.
func (q *inquiry) finding(primary string, target int64, witnesses []*source) Divergence {
	d := Divergence{Time: q.now.UTC(), Height: target, Primary: primary, Reports: q.reports}
	if len(q.conflicting) == 0 {
		return d
	}
	first := q.conflicting[0]
	d.Witness, d.Height, d.CommonHeight = q.to[0], first.ConflictingBlock.Height, first.CommonHeight
	d.PrimaryHash, d.Attack = first.ConflictingBlock.Hash(), attackOf(first)
	d.Validators = addresses(first)
	if i := slices.IndexFunc(witnesses, func(s *source) bool { return s.name == d.Witness }); i >= 0 {
		d.WitnessHash = witnesses[i].hashAt(d.Height)
	}
	if len(q.conflicting) > 1 {
		d.WitnessHash = q.conflicting[1].ConflictingBlock.Hash()
		other := addresses(q.conflicting[1])
		d.Validators = slices.DeleteFunc(d.Validators, func(a string) bool { return !slices.Contains(other, a) })
	}
	return d
}

// addresses are of those who signed the evidence's header, among the validators that both sides know.
func addresses(e *types.LightClientAttackEvidence) []string {
	var out []string
	for _, v := range e.ByzantineValidators {
		out = append(out, v.Address.String())
	}
	return out
}

func attackOf(e *types.LightClientAttackEvidence) Attack {
	switch {
	case e.CommonHeight != e.ConflictingBlock.Height:
		return AttackLunatic
	case len(e.ByzantineValidators) > 0:
		return AttackEquivocation
	}
	return AttackAmnesia
}

// halt puts a divergence on record, in memory if the disk does not take it, and returns the error that is due from now on.
func (c *Client) halt(d Divergence) error {
	c.mu.Lock()
	c.divergence = &d
	c.mu.Unlock()
	halted := &HaltedError{Divergence: d}
	c.config.Logger.Error("divergence: halted until an operator decides", "height", d.Height, "attack", d.Attack,
		"primary", d.Primary, "witness", d.Witness, "validators", len(d.Validators))
	if err := c.headers.setJSON(keyDivergence, d); err != nil {
		return errors.Join(halted, err)
	}
	return halted
}

func (c *Client) halted() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.divergence == nil {
		return nil
	}
	return &HaltedError{Divergence: *c.divergence}
}

// Decision is what an operator decides after a divergence.
type Decision struct {
	// Trust, if it names a header, is the new root of trust: all verified headers are dropped and it is fetched.
	Trust Trust
	// Exclude are endpoints that are not asked any more, until the client is opened anew. At least one must remain.
	Exclude []string
}

// Resume carries out an operator's decision after a divergence, and lets the client go on. With neither a root of trust nor
// endpoints to exclude it goes on as before, and halts again if the endpoints still disagree. Errors: ErrConfig, ErrTrust,
// ErrUnavailable, ErrStore; the client stays halted then.
func (c *Client) Resume(ctx context.Context, d Decision) error {
	c.updating.Lock()
	defer c.updating.Unlock()
	if err := c.exclude(d.Exclude); err != nil {
		return err
	}
	if d.Trust.given() {
		if err := c.retrust(ctx, d.Trust); err != nil {
			return err
		}
	}
	if err := c.headers.remove(keyDivergence); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.divergence = nil
	c.config.Logger.Info("resumed by an operator's decision", "excluded", len(d.Exclude), "trust_height", d.Trust.Height)
	return nil
}

func (c *Client) exclude(urls []string) error {
	for _, url := range urls {
		if !slices.ContainsFunc(c.endpoints, func(e *endpoint) bool { return e.is(url) }) {
			return fmt.Errorf("%w: endpoint to exclude: expected one of the client's, got %q", ErrConfig, redacted(url))
		}
	}
	remains := slices.ContainsFunc(c.endpoints, func(e *endpoint) bool { return !e.excluded() && !slices.ContainsFunc(urls, e.is) })
	if len(urls) > 0 && !remains {
		return fmt.Errorf("%w: expected an endpoint that is not excluded", ErrConfig)
	}
	for _, e := range c.endpoints {
		if slices.ContainsFunc(urls, e.is) {
			e.exclude()
		}
	}
	return nil
}

// retrust replaces all verified headers by a new root.
func (c *Client) retrust(ctx context.Context, t Trust) error {
	setDefault(&t.Period, c.config.Trust.Period)
	if err := t.validate(); err != nil {
		return err
	}
	block, err := c.fetchRoot(ctx, t)
	if err != nil {
		return err
	}
	if err := c.headers.clear(); err != nil {
		return err
	}
	c.cache.clear()
	c.config.Trust = t
	c.mu.Lock()
	c.rules.period, c.unbonding = t.Period, unbondingRecord{}
	c.mu.Unlock()
	return c.adopt(block)
}
