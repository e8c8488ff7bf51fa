package lightclient_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
)

func TestUpdate(t *testing.T) {
	for _, sequential := range []bool{false, true} {
		t.Run(fmt.Sprintf("success: sequential %t", sequential), func(t *testing.T) {
			w := newWorldOf(t, chaintest.Options{Validators: 7, Replace: 20, Power: 3}, "a", "b", "c")
			w.config.Sequential = sequential
			w.advance(300)
			c := w.open()
			head := w.mustUpdate(c)
			truth, err := w.chain.LightBlock(310)
			require.NoError(t, err)
			require.Equal(t, lightclient.Head{Height: 310, Time: truth.Time, Hash: truth.Hash(), AppHash: truth.AppHash}, head)
			require.Equal(t, lightclient.RolePrimary, role(t, c, "a"))
			require.Equal(t, lightclient.RoleWitness, role(t, c, "b"))
			require.Equal(t, 2, c.Status().Confirmed)
			require.Equal(t, 21*24*time.Hour, c.Status().Unbonding)
		})
	}
}

// A lie of a header. Each is told by endpoint a, the primary, to a client that has verified height 10.
func TestForgedHeaders(t *testing.T) {
	for _, tc := range []struct {
		name string
		lie  func(w *world) // makes a lie from height 11 on
		want error          // where all endpoints tell the lie
	}{
		{"failure: app hash changed without a signature", func(w *world) {
			w.nodes["a"].LightBlock = func(_ int64, b *types.LightBlock) (*types.LightBlock, error) {
				header := *b.Header
				header.AppHash = bytes.Repeat([]byte{7}, 32)
				return &types.LightBlock{SignedHeader: &types.SignedHeader{Header: &header, Commit: b.Commit}, ValidatorSet: b.ValidatorSet}, nil
			}
		}, lightclient.ErrResponse},
		{"failure: signed by strangers", func(w *world) { w.fork("a", chaintest.Fork{From: 11, Strangers: true}) }, lightclient.ErrHeader},
		{"failure: lunatic with too little power", func(w *world) {
			w.fork("a", chaintest.Fork{From: 11, Slots: []int{0}, AppHash: bytes.Repeat([]byte{7}, 32)})
		}, lightclient.ErrHeader},
		{"failure: half of the power signed", func(w *world) { w.fork("a", chaintest.Fork{From: 11, Signers: []int{0, 1}}) }, lightclient.ErrHeader},
		{"failure: signature broken", func(w *world) {
			w.nodes["a"].LightBlock = func(_ int64, b *types.LightBlock) (*types.LightBlock, error) {
				commit := *b.Commit
				commit.Signatures = append([]types.CommitSig(nil), commit.Signatures...)
				for i := range commit.Signatures {
					commit.Signatures[i].Signature = append([]byte{1}, commit.Signatures[i].Signature[1:]...)
				}
				return &types.LightBlock{SignedHeader: &types.SignedHeader{Header: b.Header, Commit: &commit}, ValidatorSet: b.ValidatorSet}, nil
			}
		}, lightclient.ErrHeader},
		{"failure: time going backward", func(w *world) { w.fork("a", chaintest.Fork{From: 11, Shift: -time.Hour}) }, lightclient.ErrHeader},
		{"failure: header from the future", func(w *world) { w.fork("a", chaintest.Fork{From: 11, Shift: time.Hour}) }, lightclient.ErrFutureHeader},
		{"failure: another height", func(w *world) {
			w.nodes["a"].LightBlock = func(height int64, _ *types.LightBlock) (*types.LightBlock, error) {
				return w.chain.LightBlock(height - 1)
			}
		}, lightclient.ErrResponse},
		{"failure: old header under a new height", func(w *world) {
			w.nodes["a"].Tip = func(int64) int64 { return 1 << 40 }
			w.nodes["a"].LightBlock = func(int64, *types.LightBlock) (*types.LightBlock, error) { return w.chain.LightBlock(9) }
		}, lightclient.ErrResponse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, "a", "b", "c")
			c, alone := w.open(), w.open("a")
			before := w.mustUpdate(c)
			w.mustUpdate(alone)
			w.advance(5)
			tc.lie(w)

			// The others' word holds, and the liar is demoted.
			head := w.mustUpdate(c)
			truth, err := w.chain.LightBlock(15)
			require.NoError(t, err)
			require.EqualValues(t, truth.Hash(), head.Hash)
			require.NotEqual(t, lightclient.RolePrimary, role(t, c, "a"))

			// Alone, the liar cannot move the head.
			_, err = alone.Update(t.Context())
			require.ErrorIs(t, err, tc.want)
			sameHead(t, alone, before)
		})
	}
}

