package proving

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/journal"
	"github.com/assay-chain/assay/inference-sidecar/proving/provingtest"
)

// proven has real proofs of the jobs of the first seeds, which are made once.
const seeds = 6

var proven = sync.OnceValue(func() map[[16]byte]Proof {
	out := map[[16]byte]Proof{}
	tb := &testing.B{}
	c := newCircuits(1 << 30)
	for seed := range seeds {
		j := jobOf(tb, seed)
		p, err := c.prove(requestOf(j))
		if err != nil {
			panic(err)
		}
		out[j.ID] = p
	}
	return out
})

func requestOf(j Job) *request {
	files := provingtest.Vibration(&testing.B{}).Files
	r := &request{job: j}
	canonical, key, _ := j.files()
	r.canonical, r.key = files[canonical.Digest], files[key.Digest]
	return r
}

// bench is a service with a journal, a prover and a chain that a test scripts. It runs in a synctest bubble.
type bench struct {
	t       *testing.T
	journal *journal.Journal
	path    string
	options Options
	service *Service

	mu       sync.Mutex
	prove    func(j Job) (Proof, error)        // what the prover does
	submit   func(c []Claim) ([]uint64, error) // what the chain does
	find     func(c Claim) (uint64, error)
	proves   []Job
	submits  [][]Claim
	attested map[[16]byte]uint64
	events   []Event
	times    []time.Time // of submissions and proofs
}

func (b *bench) Prove(_ context.Context, j Job) (Proof, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proves = append(b.proves, j)
	b.times = append(b.times, time.Now())
	return b.prove(j)
}

func (b *bench) Submit(_ context.Context, c []Claim) ([]uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.submits = append(b.submits, slices.Clone(c))
	b.times = append(b.times, time.Now())
	return b.submit(c)
}

func (b *bench) Find(_ context.Context, c Claim) (uint64, error) { return b.find(c) }

func (b *bench) Observe(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

// accept puts claims on record.
func (b *bench) accept(c []Claim) ([]uint64, error) {
	var ids []uint64
	for _, x := range c {
		id := uint64(len(b.attested) + 1)
		b.attested[x.ID] = id
		ids = append(ids, id)
	}
	return ids, nil
}

func (b *bench) count(kind EventKind) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// scenario runs a test in a bubble, over a journal with the first n seeds' results.
func scenario(t *testing.T, n int, test func(t *testing.T, b *bench)) {
	t.Helper()
	m := provingtest.Vibration(t)
	proven() // outside: it takes real time
	path := filepath.Join(t.TempDir(), "journal")
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, path: path, attested: map[[16]byte]uint64{}}
		b.prove = func(j Job) (Proof, error) { return proven()[j.ID], nil }
		b.submit = b.accept
		b.find = func(c Claim) (uint64, error) {
			if id := b.attested[c.ID]; id > 0 {
				return id, nil
			}
			return 0, ErrNotAttested
		}
		b.options = Options{
			ChainID: testChain, Device: testDevice, KeyByDigest: keysOf(m), Observer: b, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
			Version: func(_ context.Context, id string) (Version, error) {
				return Version{ID: id, Artifacts: m.Artifacts, CircuitDigest: m.CircuitDigest, KeyDigest: m.KeyDigest}, nil
			},
			Random: func() float64 { return 0.5 },
		}
		b.open()
		for seed := range n {
			require.NoError(t, b.journal.Append(t.Context(), entryOf(t, seed)))
		}
		test(t, b)
		require.NoError(t, b.journal.Close())
	})
}

func entryOf(t testing.TB, seed int) journal.Entry {
	j := jobOf(t, seed)
	return journal.Entry{ID: j.ID, Model: "acme/vibration", Version: j.Version, Input: j.Input, Output: j.Output, Time: epoch, Requested: true}
}

func (b *bench) open() {
	b.t.Helper()
	var err error
	b.journal, err = journal.Open(b.path, journal.Options{AuditWindow: 24 * time.Hour})
	require.NoError(b.t, err)
}

// run runs the service until done says so, or everything has been still for a day.
func (b *bench) run(done func() bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Hour)
	defer cancel()
	s, err := NewService(b.journal, b, b, b.options)
	require.NoError(b.t, err)
	b.service = s
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	for ctx.Err() == nil && !done() {
		time.Sleep(time.Second) // of the bubble's clock
		synctest.Wait()
	}
	timedOut := ctx.Err() != nil
	cancel()
	require.NoError(b.t, <-ended)
	require.False(b.t, timedOut, "not done: %+v", b.journal.Stats())
}

