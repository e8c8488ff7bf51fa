package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/codec"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	"github.com/cosmos/cosmos-sdk/types/query"
	"github.com/cosmos/gogoproto/proto"

	"github.com/assay-chain/assay/x/rollout/types"
)

const (
	flagNumber = "number"
	// historyKept is how many of the latest transitions are read, and packetsKept how many packets of a zone.
	historyKept = 20
	packetsKept = 5
	// zonesWithPackets bounds the zones whose packets are read: each is a request.
	zonesWithPackets = 16
)

func newStatusCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status ID | --number NUMBER",
		Short: "Tell how a rollout stands, why, and what it waits for",
		Long: `Tell how a rollout stands, why, and what it waits for.

On the chain where it was started a rollout has an ID. On a chain that it came to it has a NUMBER of that chain's;
list those with 'assayd query rollout zone-rollouts'.

With -o json all that was read is one document, for programs. Steps count from 0 there, and from 1 in text.`,
		Example: "  assayd query rollout status 7\n  assayd query rollout status --number 3\n" +
			"  assayd query rollout status 7 -o json | jq -r .rollout.phase",
		Args: cobra.MaximumNArgs(1),
		RunE: runStatus,
	}
	addSubjectFlags(cmd)
	return cmd
}

func addSubjectFlags(cmd *cobra.Command) {
	flags.AddQueryFlagsToCmd(cmd)
	cmd.Flags().String(flagNumber, "", "a rollout that came to this chain, by its number here")
}

func runStatus(cmd *cobra.Command, args []string) error {
	ctx, err := client.GetClientQueryContext(cmd)
	if err != nil {
		return err
	}
	read, err := subjectOf(cmd, args)
	if err != nil {
		return err
	}
	view, err := read(heightContext(cmd.Context(), ctx.Height), types.NewQueryClient(ctx))
	if err != nil {
		return err
	}
	if ctx.OutputFormat == flags.OutputFormatJSON {
		doc, err := view.document(ctx.Codec)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), string(doc))
		return err
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), view.story(takesColor(cmd.OutOrStdout()), false))
	return err
}

// view is a rollout as one chain sees it in one block.
type view interface {
	// block is the height that it is of.
	block() int64
	// over says whether nothing is going to change any more, or, where zones do not matter, whether it has ended.
	over(zones bool) bool
	// verdict is nil unless the rollout ended without its version being promoted.
	verdict() error
	// story tells it to people, at wish with the latest packets to zones that are not settled.
	story(color, packets bool) string
	// news tells what is new since an earlier view of the same rollout, or, with nil, since ever; by height.
	news(before view) []note
	// document tells it to programs.
	document(cdc codec.JSONCodec) ([]byte, error)
}

// note is something that happened, as of the block in which it did or was seen first.
type note struct {
	height int64
	text   string
}

// reader reads a view.
type reader func(ctx context.Context, q types.QueryClient) (view, error)

// subjectOf says what a command is about: a rollout of this chain's, or one that came to it.
func subjectOf(cmd *cobra.Command, args []string) (reader, error) {
	number, err := cmd.Flags().GetString(flagNumber)
	if err != nil {
		return nil, err
	}
	if (len(args) == 1) == (number != "") {
		return nil, fmt.Errorf("expected the id of a rollout, or --%s\nhint: list them with 'assayd query rollout rollouts', and on a zone 'assayd query rollout zone-rollouts'", flagNumber)
	}
	if number != "" {
		n, err := parseNumber("number", number)
		return func(ctx context.Context, q types.QueryClient) (view, error) { return readZone(ctx, q, n) }, err
	}
	id, err := parseNumber("id", args[0])
	return func(ctx context.Context, q types.QueryClient) (view, error) { return readHub(ctx, q, id) }, err
}

// heightContext asks for the state of a block; 0 is the latest.
func heightContext(ctx context.Context, height int64) context.Context {
	if height == 0 {
		return ctx
	}
	return metadata.NewOutgoingContext(ctx, metadata.Pairs(grpctypes.GRPCBlockHeightHeader, strconv.FormatInt(height, 10)))
}

