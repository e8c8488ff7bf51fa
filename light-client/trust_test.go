package lightclient_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
)

func TestOpen(t *testing.T) {
	hash := bytes.Repeat([]byte{1}, 32)
	for _, tc := range []struct {
		name   string
		change func(w *world)
		want   error
	}{
		{"success", func(*world) {}, nil},
		{"success: the first endpoint is down", func(w *world) { w.nodes["a"].SetDown(true) }, nil},
		{"success: the first endpoint lies", func(w *world) { w.fork("a", chaintest.Fork{From: 2, Strangers: true}) }, nil},
		{"failure: no endpoint answers", func(w *world) { w.nodes["a"].SetDown(true); w.nodes["b"].SetDown(true) }, lightclient.ErrUnavailable},
		{"failure: no endpoint", func(w *world) { w.config.Endpoints = nil }, lightclient.ErrUnavailable},
		{"failure: an endpoint twice", func(w *world) { w.config.Endpoints = []string{"a", "a"} }, lightclient.ErrConfig},
		{"failure: no chain id", func(w *world) { w.config.ChainID = "" }, lightclient.ErrConfig},
		{"failure: too many headers to keep", func(w *world) { w.config.Keep = 1 << 20 }, lightclient.ErrConfig},
		{"failure: negative drift", func(w *world) { w.config.MaxClockDrift = -1 }, lightclient.ErrConfig},
		{"failure: no root of trust", func(w *world) { w.config.Trust = lightclient.Trust{} }, lightclient.ErrTrust},
		{"failure: half a root of trust", func(w *world) { w.config.Trust.Hash = nil }, lightclient.ErrTrust},
		{"failure: short hash", func(w *world) { w.config.Trust.Hash = hash[1:] }, lightclient.ErrTrust},
		{"failure: another hash", func(w *world) { w.config.Trust.Hash = hash }, lightclient.ErrTrust},
		{"failure: a height that no endpoint has", func(w *world) { w.config.Trust.Height = 1000 }, lightclient.ErrTrust},
		{"failure: another chain", func(w *world) { w.config.ChainID = "another" }, lightclient.ErrUnavailable},
		{"failure: too few validators signed the root", func(w *world) {
			forged := w.fork("a", chaintest.Fork{From: 3, Signers: []int{0}})
			w.fork("b", chaintest.Fork{From: 3, Signers: []int{0}})
			b, _ := forged.LightBlock(3)
			w.config.Trust.Hash = b.Hash()
		}, lightclient.ErrTrust},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, "a", "b")
			tc.change(w)
			c, err := lightclient.Open(t.Context(), w.config)
			require.ErrorIs(t, err, tc.want)
			if err == nil {
				h, ok := c.Head()
				require.True(t, ok)
				require.EqualValues(t, 3, h.Height)
				require.NoError(t, c.Close())
			}
		})
	}
}

// With a store the client opens, and says what it verified, without any endpoint.
func TestOpenOffline(t *testing.T) {
	w := newWorld(t, "a", "b")
	w.config.Dir = t.TempDir()
	c, err := lightclient.Open(t.Context(), w.config)
	require.NoError(t, err)
	before := w.mustUpdate(c)
	require.NoError(t, c.Close())

	requests := w.nodes["a"].Requests("tip")
	for _, endpoints := range [][]string{nil, {"a", "b"}} {
		config := w.config
		config.Endpoints, config.Trust = endpoints, lightclient.Trust{}
		c, err = lightclient.Open(t.Context(), config)
		require.NoError(t, err)
		sameHead(t, c, before)
		require.Equal(t, 21*24*time.Hour, c.Status().Unbonding)
		require.NoError(t, c.Close())
	}
	require.Equal(t, requests, w.nodes["a"].Requests("tip"))

	config := w.config
	config.Trust.Period = 21 * 24 * time.Hour
	c, err = lightclient.Open(t.Context(), config)
	require.NoError(t, err)
	_, err = c.Snapshot(t.Context())
	require.ErrorIs(t, err, lightclient.ErrTrustPeriod, "too long a period, by what was read before")
	require.NoError(t, c.Close())

	config = w.config
	config.ChainID = "another"
	_, err = lightclient.Open(t.Context(), config)
	require.ErrorIs(t, err, lightclient.ErrStore)
	config = w.config
	config.Trust = lightclient.Trust{Height: 10, Hash: bytes.Repeat([]byte{1}, 32)}
	_, err = lightclient.Open(t.Context(), config)
	require.ErrorIs(t, err, lightclient.ErrTrust)

	c = w.open()
	_, err = lightclient.Open(t.Context(), w.config)
	require.ErrorIs(t, err, lightclient.ErrStore, "one client at a time")
	sameHead(t, c, before)
}

