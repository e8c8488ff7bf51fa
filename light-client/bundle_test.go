package lightclient_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
)

// bundleWorld has a chain whose validators change enough that headers between are needed, and a bundle from height 3 on with
// the keys "b" and "c" (which is absent) of "registry".
func bundleWorld(t *testing.T) (*world, *lightclient.Bundle) {
	t.Helper()
	w := newWorldOf(t, chaintest.Options{Replace: 10, Interval: time.Minute}, "a", "b")
	w.chain.Set("registry", []byte("b"), []byte("value"))
	w.advance(90)
	return w, w.bundle("b", "c")
}

// bundle makes a bundle from the root of trust on.
func (w *world) bundle(keys ...string) *lightclient.Bundle {
	w.t.Helper()
	c := w.open()
	w.mustUpdate(c)
	b, err := c.MakeBundle(w.t.Context(), w.config.Trust, func(ctx context.Context, s *lightclient.Snapshot) error {
		for _, key := range keys {
			if _, _, err := s.Read(ctx, "registry", []byte(key)); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(w.t, err)
	return b
}

// device returns a client that has the root of trust and no network, with its store in dir.
func (w *world) device(dir string) *lightclient.Client {
	w.t.Helper()
	config := w.config
	config.Dir = dir
	c, err := lightclient.Open(w.t.Context(), config)
	require.NoError(w.t, err)
	require.NoError(w.t, c.Close())
	config.Endpoints = nil
	c, err = lightclient.Open(w.t.Context(), config)
	require.NoError(w.t, err)
	return c
}

func requireValues(t *testing.T, s *lightclient.Snapshot) {
	t.Helper()
	value, found, err := s.Read(t.Context(), "registry", []byte("b"))
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "value", string(value))
	_, found, err = s.Read(t.Context(), "registry", []byte("c"))
	require.NoError(t, err)
	require.False(t, found)
	_, _, err = s.Read(t.Context(), "registry", []byte("d"))
	require.ErrorIs(t, err, lightclient.ErrUnavailable, "not in the bundle")
}

func TestBundle(t *testing.T) {
	w, made := bundleWorld(t)
	require.Greater(t, len(made.Blocks), 3)
	raw, err := made.Encode()
	require.NoError(t, err)
	b, err := lightclient.DecodeBundle(raw)
	require.NoError(t, err)

	s, err := b.Verify(lightclient.Verification{Trust: w.config.Trust, Now: w.now})
	require.NoError(t, err)
	requireValues(t, s)
	require.EqualValues(t, 99, s.Height())

	dir := t.TempDir()
	c := w.device(dir)
	for range 2 { // again is harmless
		head, err := c.Apply(b)
		require.NoError(t, err)
		require.EqualValues(t, 100, head.Height)
	}
	requireValues(t, w.mustSnapshot(c))
	require.NoError(t, c.Close())

	// After a restart, still without a network.
	config := w.config
	config.Dir, config.Endpoints = dir, nil
	c, err = lightclient.Open(t.Context(), config)
	require.NoError(t, err)
	requireValues(t, w.mustSnapshot(c))
	require.Equal(t, 21*24*time.Hour, c.Status().Unbonding)

	// A later bundle moves it on, and the earlier one is refused then.
	w.advance(50)
	head, err := c.Apply(w.bundle("b"))
	require.NoError(t, err)
	require.EqualValues(t, 150, head.Height)
	_, err = c.Apply(b)
	require.ErrorIs(t, err, lightclient.ErrBundle)
	sameHead(t, c, head)
	require.NoError(t, c.Close())
}

// A bundle of the first version of the format, on disk: it must always be read.
func TestBundleOfVersion1(t *testing.T) {
	raw, err := os.ReadFile("testdata/v1.bundle")
	require.NoError(t, err)
	b, err := lightclient.DecodeBundle(raw)
	require.NoError(t, err)
	hash, err := hex.DecodeString("212B10DBA168575F0C2B0DFD59369705A51E47A58D0FBB0EBF95C71FC4ED45D2")
	require.NoError(t, err)
	s, err := b.Verify(lightclient.Verification{
		Trust: lightclient.Trust{Height: 3, Hash: hash}, Now: time.Date(2026, 1, 1, 1, 39, 0, 0, time.UTC),
	})
	require.NoError(t, err)
	requireValues(t, s)
}

func TestBundleRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(w *world, b *lightclient.Bundle)
		want   error
	}{
		{"failure: another chain", func(_ *world, b *lightclient.Bundle) { b.ChainID = "another" }, lightclient.ErrBundle},
		{"failure: no headers", func(_ *world, b *lightclient.Bundle) { b.Blocks = nil }, lightclient.ErrBundle},
		{"failure: headers out of order", func(_ *world, b *lightclient.Bundle) { slices.Reverse(b.Blocks) }, lightclient.ErrBundle},
		{"failure: a header twice", func(_ *world, b *lightclient.Bundle) { b.Blocks[1] = b.Blocks[0] }, lightclient.ErrBundle},
		{"failure: a header left out", func(_ *world, b *lightclient.Bundle) {
			b.Blocks = []*types.LightBlock{b.Blocks[0], b.Blocks[len(b.Blocks)-1]}
		}, lightclient.ErrBundleGap},
		{"failure: a forged header", func(w *world, b *lightclient.Bundle) {
			forged := w.chain.Fork(chaintest.Fork{From: 100, Strangers: true})
			b.Blocks[len(b.Blocks)-1], _ = forged.LightBlock(100)
		}, lightclient.ErrBundleGap},
		{"failure: a header that too few signed", func(w *world, b *lightclient.Bundle) {
			forged := w.chain.Fork(chaintest.Fork{From: 100, Signers: []int{0, 1}})
			b.Blocks[len(b.Blocks)-1], _ = forged.LightBlock(100)
		}, lightclient.ErrHeader},
		{"failure: from the future", func(w *world, _ *lightclient.Bundle) { w.now = w.now.Add(-time.Hour) }, lightclient.ErrFutureHeader},
		{"failure: the device's header is too old", func(w *world, _ *lightclient.Bundle) { w.now = w.now.AddDate(0, 1, 0) }, lightclient.ErrTrustExpired},
		{"failure: another root", func(w *world, b *lightclient.Bundle) {
			forged := w.chain.Fork(chaintest.Fork{From: 3})
			b.Blocks[0], _ = forged.LightBlock(3)
		}, nil},
		{"failure: a proof of another key", func(_ *world, b *lightclient.Bundle) { b.Reads[0].Proof = b.Reads[1].Proof }, lightclient.ErrProof},
		{"failure: a read without a proof", func(_ *world, b *lightclient.Bundle) { b.Reads[0].Proof = nil }, lightclient.ErrBundle},
		{"failure: reads out of order", func(_ *world, b *lightclient.Bundle) { slices.Reverse(b.Reads) }, lightclient.ErrBundle},
		{"failure: no unbonding period", func(_ *world, b *lightclient.Bundle) {
			b.Reads = slices.DeleteFunc(b.Reads, func(r lightclient.BundleRead) bool { return r.Store == "staking" })
		}, lightclient.ErrBundle},
		{"failure: too many headers", func(_ *world, b *lightclient.Bundle) {
			b.Blocks = make([]*types.LightBlock, lightclient.MaxBundleBlocks+1)
		}, lightclient.ErrBundle},
		{"failure: too many reads", func(_ *world, b *lightclient.Bundle) {
			b.Reads = make([]lightclient.BundleRead, lightclient.MaxBundleReads+1)
		}, lightclient.ErrBundle},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, b := bundleWorld(t)
			c := w.device(t.TempDir())
			before, _ := c.Head()
			tc.change(w, b)

			_, err := b.Verify(lightclient.Verification{Trust: w.config.Trust, Now: w.now})
			require.Error(t, err)
			_, err = c.Apply(b)
			if tc.want != nil {
				require.ErrorIs(t, err, tc.want)
			}
			require.Error(t, err)
			sameHead(t, c, before)
			_, err = c.Snapshot(t.Context())
			require.ErrorIs(t, err, lightclient.ErrTrustPeriod, "nothing was taken from it")
			require.NoError(t, c.Close())
		})
	}
}

