package lightclient_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
)

func TestFailOver(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	c := w.open()
	w.mustUpdate(c)
	require.Equal(t, lightclient.RolePrimary, role(t, c, "a"))

	// The primary goes down: the next takes over at once, and the one that is down is left alone for a while.
	w.advance(5)
	w.nodes["a"].SetDown(true)
	require.EqualValues(t, 15, w.mustUpdate(c).Height)
	require.Equal(t, lightclient.RoleResting, role(t, c, "a"))
	require.Equal(t, lightclient.RolePrimary, role(t, c, "b"))
	require.Equal(t, lightclient.RoleWitness, role(t, c, "c"))
	asked := w.nodes["a"].Requests("tip")
	w.mustUpdate(c)
	require.Equal(t, asked, w.nodes["a"].Requests("tip"))

	// It comes back: once it is asked again it is the primary again.
	w.nodes["a"].SetDown(false)
	w.advance(5)
	w.mustUpdate(c)
	require.Equal(t, lightclient.RolePrimary, role(t, c, "a"))
}

// The primary answers where it is, and nothing else.
func TestFailOverWithinUpdate(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	c := w.open()
	before := w.mustUpdate(c)
	w.advance(5)
	down := true
	w.nodes["a"].Tip = func(height int64) int64 {
		w.nodes["a"].SetDown(down)
		return height
	}
	require.EqualValues(t, 15, w.mustUpdate(c).Height)
	require.Equal(t, lightclient.RoleResting, role(t, c, "a"))
	require.NotEqual(t, before, c.Status().Head)
}

// All endpoints are down for an hour: they are asked now and then, not at every update, and the client goes on when one is
// back and another confirms it.
func TestAllDownForAnHour(t *testing.T) {
	w := newWorld(t, "a", "b")
	c := w.open()
	before := w.mustUpdate(c)
	s := w.mustSnapshot(c)
	for _, n := range w.nodes {
		n.SetDown(true)
	}
	asked := w.nodes["a"].Requests("tip")
	const hour = 3600
	for range hour { // an update each second
		w.advance(1)
		_, err := c.Update(t.Context())
		u := refused[*lightclient.UnavailableError](t, err)
		require.LessOrEqual(t, u.RetryAfter, time.Minute)
		require.Len(t, u.Causes, 2)
	}
	sameHead(t, c, before)
	require.Equal(t, time.Hour, c.Status().Age)
	asked = w.nodes["a"].Requests("tip") - asked
	require.Greater(t, asked, 60, "at least every minute")
	require.Less(t, asked, 80, "and not much more often")
	_, _, err := s.Read(t.Context(), "registry", []byte("new"))
	require.ErrorIs(t, err, lightclient.ErrUnavailable)

	for _, n := range w.nodes {
		n.SetDown(false)
	}
	w.advance(60)
	require.EqualValues(t, 10+hour+60, w.mustUpdate(c).Height)
	_, found, err := s.Read(t.Context(), "registry", []byte("new"))
	require.NoError(t, err, "the old snapshot reads on")
	require.False(t, found)
}

// Attempts are spread: jitter moves each between half and the whole of its rest.
func TestJitter(t *testing.T) {
	for _, tc := range []struct {
		jitter float64
		want   time.Duration
	}{{0, 500 * time.Millisecond}, {0.5, 750 * time.Millisecond}, {1, time.Second}} {
		w := newWorld(t, "a")
		w.config.Jitter = func() float64 { return tc.jitter }
		c := w.open()
		w.nodes["a"].SetDown(true)
		_, err := c.Update(t.Context())
		require.Equal(t, tc.want, refused[*lightclient.UnavailableError](t, err).RetryAfter)
	}
}

func TestWitnesses(t *testing.T) {
	t.Run("success: one endpoint alone", func(t *testing.T) {
		w := newWorld(t, "a")
		c := w.open()
		require.EqualValues(t, 10, w.mustUpdate(c).Height)
		require.Zero(t, c.Status().Confirmed)
	})
	t.Run("success: a witness that is behind sets the pace", func(t *testing.T) {
		w := newWorld(t, "a", "b")
		w.nodes["b"].Tip = func(h int64) int64 { return h - 2 }
		require.EqualValues(t, 8, w.mustUpdate(w.open()).Height)
	})
	t.Run("success: a witness a block behind is no error", func(t *testing.T) {
		w := newWorld(t, "a", "b")
		c := w.open()
		w.mustUpdate(c)
		w.advance(1)
		w.nodes["b"].Tip = func(h int64) int64 { return 10 }
		require.EqualValues(t, 10, w.mustUpdate(c).Height)
	})
	t.Run("success: unwitnessed by configuration", func(t *testing.T) {
		w := newWorld(t, "a", "b")
		w.config.Unwitnessed = true
		w.nodes["b"].SetDown(true)
		c := w.open()
		require.EqualValues(t, 10, w.mustUpdate(c).Height)
		require.Zero(t, c.Status().Confirmed)
	})
	t.Run("failure: none of the others answers", func(t *testing.T) {
		w := newWorld(t, "a", "b")
		c := w.open()
		before := w.mustUpdate(c)
		w.nodes["b"].SetDown(true)
		w.advance(120)
		_, err := c.Update(t.Context())
		require.ErrorIs(t, err, lightclient.ErrNoWitness)
		require.ErrorIs(t, err, chaintest.ErrDown, "and why")
		sameHead(t, c, before)
	})
	t.Run("failure: a height far ahead of all others", func(t *testing.T) {
		w := newWorld(t, "a", "b", "c")
		w.nodes["a"].Tip = func(int64) int64 { return 1 << 60 }
		c := w.open()
		require.EqualValues(t, 10, w.mustUpdate(c).Height, "the others' height holds")
	})
	t.Run("failure: a height that the only endpoint does not have", func(t *testing.T) {
		w := newWorld(t, "a")
		w.nodes["a"].Tip = func(int64) int64 { return 1 << 60 }
		_, err := w.open().Update(t.Context())
		require.ErrorIs(t, err, lightclient.ErrNotFound)
	})
}

func TestUpdateCancelled(t *testing.T) {
	w := newWorld(t, "a", "b")
	c := w.open()
	before, _ := c.Head()
	ctx, cancel := context.WithCancel(t.Context())
	w.nodes["a"].Tip = func(h int64) int64 {
		cancel()
		return h
	}
	_, err := c.Update(ctx)
	require.ErrorIs(t, err, context.Canceled)
	sameHead(t, c, before)
	for _, e := range c.Status().Endpoints {
		require.Zero(t, e.Failures, "who is asked and not waited for did not fail")
	}
}
