package pool

import (
	"container/list"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/statement"
)

// maxHeld bounds the answers that nobody waits for yet, as after a restart.
const maxHeld = 128

// Pool is a proving.Prover whose provers are elsewhere.
type Pool struct {
	connection Connection
	device     string // hex
	nc         *nats.Conn
	js         jetstream.JetStream
	cancel     context.CancelFunc
	done       sync.WaitGroup

	mu      sync.Mutex
	waiting map[[16]byte]*wait
	held    map[[16]byte]*list.Element // of *answer
	order   *list.List
	stats   Stats
}

// wait is a Prove under way.
type wait struct {
	arrived chan *answer
	seq     uint64        // of the job in the queue; 0 before it is there
	given   chan struct{} // closed when the queue gives the job to no further worker
}

// answer is one that arrived, and is not acknowledged yet.
type answer struct {
	proving.Answer
	message jetstream.Msg
}

// Stats count what a Pool did.
type Stats struct {
	Connected bool
	Published uint64 // jobs
	Answered  uint64 // with a proof
	Failed    uint64 // answered with an error
	Malformed uint64 // answers that were refused unread
	Dropped   uint64 // answers that nobody waited for
	Waiting   int    // jobs
	Held      int    // answers
}

// New returns the pool of a device. It returns at once, whether or not NATS can be reached.
func New(device []byte, c Connection) (*Pool, error) {
	if len(device) != statement.DeviceBytes {
		return nil, fmt.Errorf("pool: device: expected %d bytes, got %d", statement.DeviceBytes, len(device))
	}
	if c.Name == "" {
		c.Name = "assay-sidecar"
	}
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("pool: %w", err)
	}
	p := &Pool{
		connection: c, device: hex.EncodeToString(device), waiting: map[[16]byte]*wait{},
		held: map[[16]byte]*list.Element{}, order: list.New(),
	}
	if p.nc, p.js, err = c.dial(); err != nil {
		return nil, fmt.Errorf("pool: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	p.done.Go(func() { c.again(ctx, p.receive) })
	return p, nil
}

// Close stops waiting for answers. Jobs stay in the queue, answers too.
func (p *Pool) Close() error {
	p.cancel()
	p.done.Wait()
	p.nc.Close()
	return nil
}

// Stats returns what the pool did since it was made.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Connected, s.Waiting, s.Held = p.nc.IsConnected(), len(p.waiting), len(p.held)
	return s
}

// Prove puts the job into the queue and waits for an answer. It is ErrUnavailable while NATS cannot be reached, takes no
// more, or has no room. A prover's own error is always ErrProver: no prover is believed that a job cannot be proved.
func (p *Pool) Prove(ctx context.Context, j proving.Job) (proving.Proof, error) {
	if err := j.Validate(); err != nil {
		return proving.Proof{}, err
	}
	w, err := p.expect(j.ID)
	if err != nil {
		return proving.Proof{}, err
	}
	defer p.forget(j.ID, w)
	if p.takeHeld(j.ID, w) {
		return p.accept(<-w.arrived)
	}
	if err := p.publish(ctx, &j, w); err != nil {
		return proving.Proof{}, err
	}
	select {
	case a := <-w.arrived:
		return p.accept(a)
	case <-w.given:
		return proving.Proof{}, fmt.Errorf("%w: every worker that the job was given to died or gave it back", proving.ErrProver)
	case <-ctx.Done():
		return proving.Proof{}, ctx.Err()
	}
}

func (p *Pool) expect(id [16]byte) (*wait, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting[id] != nil {
		return nil, fmt.Errorf("%w: %x is waited for already", proving.ErrJob, id)
	}
	w := &wait{arrived: make(chan *answer, 1), given: make(chan struct{})}
	p.waiting[id] = w
	return w, nil
}

// forget ends the wait; an answer that came in the last moment is held.
func (p *Pool) forget(id [16]byte, w *wait) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
	select {
	case a := <-w.arrived:
		p.hold(a)
	default:
	}
}

func (p *Pool) takeHeld(id [16]byte, w *wait) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.held[id]
	if e == nil {
		return false
	}
	w.arrived <- p.unhold(e)
	return true
}

func (p *Pool) publish(ctx context.Context, j *proving.Job, w *wait) error {
	data := proving.EncodeJob(j)
	if most := p.nc.MaxPayload(); most > 0 && int64(len(data)) > most-4096 {
		return fmt.Errorf("%w: expected a job of at most %d bytes, got %d: raise the payload limit of the server", proving.ErrJob, most-4096, len(data))
	}
	if !p.nc.IsConnected() {
		return fmt.Errorf("%w: nats is not connected", proving.ErrUnavailable)
	}
	timed, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	subject := strings.Join([]string{jobsSubject, p.device, hex.EncodeToString(j.ID[:])}, ".")
	ack, err := p.js.Publish(timed, subject, data, jetstream.WithMsgID(messageID(j)), jetstream.WithRetryAttempts(0))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w: publish: %w", proving.ErrUnavailable, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w.seq = ack.Sequence
	p.stats.Published++
	return nil
}