// A bundle whose reads the cache could not keep is refused rather than half remembered.
func TestBundleLargerThanCache(t *testing.T) {
	w, b := bundleWorld(t)
	w.config.CacheBytes = 400
	c := w.device(t.TempDir())
	before, _ := c.Head()
	_, err := c.Apply(b)
	require.ErrorIs(t, err, lightclient.ErrBundle)
	sameHead(t, c, before)
	require.NoError(t, c.Close())
}

// Periods and roots that the one who verifies by hand gives.
func TestBundleVerifyRefused(t *testing.T) {
	w, b := bundleWorld(t)
	for _, tc := range []struct {
		name string
		v    lightclient.Verification
		want error
	}{
		{"failure: no root", lightclient.Verification{Now: w.now}, lightclient.ErrBundleGap},
		{"failure: a root that is not in it", lightclient.Verification{Trust: lightclient.Trust{Height: 4, Hash: w.config.Trust.Hash}, Now: w.now}, lightclient.ErrBundleGap},
		{"failure: another hash", lightclient.Verification{Trust: lightclient.Trust{Height: 3, Hash: bytes.Repeat([]byte{1}, 32)}, Now: w.now}, lightclient.ErrTrust},
		{"failure: trust period too long", lightclient.Verification{Trust: lightclient.Trust{Height: 3, Hash: w.config.Trust.Hash, Period: 21 * 24 * time.Hour}, Now: w.now}, lightclient.ErrTrustPeriod},
		{"failure: no clock", lightclient.Verification{Trust: w.config.Trust}, lightclient.ErrFutureHeader},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := b.Verify(tc.v)
			require.ErrorIs(t, err, tc.want)
		})
	}
}