func TestTrustExpired(t *testing.T) {
	w := newWorldOf(t, chaintest.Options{Interval: time.Hour}, "a", "b")
	w.config.Dir = t.TempDir()
	c, err := lightclient.Open(t.Context(), w.config)
	require.NoError(t, err)
	before := w.mustUpdate(c)
	w.advance(24 * 14)
	requests := w.nodes["a"].Requests("tip")
	_, err = c.Update(t.Context())
	require.ErrorIs(t, err, lightclient.ErrTrustExpired)
	require.Equal(t, requests, w.nodes["a"].Requests("tip"), "nothing that an endpoint says can help")
	sameHead(t, c, before)

	// The clock was wrong: with the right one all is as it was.
	wrong := w.now
	w.now = w.chain.Time(11)
	require.EqualValues(t, 11, func() int64 { w.nodes["a"].Tip = at(11); w.nodes["b"].Tip = at(11); return w.mustUpdate(c).Height }())
	w.now = wrong
	w.nodes["a"].Tip, w.nodes["b"].Tip = nil, nil
	_, err = c.Update(t.Context())
	require.NoError(t, err, "an hour within the period")
	require.NoError(t, c.Close())

	// The operator gives a new root, which is taken because the old one is too old.
	w.advance(24 * 15)
	root, err := w.chain.LightBlock(w.chain.Height() - 5)
	require.NoError(t, err)
	w.config.Trust = lightclient.Trust{Height: root.Height, Hash: root.Hash()}
	c = w.open()
	require.Equal(t, w.chain.Height(), w.mustUpdate(c).Height)
}

func at(height int64) func(int64) int64 { return func(int64) int64 { return height } }

// The device's clock is behind: all endpoints have headers from the future. None of them is demoted for it.
func TestClockBehind(t *testing.T) {
	w := newWorld(t, "a", "b")
	c := w.open()
	before := w.mustUpdate(c)
	w.advance(600)
	right := w.now
	w.now = right.Add(-time.Minute)
	_, err := c.Update(t.Context())
	require.ErrorIs(t, err, lightclient.ErrFutureHeader)
	sameHead(t, c, before)
	require.Equal(t, lightclient.RoleResting, role(t, c, "a"))

	w.now = right
	require.EqualValues(t, 610, w.mustUpdate(c).Height)

	w.advance(10)
	w.now = w.now.Add(-9 * time.Second)
	require.EqualValues(t, 620, w.mustUpdate(c).Height, "within the drift that is allowed")
}

// A clock that was set back a year must not make endpoints rest for a year.
func TestClockSetBack(t *testing.T) {
	w := newWorld(t, "a", "b")
	c := w.open()
	w.mustUpdate(c)
	right := w.now
	w.now = right.AddDate(1, 0, 0)
	w.nodes["a"].SetDown(true)
	w.nodes["b"].SetDown(true)
	_, _, err := w.mustSnapshot(c).Read(t.Context(), "registry", []byte("x"))
	require.ErrorIs(t, err, lightclient.ErrUnavailable)
	w.nodes["a"].SetDown(false)
	w.nodes["b"].SetDown(false)
	w.now = right
	w.advance(1)
	require.EqualValues(t, 11, w.mustUpdate(c).Height)
}

func TestTrustPeriod(t *testing.T) {
	w := newWorldOf(t, chaintest.Options{Unbonding: 14 * 24 * time.Hour, Interval: time.Minute}, "a", "b")
	c := w.open()
	_, err := c.Update(t.Context())
	require.ErrorIs(t, err, lightclient.ErrTrustPeriod)
	_, err = c.Snapshot(t.Context())
	require.ErrorIs(t, err, lightclient.ErrTrustPeriod)

	w.config.Trust.Period = 14*24*time.Hour - 1
	c = w.open()
	w.mustUpdate(c)

	// Governance shortens the unbonding period: it is read again after a day.
	params := stakingtypes.DefaultParams()
	params.UnbondingTime = 7 * 24 * time.Hour
	raw, err := params.Marshal()
	require.NoError(t, err)
	w.chain.Set("staking", stakingtypes.ParamsKey, raw)
	w.advance(60)
	w.mustUpdate(c)
	w.advance(24 * 60)
	_, err = c.Update(t.Context())
	require.ErrorIs(t, err, lightclient.ErrTrustPeriod)
	require.Equal(t, 7*24*time.Hour, c.Status().Unbonding)
}

// While the unbonding period was never read no update succeeds; later, one that cannot be read again is no obstacle.
func TestTrustPeriodUnread(t *testing.T) {
	w := newWorldOf(t, chaintest.Options{Interval: time.Minute}, "a", "b")
	silent := func(string, []byte, int64, *lightclient.Answer) *lightclient.Answer { return &lightclient.Answer{} }
	w.nodes["a"].Answer, w.nodes["b"].Answer = silent, silent
	c := w.open()
	_, err := c.Update(t.Context())
	require.ErrorIs(t, err, lightclient.ErrProof)
	w.now = w.now.Add(time.Hour)
	w.chain.Advance(60)
	w.nodes["a"].Answer, w.nodes["b"].Answer = nil, nil
	w.mustUpdate(c)
	w.nodes["a"].Answer, w.nodes["b"].Answer = silent, silent
	w.advance(2 * 24 * 60)
	w.mustUpdate(c)
}

func TestUnbondingOfOtherParams(t *testing.T) {
	for name, raw := range map[string][]byte{
		"failure: no period":       nil,
		"failure: other bytes":     {0xff},
		"failure: negative period": mustMarshal(t, -time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "a", "b")
			w.chain.Set("staking", stakingtypes.ParamsKey, append(raw, 0x10, 0x64)) // max_validators = 100
			w.advance(2)
			_, err := w.open().Update(t.Context())
			require.ErrorIs(t, err, lightclient.ErrState)
		})
	}
}

func mustMarshal(t *testing.T, d time.Duration) []byte {
	t.Helper()
	p := stakingtypes.Params{UnbondingTime: d}
	raw, err := proto.Marshal(&p)
	require.NoError(t, err)
	return raw
}
