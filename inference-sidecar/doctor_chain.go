package sidecar

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/config"
	lightclient "github.com/assay-chain/assay/light-client"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
)

// lightConfig is how the light client of a configuration is opened.
func lightConfig(c config.Config, now func() time.Time, log *slog.Logger) lightclient.Config {
	return lightclient.Config{
		ChainID: c.Chain.ID, Endpoints: c.Chain.Endpoints, Dir: filepath.Join(c.Home, "light"),
		Trust:         lightclient.Trust{Height: c.Chain.TrustHeight, Hash: c.Chain.TrustHash, Period: c.Chain.TrustPeriod.Duration},
		MaxClockDrift: c.Chain.MaxClockDrift.Duration, Sequential: c.Chain.Sequential, Keep: c.Chain.HeadersKept, Now: now, Logger: log,
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

// view is what the doctor's own light client verified: from a copy of the store on, or else from the configured header.
type view struct {
	client *lightclient.Client // nil: none opened
	status lightclient.Status
	stored bool  // it began from the store
	opened error // why there is none
	update error // why there is nothing newer

	snapshot *lightclient.Snapshot // of the newest state; nil: none
	device   fleettypes.Device     // of the snapshot
	enrolled bool
	dir      string
}

func (v *view) close() {
	if v.client != nil {
		_ = v.client.Close() // of a copy
	}
	if v.dir != "" {
		_ = os.RemoveAll(v.dir)
	}
}

// look opens a light client beside the sidecar's and brings it up to date.
func (d *doctor) look(ctx context.Context) *view {
	v := &view{}
	c := lightConfig(d.config, d.now, nil)
	c.Timeout = endpointTimeout
	c.Dir, v.opened = "", nil
	switch dir, err := copyHeaders(d.light()); {
	case err == nil:
		v.dir, v.stored, c.Dir = dir, true, dir
	case !errors.Is(err, fs.ErrNotExist):
		v.opened = err
		return v
	}
	v.client, v.opened = lightclient.Open(ctx, c)
	if v.opened != nil && v.stored && d.running { // copied while it was written
		c.Dir, v.stored = "", false
		v.client, v.opened = lightclient.Open(ctx, c)
	}
	if v.opened != nil {
		v.client = nil
		return v
	}
	_, v.update = v.client.Update(ctx)
	v.status = v.client.Status()
	if v.update != nil {
		return v
	}
	s, err := v.client.Snapshot(ctx)
	if err == nil && d.key != nil {
		v.device, v.enrolled, err = s.Device(ctx, d.key.Address())
	}
	if err != nil {
		v.update = err
		return v
	}
	v.snapshot = s
	return v
}

// maxCopy bounds the copy of the store, in bytes; a hundred headers take a megabyte.
const maxCopy = 256 << 20

// copyHeaders copies the store of verified headers to a folder of its own, so that looking at it changes nothing. The
// caller removes it.
func copyHeaders(light string) (dir string, err error) {
	from := filepath.Join(light, "headers.db")
	files, err := os.ReadDir(from)
	if err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "assay-doctor-"); err != nil {
		return "", err
	}
	to := filepath.Join(dir, "headers.db")
	err = os.Mkdir(to, 0o700)
	left := int64(maxCopy)
	for _, f := range files {
		if err != nil {
			break
		}
		if f.Name() == "LOCK" || strings.HasPrefix(f.Name(), "LOG") || !f.Type().IsRegular() {
			continue
		}
		var n int64
		n, err = copyFile(filepath.Join(to, f.Name()), filepath.Join(from, f.Name()), left)
		left -= n
		if errors.Is(err, fs.ErrNotExist) { // compacted away meanwhile
			err = nil
		}
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

func copyFile(to, from string, most int64) (int64, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, io.LimitReader(in, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("%s: expected a store of at most %s", from, inBytes(maxCopy))
	}
	return n, errors.Join(err, out.Close())
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

// checkEnrolment says what the chain has on record of the device, and whether its fleet may run the models.
func (d *doctor) checkEnrolment(ctx context.Context, v *view) []Finding {
	const check = "enrolment"
	if v.snapshot == nil || d.key == nil {
		text := "no verified state of the chain at hand"
		if d.key == nil {
			text = "no device key"
		}
		return []Finding{unchecked(check, "%s", text)}
	}
	if !v.enrolled {
		return []Finding{d.checkPending(ctx, v)}
	}
	device := v.device
	out := []Finding{d.checkStanding(device)}
	if device.PendingAddress != "" {
		out = append(out, warning(check, "a rotation to the key of %s waits for that key", device.PendingAddress).
			hint("put the new key into device.key_file; or have the rotation cancelled: assayd tx fleet cancel-rotation %d --from operator", device.Id))
	}
	return append(out, d.checkAllowed(ctx, v)...)
}

func (d *doctor) checkStanding(device fleettypes.Device) Finding {
	const check = "enrolment"
	is := fmt.Sprintf("device %d of fleet %d", device.Id, device.FleetId)
	restore := fmt.Sprintf("ask the fleet's operator; it is set by: assayd tx fleet set-device-standing %d active REASON --from operator", device.Id)
	switch {
	case device.Standing == fleettypes.StandingSuspect:
		return wrong(check, "%s, suspect: %q", is, device.StandingReason).
			means("its results do not count until the operator has looked into it; it serves on").hint("%s", restore)
	case device.Standing == fleettypes.StandingRevoked:
		return wrong(check, "%s, revoked: %q", is, device.StandingReason).
			means("its results never count again").hint("a new key has to be enrolled: move %s away, then assay-sidecar init", d.config.Device.KeyFile)
	case d.config.Device.Fleet != 0 && d.config.Device.Fleet != device.FleetId:
		return warning(check, "%s, and device.fleet is %d", is, d.config.Device.Fleet).hint("device.fleet = %d", device.FleetId)
	}
	return fine(check, "%s, confirmed, active", is)
}

// checkPending says who has to do what about a device that is not enrolled.
func (d *doctor) checkPending(ctx context.Context, v *view) Finding {
	const check, nothing = "enrolment", "the zone orders nothing for a device that it does not know"
	fleet := d.config.Device.Fleet
	if fleet == 0 {
		return wrong(check, "%s is not enrolled, and device.fleet is 0: no enrolment is confirmed", d.key).means(nothing).
			hint("device.fleet: the number of the fleet; its operator enrols the device: assayd tx fleet enroll-device FLEET %s --from operator", d.key)
	}
	_, found, err := v.snapshot.Enrollment(ctx, d.key.Address(), fleet)
	switch {
	case err != nil:
		return unchecked(check, "%v", err)
	case !found:
		return wrong(check, "%s is not enrolled in fleet %d", d.key, fleet).means(nothing).
			hint("the fleet's operator enrols it: assayd tx fleet enroll-device %d %s --from operator", fleet, d.key)
	case d.running:
		return warning(check, "pending in fleet %d: the sidecar confirms it within seconds, if its fees are paid", fleet)
	}
	return warning(check, "pending in fleet %d: the device has to confirm it", fleet).means(nothing).
		hint("start the sidecar, which confirms it")
}

// checkAllowed compares the fleet's allow-list with the configured models.
func (d *doctor) checkAllowed(ctx context.Context, v *view) []Finding {
	const check = "allow-list"
	key := slices.Concat(fleettypes.FleetsPrefix.Bytes(), binary.BigEndian.AppendUint64(nil, v.device.FleetId))
	raw, found, err := v.snapshot.Read(ctx, fleettypes.StoreKey, key)
	var fleet fleettypes.Fleet
	if err == nil && found {
		err = fleet.Unmarshal(raw)
	}
	if err == nil && !found {
		err = fmt.Errorf("fleet %d is not on record", v.device.FleetId)
	}
	if err != nil {
		return []Finding{unchecked(check, "%v", err)}
	}
	var refused []string
	for _, m := range d.config.Models {
		publisher, model, _ := strings.Cut(m.Name, "/")
		if ok, err := fleet.Allows(publisher, model); err != nil || !ok {
			refused = append(refused, m.Name)
		}
	}
	if len(refused) > 0 {
		return []Finding{wrong(check, "fleet %d does not allow %s", fleet.Id, strings.Join(refused, ", ")).
			means("no rollout brings these models to this device").
			hint("the fleet's operator allows them: assayd tx fleet set-fleet-policy %d %s --from operator", fleet.Id, strings.Join(append(slices.Clone(fleet.Allow), refused...), " "))}
	}
	return []Finding{fine(check, "fleet %d allows the %d models", fleet.Id, len(d.config.Models))}
}
