package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/slots"
)

// failures are what the codes of a failed version mean, and what may help.
var failures = map[slots.Code][2]string{
	slots.CodeFetch:     {"no address of the version gave its files", "look at the addresses: assayd query registry version VERSION; and at the network"},
	slots.CodeDigest:    {"a server gave other bytes than those on record", "the publisher looks at what the addresses of the version serve"},
	slots.CodeForm:      {"the files are not what the registry says, or not what a device can run", "the publisher checks the version: assay model check"},
	slots.CodeSelfTest:  {"this device computes other bits than the publisher", "look at memory, CPU and ONNX Runtime of this device, and at runtime.provider; take it out of service if it happens again"},
	slots.CodeLoad:      {"ONNX Runtime does not load it", "look at runtime.provider, and at the memory that is free"},
	slots.CodeWarmUp:    {"inference failed while it warmed up", "look at the memory that is free"},
	slots.CodeServe:     {"inference failed on a request", "look at the memory that is free, and at the log: journalctl -u assay-sidecar"},
	slots.CodeResources: {"the device has no room for it", "artifacts.limit, and the disk"},
	slots.CodeOther:     {"see the cause beside it", "look at the log: journalctl -u assay-sidecar"},
}

func failed(check string, code slots.Code, version, cause string) Finding {
	f := wrong(check, "candidate %s failed: %s: %s", version, code, orDash(cause))
	known, ok := failures[code]
	if !ok {
		known = failures[slots.CodeOther]
	}
	return f.means(known[0]+"; the version before goes on serving, and the chain knows").hint("%s", strings.Replace(known[1], "VERSION", version, 1))
}

// checkOrder says what verified state orders of a model.
func (d *doctor) checkOrder(ctx context.Context, v *view, m config.Model) Finding {
	check := "order of " + m.ServeAs
	if v.snapshot == nil || !v.enrolled {
		return unchecked(check, "no verified state, or not enrolled")
	}
	o, found, err := v.snapshot.Directive(ctx, v.device.FleetId, m.Name)
	switch {
	case err != nil:
		return unchecked(check, "%v", err)
	case !found:
		return warning(check, "the zone has no version of %s for fleet %d", m.Name, v.device.FleetId).
			means("nothing of it is served until a rollout brings one").hint("the name in model.name, or a rollout to this fleet")
	case o.Version == "" && o.Candidate == "":
		return warning(check, "no version on record after rollout %d", o.Number).means("nothing of it is served until a rollout brings one")
	}
	said := orDash(o.Version) + " on record"
	if o.Candidate != "" {
		said += fmt.Sprintf(", candidate %s at %d %% in rollout %d", o.Candidate, o.Weight, o.Number)
	}
	for _, id := range []string{o.Version, o.Candidate} {
		if id == "" {
			continue
		}
		version, found, err := v.snapshot.Version(ctx, id)
		if err != nil {
			return unchecked(check, "%v", err)
		}
		if !found {
			return wrong(check, "%s; %s is not in the registry", said, id).hint("tell the zone's operator")
		}
		if _, err := chain.Spec(version); err != nil {
			return wrong(check, "%s; %v", said, err).means("no device can run it").hint("tell the publisher of the version")
		}
		if version.Yanked {
			return warning(check, "%s; %s is yanked: %q", said, id, version.YankReason).
				means("it goes on where it serves, and is not started anew").hint("the publisher or the operator rolls out another")
		}
	}
	return fine(check, "%s", said)
}

// examineSlots says what is served, and what would be after a restart without any network.
func (d *doctor) examineSlots(context.Context) []Finding {
	found := make([][]Finding, len(d.config.Models))
	var checks sync.WaitGroup
	for i, m := range d.config.Models {
		checks.Go(func() { found[i] = append(d.checkServed(m), d.checkSaved(m)...) })
	}
	checks.Wait()
	var out []Finding
	for _, f := range found {
		out = append(out, f...)
	}
	return out
}

// checkServed is about the running sidecar.
func (d *doctor) checkServed(m config.Model) []Finding {
	check := "model " + m.ServeAs
	if d.status == nil {
		return nil
	}
	for _, s := range d.status.Models {
		if s.ChainName != m.Name {
			continue
		}
		var out []Finding
		switch {
		case s.Serving == "" && s.Version == "" && s.Candidate == "":
			out = append(out, warning(check, "nothing is served: the chain ordered nothing yet"))
		case s.Serving == "":
			out = append(out, wrong(check, "nothing is served: %s", served(s)).means("requests are answered that the model is not ready").
				hint("the cause is beside it; look at the log: journalctl -u assay-sidecar"))
		case s.Behind:
			out = append(out, warning(check, "%s is served: %s", s.Serving, served(s)).means("the version on record is not ready yet"))
		default:
			out = append(out, fine(check, "%s is served", s.Serving))
		}
		if s.Code != "" {
			out = append(out, failed(check, slots.Code(s.Code), s.Candidate, s.Error))
		}
		return out
	}
	return []Finding{warning(check, "the running sidecar does not know it").
		means("the configuration was changed since its start").hint("systemctl restart assay-sidecar")}
}

// served is what a model's status says of what is on its way.
func served(s ModelStatus) string {
	parts := append([]string{orDash(s.Version) + " on record"}, s.Preparing...)
	if s.LastFailure != "" {
		parts = append(parts, "failed: "+s.LastFailure)
	}
	return strings.Join(parts, "; ")
}

// checkSaved is about the state on disk.
func (d *doctor) checkSaved(m config.Model) []Finding {
	check := "state of " + m.ServeAs
	s, damaged := slots.ReadSaved(d.slots(), m.Name)
	var out []Finding
	for _, err := range damaged {
		if errors.Is(err, fs.ErrPermission) {
			return []Finding{unchecked(check, "%v", err).hint("run it as root, or as the user of the sidecar")}
		}
		f := warning(check, "%v", err).means("the disk, or a program, damaged it; the copy from before is used")
		if s == nil {
			f = wrong(check, "%v", err).means("after a restart nothing is served until the chain is reached").hint("start the sidecar with the network; check the disk")
		}
		out = append(out, f)
	}
	switch {
	case s == nil && len(damaged) == 0:
		return []Finding{unchecked(check, "nothing was served yet")}
	case s == nil:
		return out
	}
	if s.Phase == slots.PhaseFailed && d.status == nil {
		out = append(out, failed(check, s.Code, s.Order.Candidate.ID, s.Error))
	}
	return append(out, d.checkKept(check, s))
}

// checkKept says whether what is to be served after a restart is whole.
func (d *doctor) checkKept(check string, s *slots.Saved) Finding {
	if s.Good == nil {
		return warning(check, "at height %d of %s: no version was ready; a restart serves nothing without the network", s.Order.Height, d.age(s.Order.Time))
	}
	for _, a := range s.Good.Needs() {
		err := artifacts.Verify(d.config.Artifacts.Dir, a)
		if errors.Is(err, fs.ErrPermission) {
			return unchecked(check, "%v", err).hint("run it as root, or as the user of the sidecar")
		}
		if err != nil {
			return wrong(check, "%s: %v", s.Good.ID, err).
				means("a restart without the network does not serve this model; with it, the file is fetched again").
				hint("check the disk; then restart the sidecar with the network: systemctl restart assay-sidecar")
		}
	}
	return fine(check, "%s is served after a restart, also without the network", s.Good.ID)
}
