package types

import "math"

// Devices is how many devices have reported.
func (t Totals) Devices() uint64 {
	return t.Seen + t.Fetched + t.Checked + t.Ready + t.Serving + t.Failed
}

// ReadyDevices is how many devices are ready or serving.
func (t Totals) ReadyDevices() uint64 { return t.Ready + t.Serving }

// Add returns the sum.
func (t Totals) Add(o Totals) Totals {
	return Totals{
		Seen: t.Seen + o.Seen, Fetched: t.Fetched + o.Fetched, Checked: t.Checked + o.Checked,
		Ready: t.Ready + o.Ready, Serving: t.Serving + o.Serving, Failed: t.Failed + o.Failed,
		Failures: t.Failures + o.Failures, Attestations: t.Attestations + o.Attestations,
	}
}

// Sub returns the difference; o must be a part of t.
func (t Totals) Sub(o Totals) Totals {
	return Totals{
		Seen: t.Seen - o.Seen, Fetched: t.Fetched - o.Fetched, Checked: t.Checked - o.Checked,
		Ready: t.Ready - o.Ready, Serving: t.Serving - o.Serving, Failed: t.Failed - o.Failed,
		Failures: t.Failures - o.Failures, Attestations: t.Attestations - o.Attestations,
	}
}

// maxCount bounds a count in a packet so that no sum over zones and fleets overflows.
const maxCount = math.MaxUint32

func (t Totals) validate() error {
	for _, n := range []uint64{t.Seen, t.Fetched, t.Checked, t.Ready, t.Serving, t.Failed, t.Failures, t.Attestations} {
		if n > maxCount {
			return ErrInvalidPacket.Wrapf("totals: expected counts of at most %d, got %d", uint64(maxCount), n)
		}
	}
	if t.Failures > t.Devices() || t.Failed > t.Failures {
		return ErrInvalidPacket.Wrapf("totals: %d failed and %d failures of %d devices", t.Failed, t.Failures, t.Devices())
	}
	return nil
}

// count returns the counter of a phase; nil for a phase that has none.
func (t *Totals) count(p DevicePhase) *uint64 {
	switch p {
	case DevicePhaseSeen:
		return &t.Seen
	case DevicePhaseFetched:
		return &t.Fetched
	case DevicePhaseChecked:
		return &t.Checked
	case DevicePhaseReady:
		return &t.Ready
	case DevicePhaseServing:
		return &t.Serving
	case DevicePhaseFailed:
		return &t.Failed
	}
	return nil
}

// Move takes a device from one phase to another; DevicePhaseUnspecified is outside. A count is never taken below zero.
func (t *Totals) Move(from, to DevicePhase) {
	if n := t.count(from); n != nil && *n > 0 {
		*n--
	}
	if n := t.count(to); n != nil {
		*n++
	}
}

// Exceeds says whether there are more failures than the step allows: more devices than its count, or a larger share of
// the reporting devices than its share.
func (s Step) Exceeds(t Totals) bool {
	if t.Failures == 0 {
		return false
	}
	return t.Failures > uint64(s.MaxFailures) || t.Failures*FullShare > uint64(s.MaxFailureShare)*t.Devices()
}

// Met says whether the step's evidence is there: enough devices and attestations.
func (s Step) Met(t Totals) bool {
	return t.ReadyDevices() >= uint64(s.MinReady) && t.Attestations >= s.MinAttestations
}