func (b *bench) settled(n int) func() bool {
	return func() bool {
		s := b.journal.Stats()
		return s.SubmittedKept+s.FailedKept == n
	}
}

func (b *bench) record(seed int) journal.Record {
	b.t.Helper()
	r, err := b.journal.Find(jobOf(b.t, seed).ID)
	require.NoError(b.t, err)
	return r
}

// submitted checks that entries are on record under the chain's numbers.
func (b *bench) submitted(seeds ...int) {
	b.t.Helper()
	for _, seed := range seeds {
		r := b.record(seed)
		require.Equal(b.t, journal.Submitted, r.State, "%d: %s", seed, r.Reason)
		require.Equal(b.t, b.attested[r.ID], r.Attestation)
	}
}

func (b *bench) failed(seed int, reason error) {
	b.t.Helper()
	r := b.record(seed)
	require.Equal(b.t, journal.Failed, r.State)
	require.Contains(b.t, r.Reason, reason.Error())
}

func TestService(t *testing.T) {
	scenario(t, 5, func(t *testing.T, b *bench) {
		b.options.Batch = 2
		taken := 0
		b.prove = func(j Job) (Proof, error) {
			p := proven()[j.ID]
			p.Taken = func() {
				r, err := b.journal.Find(j.ID)
				require.NoError(t, err)
				require.NotEqual(t, journal.Proving, r.State, "taken before it was on disk")
				taken++
			}
			return p, nil
		}
		b.run(b.settled(5))
		b.submitted(0, 1, 2, 3, 4)
		require.Equal(t, 5, taken)
		require.Equal(t, []int{2, 2, 1}, []int{len(b.submits[0]), len(b.submits[1]), len(b.submits[2])})
		require.Equal(t, 5, b.count(EventProved))
		require.Equal(t, 5, b.count(EventSubmitted))
		c := b.submits[0][0]
		require.Equal(t, c.ID[:], c.Nonce)
		require.Equal(t, jobOf(t, 0).Output, c.Output)
	})
}

func TestServiceMismatch(t *testing.T) {
	scenario(t, 1, func(t *testing.T, b *bench) {
		e := entryOf(t, 1)
		e.Output = slices.Clone(e.Output)
		e.Output[0] ^= 1 // the device computed something else than the circuit proves
		require.NoError(t, b.journal.Append(t.Context(), e))
		b.run(b.settled(2))
		b.submitted(0)
		b.failed(1, ErrMismatch)
		require.Equal(t, 1, b.count(EventMismatch))
		require.Len(t, b.submits, 1)
		require.Len(t, b.submits[0], 1, "a mismatch is never submitted")
	})
}

// Answers that prove nothing are refused, whatever they look like.
func TestServiceRefusesProofs(t *testing.T) {
	other := func(id [16]byte) Proof {
		for _, k := range slices.SortedFunc(maps.Keys(proven()), func(a, b [16]byte) int { return int(a[0]) - int(b[0]) }) {
			if k != id {
				return proven()[k]
			}
		}
		return Proof{}
	}
	for name, change := range map[string]func(j Job, p Proof) Proof{
		"failure: nothing":              func(Job, Proof) Proof { return Proof{} },
		"failure: noise":                func(_ Job, p Proof) Proof { p.Proof = make([]byte, len(p.Proof)); return p },
		"failure: of another job":       func(j Job, _ Proof) Proof { return other(j.ID) },
		"failure: another job's proof":  func(j Job, p Proof) Proof { p.Proof = other(j.ID).Proof; return p },
		"failure: another output":       func(_ Job, p Proof) Proof { p.Output = slices.Clone(p.Output); p.Output[0] ^= 1; return p },
		"failure: another input digest": func(j Job, p Proof) Proof { p.InputDigest = other(j.ID).InputDigest; return p },
		"failure: short output":         func(_ Job, p Proof) Proof { p.Output = p.Output[1:]; return p },
	} {
		t.Run(name, func(t *testing.T) {
			scenario(t, 1, func(t *testing.T, b *bench) {
				b.options.MaxAttempts = 3
				b.prove = func(j Job) (Proof, error) { return change(j, proven()[j.ID]), nil }
				b.run(b.settled(1))
				b.failed(0, ErrProof)
				require.Empty(t, b.submits)
				require.Equal(t, 3, b.count(EventRefused))
				require.Zero(t, b.count(EventMismatch))
				require.Equal(t, []int{0, 1, 2}, []int{b.proves[0].Attempt, b.proves[1].Attempt, b.proves[2].Attempt})
			})
		})
	}
}

func TestServiceProverErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		runs int
		want error
	}{
		{"failure: cannot be proved", ErrJob, 1, ErrJob},
		{"failure: no key", ErrArtifact, 1, ErrArtifact},
		{"failure: circuit", ErrCircuit, 1, ErrCircuit},
		{"failure: memory", ErrMemory, 1, ErrMemory},
		{"failure: died each time", ErrProver, 5, ErrProver},
	} {
		t.Run(tc.name, func(t *testing.T) {
			scenario(t, 1, func(t *testing.T, b *bench) {
				b.prove = func(Job) (Proof, error) { return Proof{}, tc.err }
				b.run(b.settled(1))
				b.failed(0, tc.want)
				require.Len(t, b.proves, tc.runs)
			})
		})
	}
	for name, cause := range map[string]error{
		"success: no prover for a day": ErrUnavailable, "success: no artifact for a day": artifacts.ErrFetch,
		"success: no answer in time": context.DeadlineExceeded,
	} {
		t.Run(name, func(t *testing.T) {
			scenario(t, 2, func(t *testing.T, b *bench) {
				until := time.Now().Add(10 * time.Hour)
				b.prove = func(j Job) (Proof, error) {
					if time.Now().Before(until) {
						return Proof{}, cause
					}
					require.Zero(t, j.Attempt, "what passes costs no attempt")
					return proven()[j.ID], nil
				}
				b.run(b.settled(2))
				b.submitted(0, 1)
				require.Less(t, len(b.proves), 10*60/5*2+20, "backs off to five minutes")
				require.Greater(t, len(b.proves), 10*60/5)
			})
		})
	}
	t.Run("success: died twice", func(t *testing.T) {
		scenario(t, 1, func(t *testing.T, b *bench) {
			b.prove = func(j Job) (Proof, error) {
				if j.Attempt < 2 {
					return Proof{}, ErrProver
				}
				return proven()[j.ID], nil
			}
			b.run(b.settled(1))
			b.submitted(0)
			require.Equal(t, 2, b.count(EventRetry))
		})
	})
}

func TestServiceVersions(t *testing.T) {
	scenario(t, 2, func(t *testing.T, b *bench) {
		for seed, version := range map[int]string{2: "acme/unknown@1.0.0", 3: "acme/yanked@1.0.0", 4: "acme/later@1.0.0"} {
			e := entryOf(t, seed)
			e.Version = version
			require.NoError(t, b.journal.Append(t.Context(), e))
		}
		inner, until := b.options.Version, time.Now().Add(time.Hour)
		b.options.Version = func(ctx context.Context, id string) (Version, error) {
			v, err := inner(ctx, id)
			switch {
			case id == "acme/unknown@1.0.0":
				return v, ErrVersionUnknown
			case id == "acme/yanked@1.0.0":
				v.Yanked = true
			case id == "acme/later@1.0.0" && time.Now().Before(until):
				return v, errors.New("no network")
			}
			return v, err
		}
		start := time.Now()
		b.run(b.settled(4))
		require.Less(t, time.Since(start), time.Minute, "one version waits, the others do not")
		b.submitted(0, 1)
		b.failed(2, ErrVersionUnknown)
		b.failed(3, ErrYanked)
		require.Equal(t, journal.Pending, b.record(4).State)
		b.run(func() bool { return len(b.proves) > 2 })
		require.Equal(t, "acme/later@1.0.0", b.proves[2].Version)
	})
}

func TestServiceSubmissionRetries(t *testing.T) {
	scenario(t, 2, func(t *testing.T, b *bench) {
		b.submit = func(c []Claim) ([]uint64, error) {
			if len(b.submits) < 5 {
				return nil, errors.New("mempool is full")
			}
			return b.accept(c)
		}
		b.run(b.settled(2))
		b.submitted(0, 1)
		times := b.times[len(b.times)-5:]
		for i, want := range []time.Duration{750, 1500, 3000, 6000} { // Min, doubled, times 1/2 + 0.5/2
			require.Equal(t, want*time.Millisecond, times[i+1].Sub(times[i]))
		}
	})
}

