package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// report is what status prints.
type report struct {
	Clients    []clientReport    `json:"clients"`
	Directions []directionReport `json:"directions"`
}

type clientReport struct {
	Chain   string    `json:"chain"`
	Client  string    `json:"client"`
	Follows string    `json:"follows"`
	Status  string    `json:"status"`
	Height  int64     `json:"height"` // of the newest header that it has
	Tip     int64     `json:"tip"`    // of the chain that it follows
	Expires time.Time `json:"expires"`
	Left    string    `json:"left"`
}

// directionReport lists sequences of packets.
type directionReport struct {
	From       string   `json:"from"`
	To         string   `json:"to"`
	Unreceived []uint64 `json:"unreceived"`         // to be received, or returned when their time is over
	Acked      []uint64 `json:"acknowledged"`       // the acknowledgement is to be brought back
	Waiting    []uint64 `json:"being_acknowledged"` // received; the application acknowledges later
}

// report reads the state of both chains.
func (r *relayer) report(ctx context.Context) (*report, error) {
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	t, err := r.traffic(ctx)
	if err != nil {
		return nil, err
	}
	out := &report{}
	for i, e := range r.ends {
		other := r.other(i)
		out.Clients = append(out.Clients, clientReport{
			Chain: e.chain.id(), Client: e.clientID, Follows: other.chain.id(), Status: e.client.status,
			Height: e.client.latest(), Tip: other.tip.height, Expires: e.client.expires().UTC(),
			Left: e.client.expires().Sub(other.tip.time).Round(time.Second).String(),
		})
		out.Directions = append(out.Directions, directionReport{
			From: e.chain.id(), To: other.chain.id(),
			Unreceived: list(t[i].unreceived), Acked: list(t[i].acked), Waiting: list(t[i].waiting),
		})
	}
	return out, nil
}

// list is a list that JSON writes as [] when it is empty.
func list(sequences []uint64) []uint64 { return append([]uint64{}, sequences...) }

// print writes the report as JSON or for people.
func (r *report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	for _, c := range r.Clients {
		if _, err := fmt.Fprintf(w, "%s: client %s of %s: %s, at height %d of %d, expires in %s\n",
			c.Chain, c.Client, c.Follows, c.Status, c.Height, c.Tip, c.Left); err != nil {
			return err
		}
	}
	for _, d := range r.Directions {
		if _, err := fmt.Fprintf(w, "%s to %s: %d to receive or return, %d acknowledgements to bring back, %d being acknowledged\n",
			d.From, d.To, len(d.Unreceived), len(d.Acked), len(d.Waiting)); err != nil {
			return err
		}
	}
	return nil
}