func TestDecodeBundle(t *testing.T) {
	_, b := bundleWorld(t)
	raw, err := b.Encode()
	require.NoError(t, err)
	for _, tc := range []struct {
		name string
		raw  []byte
	}{
		{"failure: empty", nil},
		{"failure: magic alone", raw[:15]},
		{"failure: another magic", append([]byte("assay-bundle/2\n"), raw[15:]...)},
		{"failure: cut short", raw[:len(raw)-1]},
		{"failure: a byte too many", append(slices.Clone(raw), 0)},
		{"failure: an unknown field", append(slices.Clone(raw), 0x78, 0x01)},
		{"failure: a field out of order", slices.Concat(raw, raw[15:17+len(b.ChainID)])},
		{"failure: too large", make([]byte, lightclient.MaxBundleBytes+1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := lightclient.DecodeBundle(tc.raw)
			require.ErrorIs(t, err, lightclient.ErrBundle)
		})
	}
}

// What decodes encodes to the same bytes, and no bytes make the decoder or the verification panic.
func FuzzDecodeBundle(f *testing.F) {
	chain := chaintest.New(chaintest.Options{Validators: 1})
	block, err := chain.LightBlock(3)
	require.NoError(f, err)
	_, ops, err := chain.Query("staking", []byte{0x51}, 2)
	require.NoError(f, err)
	b := &lightclient.Bundle{ChainID: chain.ID(), Blocks: []*types.LightBlock{block}, Reads: []lightclient.BundleRead{{Store: "staking", Key: []byte{0x51}, Proof: ops}}}
	raw, err := b.Encode()
	require.NoError(f, err)
	v := lightclient.Verification{Trust: lightclient.Trust{Height: 3, Hash: block.Hash()}, Now: block.Time}
	_, err = b.Verify(v)
	require.NoError(f, err)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := lightclient.DecodeBundle(raw)
		if err != nil {
			require.ErrorIs(t, err, lightclient.ErrBundle)
			return
		}
		again, err := b.Encode()
		require.NoError(t, err)
		require.Equal(t, raw, again)
		_, _ = b.Verify(v)
	})
}