// A witness that lies without the validators' keys is demoted, and the others' word holds.
func TestLyingWitness(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	c, pair := w.open(), w.open("a", "b")
	w.mustUpdate(c)
	before := w.mustUpdate(pair)
	w.advance(5)
	w.fork("b", chaintest.Fork{From: 8, Strangers: true})

	head := w.mustUpdate(c)
	require.EqualValues(t, 15, head.Height)
	require.Equal(t, lightclient.RoleDemoted, role(t, c, "b"))
	require.Equal(t, lightclient.RoleWitness, role(t, c, "c"))

	// With nobody else to confirm, the header is not taken; with an endpoint less to be asked, neither.
	for range 2 {
		_, err := pair.Update(t.Context())
		require.ErrorIs(t, err, lightclient.ErrNoWitness)
		sameHead(t, pair, before)
		w.now = w.now.Add(2 * time.Minute)
		w.chain.Advance(120)
	}
}

// Validators with the power to sign another chain do so. One endpoint shows that chain, the other the honest one.
func TestDivergence(t *testing.T) {
	other := bytes.Repeat([]byte{7}, 32)
	for _, tc := range []struct {
		name   string
		fork   chaintest.Fork
		attack lightclient.Attack
		known  int // validators that are known to have signed both
	}{
		{"failure: lunatic", chaintest.Fork{From: 11, AppHash: other, Slots: []int{0, 1}}, lightclient.AttackLunatic, 2},
		{"failure: lunatic, all validators", chaintest.Fork{From: 13, AppHash: other}, lightclient.AttackLunatic, 4},
		{"failure: equivocation", chaintest.Fork{From: 15, Signers: []int{0, 1, 2}}, lightclient.AttackEquivocation, 3},
		{"failure: amnesia", chaintest.Fork{From: 15, Round: 1}, lightclient.AttackAmnesia, 0},
	} {
		for _, liar := range []string{"a", "b"} {
			t.Run(tc.name+" by "+liar, func(t *testing.T) {
				w := newWorld(t, "a", "b")
				w.config.Dir = t.TempDir()
				c, err := lightclient.Open(t.Context(), w.config)
				require.NoError(t, err)
				before := w.mustUpdate(c)
				w.advance(5)
				w.fork(liar, tc.fork)

				_, err = c.Update(t.Context())
				d := refused[*lightclient.HaltedError](t, err).Divergence
				require.Equal(t, tc.attack, d.Attack)
				require.Len(t, d.Validators, tc.known)
				require.NotEqual(t, d.PrimaryHash, d.WitnessHash)
				require.Len(t, d.WitnessHash, 32)
				require.Equal(t, []string{"a", "b"}, []string{d.Primary, d.Witness})
				requireEvidence(t, w)

				// Nothing moves any more, also after a restart, while what was verified can be looked at.
				_, err = c.Snapshot(t.Context())
				require.ErrorIs(t, err, lightclient.ErrHalted)
				require.NoError(t, c.Close())
				c = w.open()
				require.Equal(t, &d, c.Status().Divergence)
				_, err = c.Update(t.Context())
				require.Equal(t, d, refused[*lightclient.HaltedError](t, err).Divergence)
				sameHead(t, c, before)
				requests := w.nodes["a"].Requests("tip") + w.nodes["b"].Requests("tip")
				_, _ = c.Update(t.Context())
				require.Equal(t, requests, w.nodes["a"].Requests("tip")+w.nodes["b"].Requests("tip"))

				// The operator excludes the liar.
				require.NoError(t, c.Resume(t.Context(), lightclient.Decision{Exclude: []string{liar}}))
				head := w.mustUpdate(c)
				truth, err := w.chain.LightBlock(15)
				require.NoError(t, err)
				require.EqualValues(t, truth.Hash(), head.Hash)
				require.Nil(t, c.Status().Divergence)
				require.Equal(t, lightclient.RoleExcluded, role(t, c, liar))
			})
		}
	}
}

// requireEvidence checks that each endpoint got evidence against the other.
func requireEvidence(t *testing.T, w *world) {
	t.Helper()
	for _, name := range []string{"a", "b"} {
		all := w.nodes[name].Evidence()
		require.Len(t, all, 1, name)
		e, ok := all[0].(*types.LightClientAttackEvidence)
		require.True(t, ok)
		own, err := w.nodes[name].Remote().LightBlock(t.Context(), e.ConflictingBlock.Height)
		require.NoError(t, err)
		require.NotEqual(t, own.Hash(), e.ConflictingBlock.Hash(), name)
	}
}

