package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/config"
	lightclient "github.com/assay-chain/assay/light-client"
)

// lightConfig is how the light client of a configuration is opened.
func lightConfig(c config.Config, now func() time.Time, log *slog.Logger) lightclient.Config {
	return lightclient.Config{
		ChainID: c.Chain.ID, Endpoints: c.Chain.Endpoints, Dir: filepath.Join(c.Home, "light"),
		Trust:         lightclient.Trust{Height: c.Chain.TrustHeight, Hash: c.Chain.TrustHash, Period: c.Chain.TrustPeriod.Duration},
		MaxClockDrift: c.Chain.MaxClockDrift.Duration, Sequential: c.Chain.Sequential, Unwitnessed: c.Chain.Unwitnessed,
		Keep: c.Chain.HeadersKept, Now: now, Logger: log,
	}
}

func (d *doctor) examineChain(ctx context.Context) []Finding {
	ctx, cancel := context.WithTimeout(ctx, networkTimeout)
	defer cancel()
	var (
		nodes  []*node
		common int64
		v      *view
		asked  sync.WaitGroup
	)
	asked.Go(func() { nodes, common = d.survey(ctx) })
	asked.Go(func() { v = d.look(ctx) })
	asked.Wait()
	defer v.close()
	out := d.checkEndpoints(nodes, common)
	out = append(out, d.checkClock(nodes, v))
	out = append(out, d.checkTrust(v)...)
	out = append(out, d.checkDaemonChain()...)
	out = append(out, d.checkEnrolment(ctx, v)...)
	out = append(out, d.checkFees(ctx, d.onChain(nodes)))
	for _, m := range d.config.Models {
		out = append(out, d.checkOrder(ctx, v, m))
	}
	return out
}

const trustHint = "assay-sidecar trust set --height HEIGHT --hash HASH, of a recent header that somebody vouches for who is not an endpoint"

func (d *doctor) checkTrust(v *view) []Finding {
	const check = "light client"
	switch {
	case errors.Is(v.opened, fs.ErrPermission):
		return []Finding{unchecked(check, "%v", v.opened).hint("run it as root, or as the user of the sidecar")}
	case errors.Is(v.opened, lightclient.ErrTrust) && v.stored:
		return []Finding{wrong(check, "%v", v.opened).
			means("the configuration names another header than the one that was verified; one of them is not the chain's").
			hint("chain.trust_height and chain.trust_hash: correct them; if the store is wrong, afterwards: assay-sidecar trust set")}
	case errors.Is(v.opened, lightclient.ErrTrust):
		return []Finding{wrong(check, "%v", v.opened).
			means("nothing can be verified: the header that trust begins with is missing, or not the chain's").hint(trustHint)}
	case errors.Is(v.opened, lightclient.ErrUnavailable):
		return []Finding{unchecked(check, "nothing verified yet, and no endpoint to begin with").means("the first start needs the network")}
	case errors.Is(v.opened, lightclient.ErrStore):
		return []Finding{wrong(check, "%v", v.opened).means("what was verified before does not read").
			hint("stop the sidecar, move %s away, and name a recent header in chain.trust_height and chain.trust_hash", d.light())}
	case v.opened != nil:
		return []Finding{wrong(check, "%v", v.opened).hint("correct the keys of chain")}
	}
	out := []Finding{d.checkDivergence(v), d.checkExpiry(v)}
	if f, ok := d.checkUpdate(v); ok {
		out = append(out, f)
	}
	return out
}

func (d *doctor) checkDivergence(v *view) Finding {
	const check = "divergence"
	if v.status.Divergence == nil {
		return fine(check, "none on record")
	}
	return wrong(check, "%s", divergence(v.status.Divergence)).
		means("validators signed two chains, or an endpoint shows another: the light client is halted, and the device serves what it verified before").
		hint("assay-sidecar trust show; ask the zone's operator which hash is right; then assay-sidecar trust resume --exclude URL, of the wrong endpoint")
}

