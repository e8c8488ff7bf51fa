package sidecar

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/version"

	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/zkml/ort"
)

// Status is how a sidecar stands. It is served as JSON at /status of the metrics address.
type Status struct {
	Version string        `json:"version"`
	Device  string        `json:"device"` // address
	Uptime  time.Duration `json:"uptime"`
	Ready   bool          `json:"ready"`

	Chain   ChainStatus   `json:"chain"`
	Runtime RuntimeStatus `json:"runtime"`
	Models  []ModelStatus `json:"models"`
	Queue   QueueStatus   `json:"queue"`
	Store   StoreStatus   `json:"store"`
	Proving ProvingStatus `json:"proving"`
	Reports int           `json:"reports_waiting"`
}

// ChainStatus is what is known of the zone.
type ChainStatus struct {
	ID         string           `json:"id"`
	Height     int64            `json:"height"`   // verified; 0: none
	Age        time.Duration    `json:"age"`      // of that header
	Standing   string           `json:"standing"` // of the device; "" before the first state
	Fleet      uint64           `json:"fleet"`
	Error      string           `json:"error,omitempty"` // why there is nothing newer
	Divergence string           `json:"divergence,omitempty"`
	Endpoints  []EndpointStatus `json:"endpoints"`
}

// EndpointStatus is how an endpoint does.
type EndpointStatus struct {
	URL   string `json:"url"`
	Role  string `json:"role"`
	Error string `json:"error,omitempty"`
}

// RuntimeStatus is how ONNX Runtime does.
type RuntimeStatus struct {
	Version  string `json:"version"`
	Provider string `json:"provider"`
	Error    string `json:"error,omitempty"`
}

// ModelStatus is how a model's slots stand.
type ModelStatus struct {
	Name      string   `json:"name"`       // as it is served
	ChainName string   `json:"chain_name"` // on the zone
	Version   string   `json:"version"`    // on record
	Serving   string   `json:"serving"`    // by default; "" for none
	Behind    bool     `json:"behind"`     // serving is not the version on record
	Rollout   uint64   `json:"rollout"`
	Candidate string   `json:"candidate"`
	Weight    int      `json:"weight"` // per cent, of the candidate
	Phase     string   `json:"phase"`  // of the candidate
	Code      string   `json:"code,omitempty"`
	Error     string   `json:"error,omitempty"`
	Preparing []string `json:"preparing,omitempty"`
	Failures  uint64   `json:"failures"` // inferences that the runtime failed
	// StateError is why the state on disk, which a restart begins with, is older than the one in force.
	StateError string `json:"state_error,omitempty"`
	// LastFailure is of the latest candidate that failed since the start, with its code and cause.
	LastFailure string `json:"last_failure,omitempty"`
}

// QueueStatus is how the scheduler stands.
type QueueStatus struct {
	Queued  int `json:"queued"`
	Running int `json:"running"`
}

// StoreStatus is how much the artifacts take.
type StoreStatus struct {
	Bytes int64 `json:"bytes"`
	Limit int64 `json:"limit"`
}

// ProvingStatus is how proving stands.
type ProvingStatus struct {
	Mode      string `json:"mode"`
	Entries   int    `json:"journal_entries"`
	Pending   int    `json:"pending"`
	Proved    int    `json:"proved"` // wait for the chain
	Submitted uint64 `json:"submitted"`
	Failed    uint64 `json:"failed"`
	Error     string `json:"error,omitempty"`
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Status takes stock. It makes no request.
func (d *Daemon) Status() Status {
	s := Status{
		Version: version.Version, Device: d.key.String(), Uptime: d.now().Sub(d.began).Round(time.Second),
		Chain:   d.chainStatus(),
		Runtime: RuntimeStatus{Version: ort.Version(), Provider: d.config.Runtime.Provider, Error: text(d.runtime)},
		Store:   StoreStatus{Bytes: d.store.Usage().Bytes, Limit: d.config.Artifacts.Limit.Bytes},
		Proving: d.provingStatus(), Reports: d.reporter.Waiting(), Ready: true,
	}
	for _, service := range d.services {
		m := modelStatus(service.name, service.slots.Status())
		m.LastFailure = d.observed.failure(m.ChainName)
		s.Ready = s.Ready && m.Serving != ""
		s.Models = append(s.Models, m)
	}
	q := d.queue.Stats()
	s.Queue = QueueStatus{Queued: q.Queued(), Running: q.Running()}
	return s
}

func (d *Daemon) chainStatus() ChainStatus {
	s := ChainStatus{ID: d.config.Chain.ID}
	state, err := d.follower.last()
	if state != nil {
		s.Standing, s.Fleet = state.Standing(), state.Device.FleetId
	}
	s.Error = text(err)
	c := d.follower.client.Load()
	if c == nil {
		return s
	}
	l := c.Status()
	s.Height, s.Age = l.Head.Height, l.Age.Round(time.Millisecond)
	if l.Divergence != nil {
		s.Divergence = fmt.Sprintf("%s at height %d: %s and %s", l.Divergence.Attack, l.Divergence.Height, l.Divergence.Primary, l.Divergence.Witness)
	}
	for _, e := range l.Endpoints {
		s.Endpoints = append(s.Endpoints, EndpointStatus{URL: e.URL, Role: string(e.Role), Error: e.LastError})
	}
	return s
}

func modelStatus(name string, s slots.Status) ModelStatus {
	m := ModelStatus{
		Name: name, ChainName: s.Model, Version: s.Version, Serving: s.Serving, Behind: s.Behind, Rollout: s.Number,
		Candidate: s.Candidate, Weight: s.Weight, Phase: string(s.CandidatePhase), Code: string(s.CandidateCode), Error: s.CandidateError,
		Failures: s.Failures, StateError: text(s.StateError),
	}
	for _, p := range s.Preparing {
		line := fmt.Sprintf("%s: %s since %s", p.Version, p.Stage, p.Since.UTC().Format(time.RFC3339))
		if p.Err != nil {
			line += fmt.Sprintf(", retries %d: %v", p.Retries, p.Err)
		}
		m.Preparing = append(m.Preparing, line)
	}
	return m
}

func (d *Daemon) provingStatus() ProvingStatus {
	s := ProvingStatus{Mode: d.config.Proving.Mode, Error: text(d.journalErr)}
	if d.journal == nil {
		return s
	}
	j := d.journal.Stats()
	s.Entries, s.Pending, s.Proved = j.Entries, j.Pending+j.Proving, j.ProofsWaiting
	s.Submitted, s.Failed = j.Submitted, j.Failed
	switch {
	case j.Broken != nil:
		s.Error = j.Broken.Error()
	case s.Error != "":
	case d.observed.proofsWait() != "":
		s.Error = d.observed.proofsWait()
	case j.Damage != "":
		s.Error = "the journal did not read and was moved to " + j.Damage
	}
	for _, service := range d.services {
		if service.prover == nil {
			continue
		}
		if problem := service.prover.problem.Load(); problem != nil && j.Broken == nil {
			s.Error = *problem
		}
	}
	return s
}

func statusCmd(t *terminal) *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "How the running sidecar stands",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return showStatus(cmd.Context(), t, url) },
	}
	cmd.Flags().StringVar(&url, "url", "", "address of its metrics (the configured one by default)")
	return cmd
}