// messageID is the same for the same attempt, so that the queue stores it once.
func messageID(j *proving.Job) string {
	return fmt.Sprintf("%x-%d", j.ID, j.Attempt)
}

// accept turns an answer into Prove's result.
func (p *Pool) accept(a *answer) (proving.Proof, error) {
	p.mu.Lock()
	if a.Err == nil {
		p.stats.Answered++
	} else {
		p.stats.Failed++
	}
	p.mu.Unlock()
	if a.Err != nil {
		p.taken(a)
		return proving.Proof{}, fmt.Errorf("%w: %s", proving.ErrProver, a.Err.Error())
	}
	proof := a.Proof
	proof.Taken = func() { p.taken(a) }
	return proof, nil
}

func (p *Pool) taken(a *answer) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if err := a.message.DoubleAck(ctx); err != nil { // it comes again, and is dropped in the end
		p.connection.Logger.Warn("answer is not acknowledged", "id", hex.EncodeToString(a.ID[:]), "err", err)
	}
}

// receive takes answers until something fails.
func (p *Pool) receive(ctx context.Context) error {
	timed, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	consumer, err := p.connection.consumer(timed, p.js, answersStream, jetstream.ConsumerConfig{
		Durable: "device-" + p.device, FilterSubject: answersSubject + "." + p.device + ".>", AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: max(p.connection.AckWait, requestTimeout), MaxAckPending: maxAnswersAtOnce, InactiveThreshold: forgetDevice,
	})
	if err != nil {
		return err
	}
	advisories, err := p.nc.Subscribe(givenUpSubject, func(m *nats.Msg) { p.givenUp(ctx, m.Data) })
	if err != nil {
		return err
	}
	defer advisories.Unsubscribe() //nolint:errcheck // it is gone with the connection
	messages, err := consumer.Messages(jetstream.PullMaxMessages(16), jetstream.PullExpiry(pullWait), jetstream.PullHeartbeat(heartbeat))
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		p.arrive(m)
	}
}

// givenUpSubject is where the server says that it gives a job to no further worker. That may be missed: the service asks
// again when its patience ends.
const givenUpSubject = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES." + jobsStream + "." + workers

func (p *Pool) givenUp(ctx context.Context, data []byte) {
	var advisory struct {
		Seq uint64 `json:"stream_seq"`
	}
	if err := json.Unmarshal(data, &advisory); err != nil || advisory.Seq == 0 {
		return
	}
	p.mu.Lock()
	mine := false
	for _, w := range p.waiting {
		if w.seq == advisory.Seq {
			w.seq, mine = 0, true
			close(w.given)
		}
	}
	p.mu.Unlock()
	if mine {
		p.withdraw(ctx, advisory.Seq)
	}
}

// withdraw takes a job off the queue that nobody will work on.
func (p *Pool) withdraw(ctx context.Context, seq uint64) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := p.js.Stream(ctx, jobsStream)
	if err == nil {
		err = stream.DeleteMsg(ctx, seq)
	}
	if err != nil { // its age ends it
		p.connection.Logger.Warn("job is not withdrawn", "sequence", seq, "err", err)
	}
}

func (p *Pool) arrive(m jetstream.Msg) {
	a := &answer{message: m}
	var err error
	if a.Answer, err = proving.DecodeAnswer(m.Data()); err == nil && !strings.HasSuffix(m.Subject(), "."+hex.EncodeToString(a.ID[:])) {
		err = errors.New("it is about another job than its subject")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.stats.Malformed++
		p.connection.Logger.Warn("answer is refused", "subject", m.Subject(), "err", err)
		p.drop(m)
		return
	}
	if w := p.waiting[a.ID]; w != nil {
		select {
		case w.arrived <- a:
		default: // it has one
			p.drop(m)
		}
		return
	}
	p.hold(a)
}

// hold keeps an answer for a Prove that is still to come. The caller holds mu.
func (p *Pool) hold(a *answer) {
	if e := p.held[a.ID]; e != nil { // delivered again
		e.Value = a
		return
	}
	p.held[a.ID] = p.order.PushBack(a)
	for p.order.Len() > maxHeld {
		p.stats.Dropped++
		p.drop(p.unhold(p.order.Front()).message)
	}
}

func (p *Pool) unhold(e *list.Element) *answer {
	a := p.order.Remove(e).(*answer)
	delete(p.held, a.ID)
	return a
}

// drop takes a message off the queue for good.
func (p *Pool) drop(m jetstream.Msg) {
	if err := m.Term(); err != nil {
		p.connection.Logger.Warn("answer is not dropped", "subject", m.Subject(), "err", err)
	}
}