func divergence(x *lightclient.Divergence) string {
	return fmt.Sprintf("%s at height %d, found %s: %s has %s, %s has %s", x.Attack, x.Height, stamp(x.Time),
		x.Primary, config.Hex(x.PrimaryHash), x.Witness, config.Hex(x.WitnessHash))
}

func (d *doctor) checkExpiry(v *view) Finding {
	const check = "trust"
	s := v.status
	left := s.TrustedUntil.Sub(d.now())
	head := fmt.Sprintf("header %d of %s, trusted until %s", s.Head.Height, d.age(s.Head.Time), stamp(s.TrustedUntil))
	switch {
	case left <= 0:
		return wrong(check, "%s: expired %s ago", head, length(-left)).
			means("nothing newer can be verified from it; the device serves what it verified last").hint(trustHint)
	case s.Unbonding > 0 && s.TrustPeriod >= s.Unbonding:
		return wrong(check, "trust period %s, unbonding period of the chain %s", length(s.TrustPeriod), length(s.Unbonding)).
			means("validators who are gone could sign another chain and pay nothing").
			hint("chain.trust_period: set it to %s or less", durationText(s.Unbonding*2/3))
	case left < s.TrustPeriod/4:
		return warning(check, "%s, which is in %s", head, length(left)).
			means("after that an operator has to name a new header").hint("bring the device to the network before")
	}
	return fine(check, "%s", head)
}

// checkUpdate says why the newest header is not newer; ok is false where other findings have said it.
func (d *doctor) checkUpdate(v *view) (f Finding, ok bool) {
	const check = "verification"
	err := v.update
	switch {
	case err == nil && d.now().Sub(v.status.Head.Time) > 5*maxLag:
		return warning(check, "the newest header that verifies is of %s", d.age(v.status.Head.Time)).
			means("the chain stands still, or the endpoints are behind"), true
	case err == nil:
		return fine(check, "up to height %d, which %d further endpoints confirm", v.status.Head.Height, v.status.Confirmed), true
	case errors.Is(err, lightclient.ErrHalted), errors.Is(err, lightclient.ErrTrustExpired), errors.Is(err, lightclient.ErrTrustPeriod):
		return Finding{}, false
	case errors.Is(err, lightclient.ErrFutureHeader):
		return wrong(check, "%v", err).means("the clock of this device is behind, or those of the validators are ahead").hint("timedatectl set-ntp true"), true
	case errors.Is(err, lightclient.ErrNoWitness):
		return wrong(check, "%v", err).means("one endpoint alone is not followed").hint("chain.endpoints: add one that answers"), true
	case errors.Is(err, lightclient.ErrHeader), errors.Is(err, lightclient.ErrProof), errors.Is(err, lightclient.ErrState), errors.Is(err, lightclient.ErrResponse):
		return wrong(check, "%v", err).means("an endpoint sends what does not verify; it is not believed").
			hint("remove that endpoint from chain.endpoints, and tell its operator"), true
	}
	return unchecked(check, "no news from the endpoints: %v", err), true
}

// checkDaemonChain says what the running sidecar has of the chain.
func (d *doctor) checkDaemonChain() []Finding {
	const check = "chain, as the sidecar has it"
	if d.status == nil {
		return nil
	}
	c := d.status.Chain
	switch {
	case c.Divergence != "":
		return []Finding{wrong(check, "halted: %s", c.Divergence).means("it serves what it verified before").
			hint("stop it, then assay-sidecar trust show and assay-sidecar trust resume")}
	case c.Error != "":
		return []Finding{warning(check, "height %d of %s ago; no news: %s", c.Height, length(c.Age), c.Error)}
	case c.Age > 5*maxLag:
		return []Finding{warning(check, "height %d of %s ago", c.Height, length(c.Age))}
	}
	return []Finding{fine(check, "height %d of %s ago, device %s", c.Height, length(c.Age), orDash(c.Standing))}
}