// hubView is a rollout on the chain where it was started.
type hubView struct {
	types.QueryRolloutResponse
	// first is the rollout that this one waits for.
	first *types.Rollout
	zones []types.ZoneStatus
	// links are those of the zones, as the chain looked at them last.
	links []types.Link
	// history are the latest transitions, and packets the latest ones to zones that are not settled; oldest first.
	history []types.Transition
	packets []types.Attempt
}

// zoneView is a rollout on a chain that it came to.
type zoneView struct {
	types.QueryZoneRolloutResponse
	links   []types.Link
	history []types.Transition
}

// readHub reads a rollout and all that belongs to it, of one block.
func readHub(ctx context.Context, q types.QueryClient, id uint64) (view, error) {
	r, err := q.Rollout(ctx, &types.QueryRolloutRequest{Id: id})
	if err != nil {
		return nil, notFound(err, fmt.Sprintf("rollout %d was not started on this chain", id),
			"if it came from another chain, name it by its number here: --"+flagNumber)
	}
	v := &hubView{QueryRolloutResponse: *r}
	ctx = heightContext(ctx, r.Height)
	if err := v.readZones(ctx, q); err != nil {
		return nil, err
	}
	t, err := q.Transitions(ctx, &types.QueryTransitionsRequest{Id: id, Pagination: latest(historyKept)})
	if err != nil {
		return nil, err
	}
	v.history = reversed(t.Transitions)
	if r.Rollout.WaitsFor != 0 {
		first, err := q.Rollout(ctx, &types.QueryRolloutRequest{Id: r.Rollout.WaitsFor})
		if err != nil {
			return nil, err
		}
		v.first = &first.Rollout
	}
	return v, v.readPackets(ctx, q)
}

func (v *hubView) readZones(ctx context.Context, q types.QueryClient) error {
	mended := true // whether all links are open
	for page := new(query.PageRequest); ; {
		z, err := q.Zones(ctx, &types.QueryZonesRequest{Id: v.Rollout.Id, Pagination: page})
		if err != nil {
			return err
		}
		v.zones = append(v.zones, z.Zones...)
		if z.Pagination == nil || len(z.Pagination.NextKey) == 0 {
			break
		}
		page = &query.PageRequest{Key: z.Pagination.NextKey}
	}
	for _, z := range v.zones {
		mended = mended && z.Link == types.LinkOpen
	}
	if mended {
		return nil
	}
	var err error
	v.links, err = readLinks(ctx, q)
	v.links = slices.DeleteFunc(v.links, func(l types.Link) bool {
		return !slices.ContainsFunc(v.zones, func(z types.ZoneStatus) bool { return z.State.Zone == l.Source })
	})
	return err
}

// readPackets reads the latest packets to the zones where something is still to be done.
func (v *hubView) readPackets(ctx context.Context, q types.QueryClient) error {
	read := 0
	for _, z := range v.zones {
		if z.State.Settled || z.State.Attempts == 0 || read == zonesWithPackets {
			continue
		}
		read++
		a, err := q.Attempts(ctx, &types.QueryAttemptsRequest{Id: v.Rollout.Id, Zone: z.State.Zone, Pagination: latest(packetsKept)})
		if err != nil {
			return err
		}
		v.packets = append(v.packets, reversed(a.Attempts)...)
	}
	return nil
}

// readZone reads a rollout that came to this chain and all that belongs to it, of one block.
func readZone(ctx context.Context, q types.QueryClient, number uint64) (view, error) {
	r, err := q.ZoneRollout(ctx, &types.QueryZoneRolloutRequest{Number: number})
	if err != nil {
		return nil, notFound(err, fmt.Sprintf("no rollout of number %d came to this chain", number),
			"list them with 'assayd query rollout zone-rollouts'; one that was started here has an id: status ID")
	}
	v := &zoneView{QueryZoneRolloutResponse: *r}
	ctx = heightContext(ctx, r.Height)
	t, err := q.ZoneTransitions(ctx, &types.QueryZoneTransitionsRequest{Number: number, Pagination: latest(historyKept)})
	if err != nil {
		return nil, err
	}
	v.history = reversed(t.Transitions)
	if r.Link == types.LinkOpen {
		return v, nil
	}
	v.links, err = readLinks(ctx, q)
	v.links = slices.DeleteFunc(v.links, func(l types.Link) bool { return l.Source != r.Rollout.Source })
	return v, err
}

