package keeper_test

import (
	"slices"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"

	"github.com/assay-chain/assay/x/rollout/types"
)

// end is one end of a link: a chain and what it calls the link.
type end struct {
	c    *chain
	link string
}

// packet is on its way from one end to another, and its answer back. Core IBC lets each be received at most once, and
// either acknowledged once or, if it was not received, timed out once; in any order, as late as it likes.
type packet struct {
	from, to end // to has no chain where the other side is not honest
	sequence uint64
	data     []byte
	received bool
	ack      []byte
}

// network joins chains. Nothing in it moves by itself.
type network struct {
	chains  []*chain
	peers   map[end]end
	packets []*packet
	// latest is the latest evidence that a chain took, by hub, link and rollout.
	latest map[end]map[uint64]*types.Evidence
}

func newNetwork() *network {
	return &network{peers: map[end]end{}, latest: map[end]map[uint64]*types.Evidence{}}
}

// add puts a chain into the network.
func (n *network) add(c *chain) *chain {
	c.ibc.send = func(link string, sequence uint64, data []byte) {
		from := end{c, link}
		n.packets = append(n.packets, &packet{from: from, to: n.peers[from], sequence: sequence, data: data})
	}
	n.chains = append(n.chains, c)
	return c
}

// join links two chains.
func (n *network) join(a, b end) {
	n.peers[a], n.peers[b] = b, a
	a.c.ibc.add(a.link)
	b.c.ibc.add(b.link)
}

// honest says whether there is a chain of the network at the other end.
func (n *network) honest(e end) bool { return e.link == types.LocalZone || n.peers[e].c != nil }

func (n *network) inFlight() (ps []*packet) {
	for _, p := range n.packets {
		if !p.received {
			ps = append(ps, p)
		}
	}
	return ps
}

func (n *network) unanswered() (ps []*packet) {
	for _, p := range n.packets {
		if p.received {
			ps = append(ps, p)
		}
	}
	return ps
}

// alive says whether packets and answers pass at an end.
func alive(e end) bool {
	l := e.c.ibc.links[e.link]
	return l != nil && !l.closed && l.status == ibcexported.Active
}

// deliver lets a packet be received. It says whether the link let it.
func (n *network) deliver(t tb, p *packet) bool {
	if p.to.c == nil || !alive(p.to) {
		return false
	}
	ack := n.receive(p.to, p.sequence, p.data)
	require.NotZero(t, ack.Code)
	p.received, p.ack = true, ack.Acknowledgement()
	return true
}

// receive lets a chain receive data, and remembers the evidence that it took.
func (n *network) receive(to end, sequence uint64, data []byte) types.Acknowledgement {
	ack := to.c.keeper.Receive(to.c.ctx, to.link, sequence, data)
	if p, err := types.DecodePacket(data); err == nil && p.GetEvidence() != nil && ack.Code == types.AckApplied {
		n.took(to, p.GetEvidence())
	}
	return ack
}

func (n *network) took(hub end, e *types.Evidence) {
	if n.latest[hub] == nil {
		n.latest[hub] = map[uint64]*types.Evidence{}
	}
	n.latest[hub][e.Rollout] = e
}

// answer brings the acknowledgement of a packet that was received back.
func (n *network) answer(t tb, p *packet) bool {
	if !alive(p.from) {
		return false
	}
	n.drop(p)
	c := p.from.c
	require.NoError(t, inTx(c, func(ctx sdk.Context) error { return c.keeper.Acknowledged(ctx, p.from.link, p.sequence, p.data, p.ack) }))
	return true
}

// timeOut proves that a packet was not received in time, which it then cannot be any more. A closed channel times
// packets out too.
func (n *network) timeOut(t tb, p *packet) bool {
	if l := p.from.c.ibc.links[p.from.link]; l.status != ibcexported.Active {
		return false
	}
	n.drop(p)
	c := p.from.c
	require.NoError(t, inTx(c, func(ctx sdk.Context) error { return c.keeper.TimedOut(ctx, p.from.link, p.sequence, p.data) }))
	return true
}

func (n *network) drop(p *packet) {
	n.packets = slices.DeleteFunc(n.packets, func(q *packet) bool { return p == q })
}

// inTx executes as a transaction does.
func inTx(c *chain, do func(ctx sdk.Context) error) error {
	branch, write := c.ctx.CacheContext()
	err := do(branch)
	if err == nil {
		write()
	}
	return err
}

// settle delivers and answers everything, again and again, while blocks go by, until nothing moves for a while.
func (n *network) settle(t tb, blocks int) {
	for range blocks {
		for _, p := range n.inFlight() {
			n.deliver(t, p)
		}
		for _, p := range n.unanswered() {
			n.answer(t, p)
		}
		for _, c := range n.chains {
			c.endBlock(t)
		}
	}
}