func TestServiceRefusals(t *testing.T) {
	refuse := func(i int, err error) error { return &RefusalError{Index: i, Err: err} }
	t.Run("success: the others go", func(t *testing.T) {
		scenario(t, 5, func(t *testing.T, b *bench) {
			causes := map[byte]error{1: ErrYanked, 2: ErrNotAllowed, 4: ErrRefused}
			b.submit = func(c []Claim) ([]uint64, error) {
				for i, x := range c {
					if err := causes[x.ID[0]]; err != nil {
						return nil, refuse(i, err)
					}
				}
				return b.accept(c)
			}
			b.run(b.settled(5))
			b.submitted(0, 3)
			b.failed(1, ErrYanked)
			b.failed(2, ErrNotAllowed)
			b.failed(4, ErrRefused)
		})
	})
	t.Run("success: nobody says which", func(t *testing.T) {
		scenario(t, 5, func(t *testing.T, b *bench) {
			b.submit = func(c []Claim) ([]uint64, error) {
				if slices.ContainsFunc(c, func(x Claim) bool { return x.ID[0] == 3 }) {
					return nil, refuse(-1, ErrRefused)
				}
				return b.accept(c)
			}
			b.run(b.settled(5))
			b.submitted(0, 1, 2, 4)
			b.failed(3, ErrRefused)
		})
	})
	t.Run("failure: the device is revoked", func(t *testing.T) {
		scenario(t, 3, func(t *testing.T, b *bench) {
			b.submit = func([]Claim) ([]uint64, error) { return nil, refuse(-1, ErrRevoked) }
			b.run(b.settled(3))
			for seed := range 3 {
				b.failed(seed, ErrRevoked)
			}
		})
	})
	t.Run("success: the nonce is used, by this proof", func(t *testing.T) {
		scenario(t, 2, func(t *testing.T, b *bench) {
			lost := true
			b.submit = func(c []Claim) ([]uint64, error) {
				if lost { // accepted, and nobody is told
					lost = false
					_, _ = b.accept(c)
					return nil, errors.New("connection reset")
				}
				return nil, refuse(0, ErrNonceUsed)
			}
			offline := 2
			find := b.find
			b.find = func(c Claim) (uint64, error) {
				if offline--; offline >= 0 {
					return 0, errors.New("no network")
				}
				return find(c)
			}
			b.run(b.settled(2))
			b.submitted(0, 1)
		})
	})
	t.Run("failure: the nonce is used, and nothing is found", func(t *testing.T) {
		scenario(t, 1, func(t *testing.T, b *bench) {
			b.submit = func([]Claim) ([]uint64, error) { return nil, refuse(0, ErrNonceUsed) }
			b.run(b.settled(1))
			b.failed(0, ErrNonceUsed)
		})
	})
	t.Run("success: an index out of range is nonsense", func(t *testing.T) {
		scenario(t, 1, func(t *testing.T, b *bench) {
			b.submit = func(c []Claim) ([]uint64, error) {
				if len(b.submits) == 1 {
					return nil, refuse(7, ErrYanked)
				}
				if len(b.submits) == 2 {
					return nil, nil // as are too few attestations
				}
				return b.accept(c)
			}
			b.run(b.settled(1))
			b.submitted(0)
		})
	})
}

func TestServiceBackpressure(t *testing.T) {
	scenario(t, 5, func(t *testing.T, b *bench) {
		b.options.MaxWaiting, b.options.Batch = 2, 1
		until := time.Now().Add(time.Hour)
		b.submit = func(c []Claim) ([]uint64, error) {
			if time.Now().Before(until) {
				require.LessOrEqual(t, len(b.proves), 2)
				return nil, errors.New("no chain")
			}
			return b.accept(c)
		}
		b.run(b.settled(5))
		b.submitted(0, 1, 2, 3, 4)
	})
}

// A service that is stopped anywhere goes on where it was.
func TestServiceRestarts(t *testing.T) {
	scenario(t, 5, func(t *testing.T, b *bench) {
		b.options.Batch = 1
		for n := range 5 {
			stop := len(b.submits) + 1
			b.run(func() bool { return len(b.submits) >= stop || b.settled(5)() })
			require.NoError(t, b.journal.Close())
			b.open()
			_ = n
		}
		b.run(b.settled(5))
		b.submitted(0, 1, 2, 3, 4)
		require.Len(t, b.attested, 5)
	})
}

func TestOptionsRefused(t *testing.T) {
	good := Options{
		ChainID: testChain, Device: testDevice, KeyByDigest: func(context.Context, [32]byte) ([]byte, error) { return nil, nil },
		Version: func(context.Context, string) (Version, error) { return Version{}, nil },
	}
	_, err := NewService(nil, nil, nil, good)
	require.NoError(t, err)
	for name, change := range map[string]func(o *Options){
		"failure: no chain":     func(o *Options) { o.ChainID = "" },
		"failure: short device": func(o *Options) { o.Device = nil },
		"failure: no versions":  func(o *Options) { o.Version = nil },
		"failure: no keys":      func(o *Options) { o.KeyByDigest = nil },
		"failure: parallel":     func(o *Options) { o.Parallel = -1 },
		"failure: linger":       func(o *Options) { o.Linger = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			change(&o)
			_, err := NewService(nil, nil, nil, o)
			require.Error(t, err)
		})
	}
}