func readLinks(ctx context.Context, q types.QueryClient) (links []types.Link, err error) {
	for page := new(query.PageRequest); ; {
		l, err := q.Links(ctx, &types.QueryLinksRequest{Pagination: page})
		if err != nil {
			return nil, err
		}
		links = append(links, l.Links...)
		if l.Pagination == nil || len(l.Pagination.NextKey) == 0 {
			return links, nil
		}
		page = &query.PageRequest{Key: l.Pagination.NextKey}
	}
}

func latest(n uint64) *query.PageRequest { return &query.PageRequest{Reverse: true, Limit: n} }

func reversed[T any](list []T) []T {
	slices.Reverse(list)
	return list
}

// missingError says that a rollout is not there. It is worth no second try.
type missingError struct{ text, hint string }

func (e missingError) Error() string { return e.text + "\nhint: " + e.hint }

func notFound(err error, text, hint string) error {
	if isNotFound(err) {
		return missingError{text, hint}
	}
	return err
}

// document implements view.
func (v *hubView) document(cdc codec.JSONCodec) ([]byte, error) {
	doc := map[string]any{
		"height":  strconv.FormatInt(v.Height, 10),
		"ended":   v.over(false),
		"settled": v.over(true),
	}
	for name, m := range map[string]proto.Message{"rollout": &v.Rollout, "last": &v.Last, "first": optional(v.first)} {
		if err := put(cdc, doc, name, m); err != nil {
			return nil, err
		}
	}
	err := putAll(cdc, doc, "waits", v.Waits, func(w *types.Wait) proto.Message { return w })
	if err == nil {
		err = putAll(cdc, doc, "zones", v.zones, func(z *types.ZoneStatus) proto.Message { return z })
	}
	if err == nil {
		err = putAll(cdc, doc, "links", v.links, func(l *types.Link) proto.Message { return l })
	}
	if err == nil {
		err = putAll(cdc, doc, "transitions", v.history, func(t *types.Transition) proto.Message { return t })
	}
	if err == nil {
		err = putAll(cdc, doc, "attempts", v.packets, func(a *types.Attempt) proto.Message { return a })
	}
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(doc, "", "  ")
}

// document implements view.
func (v *zoneView) document(cdc codec.JSONCodec) ([]byte, error) {
	doc := map[string]any{
		"height":  strconv.FormatInt(v.Height, 10),
		"ended":   v.over(false),
		"settled": v.over(true),
		"link":    v.Link.String(),
	}
	for name, m := range map[string]proto.Message{"rollout": &v.Rollout, "progress": &v.Progress} {
		if err := put(cdc, doc, name, m); err != nil {
			return nil, err
		}
	}
	err := putAll(cdc, doc, "fleets", v.Fleets, func(f *types.FleetEvidence) proto.Message { return f })
	if err == nil {
		err = putAll(cdc, doc, "links", v.links, func(l *types.Link) proto.Message { return l })
	}
	if err == nil {
		err = putAll(cdc, doc, "transitions", v.history, func(t *types.Transition) proto.Message { return t })
	}
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(doc, "", "  ")
}

// optional is a message that may be absent.
func optional(r *types.Rollout) proto.Message {
	if r == nil {
		return nil
	}
	return r
}

func put(cdc codec.JSONCodec, doc map[string]any, name string, m proto.Message) error {
	if m == nil {
		doc[name] = nil
		return nil
	}
	data, err := cdc.MarshalJSON(m)
	doc[name] = json.RawMessage(data)
	return err
}

func putAll[T any](cdc codec.JSONCodec, doc map[string]any, name string, list []T, message func(*T) proto.Message) error {
	out := make([]json.RawMessage, len(list))
	for i := range list {
		data, err := cdc.MarshalJSON(message(&list[i]))
		if err != nil {
			return err
		}
		out[i] = data
	}
	doc[name] = out
	return nil
}

// isNotFound says whether a node answered that there is no such rollout. Errors of nodes arrive as text.
func isNotFound(err error) bool {
	return status.Code(err) == codes.NotFound || strings.Contains(err.Error(), types.ErrRolloutNotFound.Error())
}
