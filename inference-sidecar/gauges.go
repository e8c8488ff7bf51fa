package sidecar

import (
	"github.com/assay-chain/assay/inference-sidecar/queue"
	"github.com/assay-chain/assay/inference-sidecar/telemetry"
)

// gauges is how the sidecar stands, for metrics.
func (d *Daemon) gauges() telemetry.State {
	s := telemetry.State{
		Queue: d.queueGauges(), Chain: d.chainGauges(), Journal: d.journalGauges(),
		Artifacts:      &telemetry.ArtifactsState{Bytes: d.store.Usage().Bytes, MaxBytes: d.config.Artifacts.Limit.Bytes},
		ReportsWaiting: d.reporter.Waiting(),
	}
	for _, service := range d.services {
		m := service.slots.Status()
		d.observed.look(m)
		s.Models = append(s.Models, telemetry.ModelState{
			Model: m.Model, Serving: m.Serving, Candidate: m.Candidate, Phase: string(m.CandidatePhase), Weight: m.Weight,
			Behind: m.Behind, Failures: m.Failures,
		})
	}
	return s
}

func (d *Daemon) queueGauges() *telemetry.QueueState {
	q := d.queue.Stats()
	out := &telemetry.QueueState{Waiting: q.Queued(), Running: q.Running()}
	for _, p := range q.ByPriority {
		out.Done += p.Done
		out.Failed += p.Failed
	}
	dropped := &out.Dropped
	dropped.Overload, dropped.Deadline, dropped.Stale = q.Dropped(queue.CauseOverload), q.Dropped(queue.CauseDeadline), q.Dropped(queue.CauseStale)
	dropped.Canceled, dropped.Closed = q.Dropped(queue.CauseCanceled), q.Dropped(queue.CauseClosed)
	return out
}

func (d *Daemon) chainGauges() *telemetry.ChainState {
	out := &telemetry.ChainState{}
	if state, _ := d.follower.last(); state != nil && state.Enrolled {
		out.Standing = state.Standing()
	}
	c := d.follower.client.Load()
	if c == nil {
		return out
	}
	l := c.Status()
	out.Height, out.Age, out.Diverged = l.Head.Height, l.Age, l.Divergence != nil
	out.TrustLeft = l.TrustedUntil.Sub(d.now())
	for _, e := range l.Endpoints {
		out.Endpoints = append(out.Endpoints, telemetry.EndpointState{URL: e.URL, Up: e.LastError == ""})
	}
	return out
}

func (d *Daemon) journalGauges() *telemetry.JournalState {
	if d.journal == nil {
		return nil
	}
	j := d.journal.Stats()
	out := &telemetry.JournalState{
		Bytes: j.Bytes, MaxBytes: j.MaxBytes, Entries: j.Entries, MaxEntries: j.MaxEntries,
		Pending: j.Pending, Proving: j.Proving, Proved: j.ProofsWaiting, Submitted: j.SubmittedKept, Failed: j.FailedKept,
		DroppedBusy: j.DroppedBusy, DroppedWrite: j.DroppedWrite, DroppedPending: j.DroppedPending,
		DroppedProved: j.DroppedProved, DroppedSettled: j.DroppedSettled, Corrupt: j.Corrupt,
		Damaged: j.Damage != "" || j.Broken != nil,
	}
	for _, service := range d.services {
		if service.prover != nil {
			out.DroppedWrite += service.prover.unwritten.Load()
		}
	}
	if !j.OldestPending.IsZero() {
		out.OldestPending = d.now().Sub(j.OldestPending)
	}
	return out
}
