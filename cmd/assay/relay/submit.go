package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"
)

// step is what a packet needs next.
type step string

const (
	stepWait        step = "wait"
	stepReceive     step = "receive"
	stepAcknowledge step = "acknowledge"
	stepTimeout     step = "timeout"
)

// itemKey names a step of a packet. Client is the one on the chain that the step happens on.
type itemKey struct {
	step     step
	sequence uint64
}

// item is a message that does one step of a packet.
type item struct {
	itemKey
	msg sdk.Msg
}

// submitter brings messages to one chain and remembers which of them the chain refused.
type submitter struct {
	send        func(context.Context, []sdk.Msg) error // a refusedError or a tooMuchGasError splits a batch
	log         *slog.Logger
	maxMessages int
	maxBytes    int
	refused     map[itemKey]*penalty
	now         func() time.Time
}

// penalty keeps a refused step from being tried at once again.
type penalty struct {
	backoff
	until time.Time
}

const (
	firstPenalty   = 5 * time.Second
	longestPenalty = 10 * time.Minute
)

func newSubmitter(c *chain) *submitter {
	send := func(ctx context.Context, msgs []sdk.Msg) error {
		_, err := c.send(ctx, msgs)
		return err
	}
	return &submitter{
		send: send, log: c.log, maxMessages: c.cfg.MaxMessages, maxBytes: c.cfg.MaxBytes,
		refused: map[itemKey]*penalty{}, now: time.Now,
	}
}

// blocked says whether the step was refused too short a time ago.
func (s *submitter) blocked(k itemKey) bool {
	p := s.refused[k]
	return p != nil && s.now().Before(p.until)
}

// punish blocks a step for a time that grows with each refusal.
func (s *submitter) punish(k itemKey) time.Time {
	p := s.refused[k]
	if p == nil {
		p = &penalty{backoff: backoff{first: firstPenalty, longest: longestPenalty}}
		s.refused[k] = p
	}
	p.until = s.now().Add(p.fail())
	return p.until
}

// deliver sends the items in transactions within the limits. The first begins with the updates of the client
// that the items' proofs need. It returns how many items are done.
func (s *submitter) deliver(ctx context.Context, updates []sdk.Msg, items []item) (done int, err error) {
	if len(items) == 0 {
		return 0, s.updateOnly(ctx, updates)
	}
	for _, batch := range batches(items, s.maxMessages, s.maxBytes) {
		n, err := s.batch(ctx, &updates, batch)
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

func (s *submitter) updateOnly(ctx context.Context, updates []sdk.Msg) error {
	if len(updates) == 0 {
		return nil
	}
	if err := s.send(ctx, updates); err != nil {
		return fmt.Errorf("client update: %w", err)
	}
	s.log.Info("client updated", "headers", len(updates))
	return nil
}

// batch sends the items in one transaction. A refused transaction is split until the item that is refused
// stands alone: it is blocked for a while, and all others pass. updates is emptied once they are on the chain.
func (s *submitter) batch(ctx context.Context, updates *[]sdk.Msg, items []item) (done int, err error) {
	err = s.send(ctx, messages(*updates, items))
	var refused *refusedError
	var tooMuch *tooMuchGasError
	switch {
	case err == nil:
		*updates = nil
		s.logDelivered(items)
		return len(items), nil
	case redundant(err):
		s.log.Info("another relayer was first", "packets", len(items))
		return 0, nil
	case !errors.As(err, &refused) && !errors.As(err, &tooMuch):
		return 0, err
	case len(items) == 1:
		until := s.punish(items[0].itemKey)
		s.log.Warn("message refused", "step", items[0].step, "sequence", items[0].sequence, "retry_after", until.UTC(), "error", err)
		return 0, nil
	}
	s.log.Debug("transaction refused, splitting it", "packets", len(items), "error", err)
	half := len(items) / 2
	first, err := s.batch(ctx, updates, items[:half])
	if err != nil {
		return first, err
	}
	second, err := s.batch(ctx, updates, items[half:])
	return first + second, err
}

func (s *submitter) logDelivered(items []item) {
	for _, i := range items {
		delete(s.refused, i.itemKey)
		s.log.Info("packet relayed", "step", i.step, "sequence", i.sequence)
	}
}

func messages(updates []sdk.Msg, items []item) []sdk.Msg {
	out := append([]sdk.Msg{}, updates...)
	for _, i := range items {
		out = append(out, i.msg)
	}
	return out
}

// batches cuts items into runs of at most so many messages and bytes; a message that is larger stands alone.
func batches(items []item, maxMessages, maxBytes int) [][]item {
	var out [][]item
	size := 0
	for _, i := range items {
		n := proto.Size(i.msg)
		if len(out) == 0 || len(out[len(out)-1]) == maxMessages || size+n > maxBytes {
			out, size = append(out, nil), 0
		}
		out[len(out)-1] = append(out[len(out)-1], i)
		size += n
	}
	return out
}
