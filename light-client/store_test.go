package lightclient_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
)

// disk is a store's database that can be full, and broken.
type disk struct {
	dbm.DB
	full, broken bool
}

var errFull = errors.New("no space left on device")

func (d *disk) Set(k, v []byte) error     { return d.write(func() error { return d.DB.Set(k, v) }) }
func (d *disk) SetSync(k, v []byte) error { return d.write(func() error { return d.DB.SetSync(k, v) }) }

func (d *disk) DeleteSync(k []byte) error { return d.write(func() error { return d.DB.DeleteSync(k) }) }
func (d *disk) NewBatch() dbm.Batch       { return &diskBatch{d.DB.NewBatch(), d} }

func (d *disk) write(do func() error) error {
	if d.full {
		return errFull
	}
	return do()
}

func (d *disk) Get(k []byte) ([]byte, error) {
	if d.broken {
		return nil, errors.New("input/output error")
	}
	return d.DB.Get(k)
}

func (d *disk) Iterator(a, b []byte) (dbm.Iterator, error) {
	if d.broken {
		return nil, errors.New("input/output error")
	}
	return d.DB.Iterator(a, b)
}

func (d *disk) ReverseIterator(a, b []byte) (dbm.Iterator, error) {
	if d.broken {
		return nil, errors.New("input/output error")
	}
	return d.DB.ReverseIterator(a, b)
}

type diskBatch struct {
	dbm.Batch
	d *disk
}

func (b *diskBatch) Write() error     { return b.d.write(b.Batch.Write) }
func (b *diskBatch) WriteSync() error { return b.d.write(b.Batch.WriteSync) }

// diskWorld has a client whose store is on a disk that can fail.
func diskWorld(t *testing.T) (*world, *disk) {
	t.Helper()
	w := newWorldOf(t, chaintest.Options{}, "a", "b")
	w.config.Dir = t.TempDir()
	d := new(disk)
	w.config = lightclient.WithDB(w.config, func(db dbm.DB) dbm.DB {
		d.DB = db
		return d
	})
	return w, d
}

// While the disk is full the client follows the chain in memory, and says so; what it had on disk stays.
func TestDiskFull(t *testing.T) {
	w, d := diskWorld(t)
	c, err := lightclient.Open(t.Context(), w.config)
	require.NoError(t, err)
	w.mustUpdate(c)
	require.Empty(t, c.Status().StoreError)

	d.full = true
	for range 3 {
		w.advance(5)
		require.Equal(t, w.chain.Height(), w.mustUpdate(c).Height)
		require.Contains(t, c.Status().StoreError, errFull.Error())
	}
	require.NoError(t, c.Close())
	c, err = lightclient.Open(t.Context(), w.config)
	require.NoError(t, err)
	head, _ := c.Head()
	require.EqualValues(t, 10, head.Height, "what the disk has")

	w.mustUpdate(c)
	d.full = false
	w.advance(5)
	after := w.mustUpdate(c)
	require.Empty(t, c.Status().StoreError)
	require.NoError(t, c.Close())
	sameHead(t, w.open(), after)
}

// A disk that cannot be read is an error, not a panic, and once it can be read again all goes on.
func TestDiskBroken(t *testing.T) {
	w, d := diskWorld(t)
	c := w.open()
	before := w.mustUpdate(c)
	d.broken = true
	w.advance(5)
	_, err := c.Update(t.Context())
	require.ErrorIs(t, err, lightclient.ErrStore)
	sameHead(t, c, before)
	require.Equal(t, lightclient.RolePrimary, role(t, c, "a"), "no endpoint is to blame")
	d.broken = false
	require.EqualValues(t, 15, w.mustUpdate(c).Height)
}

// A divergence that the disk does not take halts the client all the same.
func TestDiskFullDivergence(t *testing.T) {
	w, d := diskWorld(t)
	c := w.open()
	w.mustUpdate(c)
	w.advance(5)
	w.fork("b", chaintest.Fork{From: 13})
	d.full = true
	for range 2 {
		_, err := c.Update(t.Context())
		require.ErrorIs(t, err, lightclient.ErrHalted)
	}
}

// A bundle that the disk does not take changes nothing.
func TestDiskFullBundle(t *testing.T) {
	w, d := diskWorld(t)
	other := *w
	other.config = lightclient.WithDB(w.config, func(db dbm.DB) dbm.DB { return db })
	other.config.Dir = ""
	b := other.bundle("b")
	c := w.open()
	before, _ := c.Head()
	d.full = true
	_, err := c.Apply(b)
	require.ErrorIs(t, err, lightclient.ErrStore)
	sameHead(t, c, before)
	d.full = false
	head, err := c.Apply(b)
	require.NoError(t, err)
	require.EqualValues(t, 10, head.Height)
}

func TestPruning(t *testing.T) {
	w := newWorld(t, "a", "b")
	w.config.Dir, w.config.Keep = t.TempDir(), 3
	keys := 0
	w.config = lightclient.WithDB(w.config, func(db dbm.DB) dbm.DB {
		keys = 0
		it, err := db.Iterator([]byte("lb/"), []byte("lb0"))
		require.NoError(t, err)
		for ; it.Valid(); it.Next() {
			keys++
		}
		require.NoError(t, it.Close())
		return db
	})
	for range 5 {
		c, err := lightclient.Open(t.Context(), w.config)
		require.NoError(t, err)
		for range 3 {
			w.advance(1)
			w.mustUpdate(c)
			w.mustUpdate(c) // nothing new: nothing is counted twice
		}
		require.NoError(t, c.Close())
	}
	c := w.open()
	require.Equal(t, 3, keys)
	head, _ := c.Head()
	require.EqualValues(t, 25, head.Height)
}

// What is in the way of the store's folder is an error with its name.
func TestStoreFolder(t *testing.T) {
	w := newWorld(t, "a", "b")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	w.config.Dir = file
	_, err := lightclient.Open(t.Context(), w.config)
	require.ErrorIs(t, err, lightclient.ErrStore)
	require.ErrorContains(t, err, file)
}
