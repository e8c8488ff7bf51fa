// Command assay-load asks sidecars for inferences until it is interrupted, shows a live table of which version answers,
// and ends with a verdict: status 1 if a request failed, an output was wrong, or a version answered that the zone's
// state did not allow.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/assay-chain/assay/tests/load"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

type options struct {
	load.Options
	zone, chainModel, out string
	fleet                 uint64
}

func main() {
	o, err := parse(os.Args[1:])
	if err == nil {
		err = run(o)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "assay-load: error: %v\n", err)
		os.Exit(1)
	}
}

func parse(args []string) (o options, err error) {
	o.Versions = map[string]string{}
	f := flag.NewFlagSet("assay-load", flag.ContinueOnError)
	f.Func("socket", "Unix socket of a sidecar (repeatable)", func(s string) error { o.Sockets = append(o.Sockets, s); return nil })
	f.Func("version", "ID=DIR: a version and its model directory (repeatable)", func(s string) error {
		id, dir, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("expected ID=DIR, got %q", s)
		}
		o.Versions[id] = dir
		return nil
	})
	f.Func("input", "file with the input bytes", func(s string) (err error) { o.Input, err = os.ReadFile(s); return err })
	f.StringVar(&o.Model, "model", "", "name that the model is served as")
	f.StringVar(&o.chainModel, "chain-model", "", "the model on the zone, such as channel-0:acme/vibration")
	f.Uint64Var(&o.fleet, "fleet", 1, "the devices' fleet")
	f.StringVar(&o.zone, "zone", "", "gRPC address of a node of the zone")
	f.StringVar(&o.out, "out", "", "file for the result as JSON")
	f.IntVar(&o.Workers, "workers", 2, "workers for each socket")
	f.IntVar(&o.Callers, "callers", 50, "different caller keys of a worker")
	f.DurationVar(&o.Pause, "pause", 5*time.Millisecond, "pause between the requests of a worker")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if len(o.Sockets) == 0 || o.Model == "" || len(o.Input) == 0 || o.zone == "" {
		return o, errors.New("expected --socket, --model, --input and --zone")
	}
	return o, nil
}

func run(o options) error {
	conn, err := grpc.NewClient(o.zone, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	r, err := load.New(o.Options)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	newTable(os.Stdout, len(o.Sockets), o).show(ctx, r, conn)
	<-done
	return verdict(o, r.Result(), conn)
}

func verdict(o options, result load.Result, conn grpc.ClientConnInterface) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	broken, err := load.Allowed(ctx, conn, o.fleet, o.chainModel, result.Counts)
	if err != nil {
		return err
	}
	if o.out != "" {
		raw, err := json.MarshalIndent(result, "", "  ")
		if err == nil {
			err = os.WriteFile(o.out, raw, 0o644)
		}
		if err != nil {
			return err
		}
	}
	fmt.Printf("%d requests: %d failed, %d wrong outputs, %d not allowed; mean %s, slowest %s\n",
		result.Requests, result.Failed, result.Wrong, len(broken), result.Mean.Round(time.Microsecond), result.Slowest.Round(time.Millisecond))
	if result.Requests == 0 || result.Failed+result.Wrong+len(broken) > 0 {
		return errors.New(strings.Join(append([]string{"not as promised"}, slices.Concat(result.Errors, broken)...), "\n  "))
	}
	return nil
}

// table is a line of who answers what: redrawn in a terminal, else printed when it changes by more than counts.
type table struct {
	w        io.Writer
	terminal bool
	devices  int
	o        options
	last     string
}

func newTable(w *os.File, devices int, o options) *table {
	return &table{w: w, terminal: term.IsTerminal(int(w.Fd())), devices: devices, o: o}
}

func (t *table) show(ctx context.Context, r *load.Run, conn grpc.ClientConnInterface) {
	zone := rollouttypes.NewQueryClient(conn)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if t.terminal {
				fmt.Fprintln(t.w)
			}
			return
		case <-tick.C:
		}
		res, err := zone.Directive(ctx, &rollouttypes.QueryDirectiveRequest{Fleet: t.o.fleet, Model: t.o.chainModel})
		order := "no directive"
		if err == nil {
			order = describe(res.Directive)
		}
		t.print(order, r.Recent())
	}
}

func describe(d rollouttypes.Directive) string {
	phase := strings.ToLower(strings.TrimPrefix(d.Phase.String(), "PHASE_"))
	if d.Candidate == "" {
		return fmt.Sprintf("%-12s %s 100 %%", phase, number(d.Version))
	}
	return fmt.Sprintf("%-12s %s %d %%, %s %d %%", phase, number(d.Version), 100-d.Weight, number(d.Candidate), d.Weight)
}

// number is the version's number without its model; "-" for none.
func number(id string) string {
	if _, n, ok := strings.Cut(id, "@"); ok {
		return n
	}
	return "-"
}

func (t *table) print(order string, recent map[int]map[string]int) {
	var cells, kinds []string
	for d := range t.devices {
		total := 0
		for _, n := range recent[d] {
			total += n
		}
		cell, kind := fmt.Sprintf("device %d: %5d/s", d+1, total), ""
		for _, id := range slices.Sorted(maps.Keys(recent[d])) {
			cell += fmt.Sprintf("  %s %3d %%", number(id), 100*recent[d][id]/total)
			kind += id
		}
		cells, kinds = append(cells, cell), append(kinds, kind)
	}
	line := fmt.Sprintf("%s | %-34s | %s", time.Now().Format(time.TimeOnly), order, strings.Join(cells, " | "))
	if t.terminal {
		fmt.Fprintf(t.w, "\r\033[K%s", line)
	} else if key := order + strings.Join(kinds, "|"); key != t.last {
		fmt.Fprintln(t.w, line)
	}
	if key := order + strings.Join(kinds, "|"); key != t.last {
		if t.terminal {
			fmt.Fprintln(t.w)
		}
		t.last = key
	}
}
