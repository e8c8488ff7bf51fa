package bundle

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	lightclient "github.com/assay-chain/assay/light-client"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// fact is something that a bundle proves.
type fact struct {
	What  string `json:"what"`
	Value string `json:"value"`
}

type summary struct {
	File    string
	Bytes   int
	Headers int
	ChainID string
	Head    lightclient.Head
	Age     time.Duration // 0 in one that was just made
	Facts   []fact
}

func show(out io.Writer, s summary, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(map[string]any{
			"file": s.File, "bytes": s.Bytes, "headers": s.Headers, "chain_id": s.ChainID, "height": s.Head.Height, "time": s.Head.Time,
			"hash": fmt.Sprintf("%X", s.Head.Hash), "age_seconds": int64(s.Age.Seconds()), "facts": s.Facts,
		})
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "bundle\t%s, %d bytes, %d headers\n", s.File, s.Bytes, s.Headers)
	fmt.Fprintf(t, "chain\t%s\n", s.ChainID)
	fmt.Fprintf(t, "header\t%d of %s, %X\n", s.Head.Height, s.Head.Time.Format(time.RFC3339), s.Head.Hash)
	if s.Age != 0 {
		fmt.Fprintf(t, "age\t%s\n", s.Age)
	}
	for _, f := range s.Facts {
		fmt.Fprintf(t, "%s\t%s\n", f.What, f.Value)
	}
	return t.Flush()
}

// factsOf says what each read of a verified bundle proves.
func factsOf(ctx context.Context, b *lightclient.Bundle, s *lightclient.Snapshot) []fact {
	var out []fact
	for _, r := range b.Reads {
		value, found, err := s.Read(ctx, r.Store, r.Key)
		f := fact{What: fmt.Sprintf("%s/%X", r.Store, r.Key), Value: fmt.Sprintf("%d bytes", len(value))}
		switch {
		case err != nil:
			f.Value = err.Error()
		case !found:
			f.Value = "absent"
		default:
			f = describe(f, r.Store, r.Key, value)
		}
		out = append(out, f)
		if found && isAssignment(r) {
			out = append(out, directiveOf(ctx, s, value))
		}
	}
	return out
}

func isAssignment(r lightclient.BundleRead) bool {
	return r.Store == rollouttypes.StoreKey && has(r.Key, rollouttypes.AssignmentsPrefix.Bytes())
}

func has(key, prefix []byte) bool { return strings.HasPrefix(string(key), string(prefix)) }

// describe puts a record into words, if it is of a kind that devices read.
func describe(f fact, store string, key, value []byte) fact {
	switch {
	case store == registrytypes.StoreKey && has(key, registrytypes.VersionsPrefix.Bytes()):
		var v registrytypes.Version
		if v.Unmarshal(value) == nil {
			return fact{"version", fmt.Sprintf("%s, %d artifacts, yanked: %t", v.Id, len(v.Artifacts), v.Yanked)}
		}
	case store == fleettypes.StoreKey && has(key, fleettypes.DevicesPrefix.Bytes()):
		var d fleettypes.Device
		if d.Unmarshal(value) == nil {
			return fact{"device", fmt.Sprintf("%d of fleet %d, %s, %s", d.Id, d.FleetId, d.Address, d.Standing)}
		}
	case store == fleettypes.StoreKey && has(key, fleettypes.DeviceByAddressPrefix.Bytes()) && len(value) == 8:
		return fact{"address", fmt.Sprintf("%X is device %d", key[1:], binary.BigEndian.Uint64(value))}
	case store == rollouttypes.StoreKey && has(key, rollouttypes.ZoneRolloutsPrefix.Bytes()):
		var z rollouttypes.ZoneRollout
		if z.Unmarshal(value) == nil {
			return fact{"rollout", fmt.Sprintf("%d: %s, %s, step %d, generation %d", z.Number, z.Version, z.Phase, z.Step, z.Generation)}
		}
	case isAssignment(lightclient.BundleRead{Store: store, Key: key}):
		var a rollouttypes.Assignment
		if a.Unmarshal(value) == nil {
			return fact{"assignment", fmt.Sprintf("fleet %d, %s: rollout %d", a.Fleet, a.Model, a.Number)}
		}
	}
	return f
}

func directiveOf(ctx context.Context, s *lightclient.Snapshot, assignment []byte) fact {
	var a rollouttypes.Assignment
	if err := a.Unmarshal(assignment); err != nil {
		return fact{"directive", err.Error()}
	}
	d, _, err := s.Directive(ctx, a.Fleet, a.Model)
	if err != nil {
		return fact{"directive", err.Error()}
	}
	text := fmt.Sprintf("fleet %d, %s: version %q", d.Fleet, d.Model, d.Version)
	if d.Candidate != "" {
		text += fmt.Sprintf(", candidate %q with %d per cent", d.Candidate, d.Weight)
	}
	return fact{"directive", text}
}
