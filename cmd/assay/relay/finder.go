package relay

import (
	"context"
	"fmt"
	"log/slog"
	"math"

	rpctypes "github.com/cometbft/cometbft/rpc/core/types"

	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// want is a hash in a chain's state of which the bytes are needed.
type want struct {
	ack      bool   // an acknowledgement that the client's side wrote; otherwise a packet that it sent
	sequence uint64 // of the packet
	hash     string // the commitment
}

// finder finds the bytes behind commitments of one client of a chain, in the events of blocks. It searches new
// blocks first, then the node's index, then old blocks.
type finder struct {
	source   eventSource
	log      *slog.Logger
	clientID string
	budget   int64 // blocks read in one pass
	low, top int64 // blocks low to top have been read
	found    map[want]finding
	// exhausted says that the last search found not everything and has nowhere left to look.
	exhausted bool
}

// eventSource is what a node's RPC has of blocks' events.
type eventSource interface {
	Status(ctx context.Context) (*rpctypes.ResultStatus, error)
	BlockResults(ctx context.Context, height *int64) (*rpctypes.ResultBlockResults, error)
	TxSearch(ctx context.Context, query string, prove bool, page, perPage *int, orderBy string) (*rpctypes.ResultTxSearch, error)
	BlockSearch(ctx context.Context, query string, page, perPage *int, orderBy string) (*rpctypes.ResultBlockSearch, error)
}

// newFinder begins after the block at cursor; 0 is unknown.
func newFinder(source eventSource, log *slog.Logger, clientID string, cursor, budget int64) *finder {
	return &finder{
		source: source, log: log, clientID: clientID, budget: budget,
		low: cursor + 1, top: cursor, found: map[want]finding{},
	}
}

// find looks for the wanted bytes in blocks up to height at. What it did not find is logged, and looked for
// again in the next pass.
func (f *finder) find(ctx context.Context, wants []want, at int64) error {
	if f.top == 0 {
		f.skip(at)
	}
	budget := f.budget
	f.exhausted = false
	for _, look := range f.searches(at) {
		missing := f.missing(wants)
		if len(missing) == 0 {
			return nil
		}
		if err := look(ctx, missing, at, &budget); err != nil {
			return err
		}
	}
	if missing := f.missing(wants); len(missing) > 0 {
		f.report(missing)
	}
	return nil
}

// search looks for wanted bytes in blocks up to a height; it may read as many blocks as are left of a budget.
type search func(ctx context.Context, wants []want, at int64, budget *int64) error

// searches are the ways to find bytes, the cheapest first: where many blocks are new, the index is.
func (f *finder) searches(at int64) []search {
	if at-f.top > f.budget {
		return []search{f.readIndex, f.readNew, f.readOld}
	}
	return []search{f.readNew, f.readIndex, f.readOld}
}

func (f *finder) missing(wants []want) []want {
	var out []want
	for _, w := range wants {
		if _, ok := f.found[w]; !ok {
			out = append(out, w)
		}
	}
	return out
}

// readNew reads the blocks after those that were read.
func (f *finder) readNew(ctx context.Context, _ []want, at int64, budget *int64) error {
	for ; f.top < at && *budget > 0; *budget-- {
		if err := f.readBlock(ctx, f.top+1); err != nil {
			return err
		}
		f.top++
	}
	return nil
}

// readOld reads blocks before those that were read, down to the oldest that the node has.
func (f *finder) readOld(ctx context.Context, wants []want, _ int64, budget *int64) error {
	oldest, err := f.oldest(ctx)
	if err != nil {
		return err
	}
	for ; f.low > oldest && *budget > 0 && len(f.missing(wants)) > 0; *budget-- {
		if err := f.readBlock(ctx, f.low-1); err != nil {
			return err
		}
		f.low--
	}
	f.exhausted = f.low <= oldest
	return nil
}

// report says how the search stands.
func (f *finder) report(missing []want) {
	if f.exhausted {
		f.log.Error("the node has no block with the bytes of packets", "packets", len(missing),
			"first_sequence", missing[0].sequence, "oldest_block", f.low, "hint", "use a node that keeps older blocks, or an index of them")
		return
	}
	f.log.Info("searching old blocks for packets", "packets", len(missing), "first_sequence", missing[0].sequence, "searched_from", f.low)
}

func (f *finder) oldest(ctx context.Context) (int64, error) {
	s, err := f.source.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("oldest block: %w", err)
	}
	return max(1, s.SyncInfo.EarliestBlockHeight), nil
}

func (f *finder) readBlock(ctx context.Context, height int64) error {
	res, err := f.source.BlockResults(ctx, &height)
	if err != nil {
		return fmt.Errorf("results of block %d: %w", height, err)
	}
	f.remember(findings(height, blockEvents(res)))
	return nil
}

// remember keeps what is about the client. The commitment is computed from the bytes, so bytes that are not
// those in the chain's state are never found.
func (f *finder) remember(found []finding) {
	for _, x := range found {
		if w, ok := f.wantFor(x); ok {
			f.found[w] = x
		}
	}
}

func (f *finder) wantFor(x finding) (want, bool) {
	switch {
	case x.ack == nil && x.packet.SourceClient == f.clientID:
		return want{sequence: x.packet.Sequence, hash: string(channelv2types.CommitPacket(x.packet))}, true
	case x.ack != nil && x.packet.DestinationClient == f.clientID && len(x.ack.AppAcknowledgements) > 0:
		return want{ack: true, sequence: x.packet.Sequence, hash: string(channelv2types.CommitAcknowledgement(*x.ack))}, true
	}
	return want{}, false
}

// skip says that no block up to height holds anything that is needed and not found.
func (f *finder) skip(height int64) {
	if height > f.top {
		f.low, f.top = height+1, height
	}
}

// cursor is the height up to which no block holds the bytes of what is still wanted, or 0 if that is unknown
// because something is missing.
func (f *finder) cursor(wants []want, upTo int64) int64 {
	lowest := int64(math.MaxInt64)
	for _, w := range wants {
		x, ok := f.found[w]
		if !ok {
			return 0
		}
		lowest = min(lowest, x.height)
	}
	return min(upTo, lowest-1)
}

// forget drops what is settled: found in a block up to height, and no longer wanted.
func (f *finder) forget(wants []want, height int64) {
	wanted := map[want]bool{}
	for _, w := range wants {
		wanted[w] = true
	}
	for w, x := range f.found {
		if !wanted[w] && x.height <= height {
			delete(f.found, w)
		}
	}
}
