package sidecar

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
)

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