func showStatus(ctx context.Context, t *terminal, url string) error {
	s, err := fetchStatus(ctx, t, url)
	if err != nil {
		return err
	}
	return t.result(s, s.print)
}

// maxStatus bounds the JSON of a status.
const maxStatus = 1 << 20

func fetchStatus(ctx context.Context, t *terminal, url string) (*Status, error) {
	if url == "" {
		c, err := t.load()
		if err != nil {
			return nil, err
		}
		if c.Telemetry.Metrics == "" {
			return nil, fmt.Errorf("telemetry.metrics is empty: the sidecar does not tell how it stands")
		}
		url = "http://" + c.Telemetry.Metrics
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+"/status", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, hint(err, "is it running? systemctl status assay-sidecar")
	}
	defer res.Body.Close()
	var s Status
	if err := json.NewDecoder(io.LimitReader(res.Body, maxStatus)).Decode(&s); err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: expected a sidecar's status", url, res.Status)
	}
	return &s, nil
}

func (s *Status) print(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	defer tw.Flush()
	fmt.Fprintf(tw, "device\t%s, %s, fleet %d\n", s.Device, orDash(s.Chain.Standing), s.Chain.Fleet)
	fmt.Fprintf(tw, "chain\t%s, height %d verified, %s old\n", s.Chain.ID, s.Chain.Height, s.Chain.Age)
	complain(tw, s.Chain.Error)
	complain(tw, s.Chain.Divergence)
	fmt.Fprintf(tw, "runtime\tonnx runtime %s, %s\n", orDash(s.Runtime.Version), s.Runtime.Provider)
	complain(tw, s.Runtime.Error)
	for _, m := range s.Models {
		m.print(tw)
	}
	fmt.Fprintf(tw, "queue\t%d running, %d waiting\n", s.Queue.Running, s.Queue.Queued)
	fmt.Fprintf(tw, "store\t%s of %s\n", config.Size{Bytes: s.Store.Bytes}, config.Size{Bytes: s.Store.Limit})
	p := s.Proving
	fmt.Fprintf(tw, "proving\t%s: %d to prove, %d to submit, %d submitted, %d failed\n", p.Mode, p.Pending, p.Proved, p.Submitted, p.Failed)
	complain(tw, p.Error)
	if s.Reports > 0 {
		fmt.Fprintf(tw, "reports\t%d waiting\n", s.Reports)
	}
}

func (m *ModelStatus) print(w io.Writer) {
	fmt.Fprintf(w, "%s\t%s on record, %s serving\n", m.Name, orDash(m.Version), orDash(m.Serving))
	if m.Candidate != "" {
		fmt.Fprintf(w, "\tcandidate %s, %d %%, %s %s\n", m.Candidate, m.Weight, orDash(m.Phase), m.Code)
	}
	if m.LastFailure != "" {
		complain(w, "failed: "+m.LastFailure)
	} else {
		complain(w, m.Error)
	}
	complain(w, m.StateError)
	for _, p := range m.Preparing {
		fmt.Fprintf(w, "\tpreparing %s\n", p)
	}
}

func complain(w io.Writer, what string) {
	if what != "" {
		fmt.Fprintf(w, "\t! %s\n", what)
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