// Validators sign blocks of heights that the chain has not reached, in time that it has: a forward lunatic attack. The height
// that a witness has is verified instead, and there the liar has nothing else to show.
func TestForwardLunatic(t *testing.T) {
	w := newWorld(t, "a", "b")
	c := w.open()
	w.mustUpdate(c)
	w.advance(5)
	forged := w.fork("a", chaintest.Fork{From: 16, AppHash: bytes.Repeat([]byte{7}, 32)})
	forged.Advance(5)
	w.now = forged.Time(20)
	require.EqualValues(t, 15, w.mustUpdate(c).Height)
	w.chain.Advance(5)
	_, err := c.Update(t.Context())
	d := refused[*lightclient.HaltedError](t, err).Divergence
	require.Equal(t, lightclient.AttackLunatic, d.Attack)
	require.EqualValues(t, 20, d.Height)
}

// After a divergence the operator names a new root of trust: what was verified before counts no more.
func TestResumeWithTrust(t *testing.T) {
	w := newWorld(t, "a", "b")
	w.config.Dir = t.TempDir()
	c := w.open()
	w.mustUpdate(c)
	_, _, err := w.mustSnapshot(c).Read(t.Context(), "registry", []byte("x"))
	require.NoError(t, err)
	w.advance(5)
	w.fork("a", chaintest.Fork{From: 13})
	_, err = c.Update(t.Context())
	require.ErrorIs(t, err, lightclient.ErrHalted)
	_, err = c.Apply(&lightclient.Bundle{})
	require.ErrorIs(t, err, lightclient.ErrHalted)
	_, err = c.MakeBundle(t.Context(), w.config.Trust, nil)
	require.ErrorIs(t, err, lightclient.ErrHalted)

	for _, d := range []struct {
		decision lightclient.Decision
		want     error
	}{
		{lightclient.Decision{Exclude: []string{"z"}}, lightclient.ErrConfig},
		{lightclient.Decision{Exclude: []string{"a", "b"}}, lightclient.ErrConfig},
		{lightclient.Decision{Trust: lightclient.Trust{Height: 14}}, lightclient.ErrTrust},
		{lightclient.Decision{Trust: lightclient.Trust{Height: 14, Hash: bytes.Repeat([]byte{1}, 32)}}, lightclient.ErrTrust},
	} {
		require.ErrorIs(t, c.Resume(t.Context(), d.decision), d.want)
		_, err = c.Update(t.Context())
		require.ErrorIs(t, err, lightclient.ErrHalted)
	}

	w.now = w.now.Add(time.Hour) // both rest, after the wrong hash
	w.chain.Advance(3600)
	root, err := w.chain.LightBlock(14)
	require.NoError(t, err)
	decision := lightclient.Decision{Trust: lightclient.Trust{Height: 14, Hash: root.Hash()}, Exclude: []string{"a"}}
	require.NoError(t, c.Resume(t.Context(), decision))
	head, _ := c.Head()
	require.EqualValues(t, 14, head.Height)
	require.EqualValues(t, 3615, w.mustUpdate(c).Height)
}

// A new root of trust of the same height is of another chain: nothing that was read before counts.
func TestResumeOnAnotherChain(t *testing.T) {
	w, other := newWorld(t, "a"), newWorldOf(t, chaintest.Options{Seed: "other"}, "a")
	for value, v := range map[string]*world{"one": w, "two": other} {
		v.chain.Set("registry", []byte("b"), []byte(value))
		v.advance(5)
	}
	c := w.open()
	head := w.mustUpdate(c)
	value, _, err := w.mustSnapshot(c).Read(t.Context(), "registry", []byte("b"))
	require.NoError(t, err)
	require.Equal(t, "one", string(value))

	w.nodes = other.nodes
	root, err := other.chain.LightBlock(head.Height)
	require.NoError(t, err)
	require.NoError(t, c.Resume(t.Context(), lightclient.Decision{Trust: lightclient.Trust{Height: head.Height, Hash: root.Hash()}}))
	_, err = c.Snapshot(t.Context())
	require.ErrorIs(t, err, lightclient.ErrTrustPeriod, "not compared with that chain's unbonding period yet")
	w.mustUpdate(c)
	value, _, err = w.mustSnapshot(c).Read(t.Context(), "registry", []byte("b"))
	require.NoError(t, err)
	require.Equal(t, "two", string(value))
}

// Everything at once, for the race detector.
func TestConcurrentUse(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	w.config.Now = func() time.Time { return w.chain.Time(w.chain.Height()) }
	c := w.open()
	_, err := c.Update(t.Context())
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 20 {
				w.chain.Advance(1)
				_, err := c.Update(t.Context())
				assert.NoError(t, err)
				s, err := c.Snapshot(t.Context())
				assert.NoError(t, err)
				_, _, err = s.Read(t.Context(), "registry", fmt.Append(nil, i))
				assert.NoError(t, err)
				assert.Nil(t, c.Status().Divergence)
			}
		})
	}
	wg.Wait()
	head, ok := c.Head()
	require.True(t, ok)
	require.Equal(t, w.chain.Height(), head.Height)
}
