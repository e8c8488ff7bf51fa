package lightclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/light/store"
	lightdb "github.com/cometbft/cometbft/light/store/db"
	"github.com/cometbft/cometbft/types"
)

// Keys of the store beside those of CometBFT's light store, which begin with "lb/", and its "size".
const (
	keyChain      = "assay/chain"      // chain id
	keyDivergence = "assay/divergence" // Divergence, JSON; absent unless halted
	keyUnbonding  = "assay/unbonding"  // unbondingRecord, JSON
	keyBundle     = "assay/bundle"     // reads of the latest bundle that was applied, encoded as one
)

// headers is the store of verified headers. It goes on in memory while the disk takes nothing, so that a full disk does not
// keep the device from following the chain; what is in memory alone is fetched again after a restart.
type headers struct {
	db    dbm.DB
	light store.Store

	mu      sync.Mutex
	unsaved *types.LightBlock // newer than all that is on disk
	err     error             // why
}

var _ store.Store = (*headers)(nil)

// openHeaders opens the store of a chain, in memory for "". Errors: ErrStore.
func openHeaders(dir, chainID string, wrap func(dbm.DB) dbm.DB) (*headers, error) {
	var (
		db  dbm.DB = dbm.NewMemDB()
		err error
	)
	if dir != "" {
		if err = os.MkdirAll(dir, 0o700); err == nil {
			db, err = dbm.NewGoLevelDB("headers", dir)
		}
		if err != nil {
			return nil, fmt.Errorf("%w in %q: %w", ErrStore, dir, err)
		}
	}
	db = wrap(db)
	h := &headers{db: db, light: lightdb.New(db, chainID)}
	if err := h.checkChain(chainID); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *headers) checkChain(chainID string) error {
	got, err := h.db.Get([]byte(keyChain))
	switch {
	case err != nil:
		return fmt.Errorf("%w: chain id: %w", ErrStore, err)
	case got == nil:
		return h.set(keyChain, []byte(chainID))
	case string(got) != chainID:
		return fmt.Errorf("%w: chain: expected %q, got headers of %q", ErrStore, chainID, got)
	}
	return nil
}

func (h *headers) close() error {
	if err := h.db.Close(); err != nil {
		return fmt.Errorf("%w: closing: %w", ErrStore, err)
	}
	return nil
}

func (h *headers) set(key string, value []byte) error {
	if err := h.db.SetSync([]byte(key), value); err != nil {
		return fmt.Errorf("%w: writing %q: %w", ErrStore, key, err)
	}
	return nil
}

// setBundle writes the bundle that was applied last and what it says of the unbonding period, both or neither.
func (h *headers) setBundle(encoded []byte, known unbondingRecord) error {
	record, err := json.Marshal(known)
	if err != nil {
		return fmt.Errorf("%w: writing %q: %w", ErrStore, keyUnbonding, err)
	}
	batch := h.db.NewBatch()
	defer batch.Close()
	err = errors.Join(batch.Set([]byte(keyBundle), encoded), batch.Set([]byte(keyUnbonding), record))
	if err == nil {
		err = batch.WriteSync()
	}
	if err != nil {
		return fmt.Errorf("%w: writing %q: %w", ErrStore, keyBundle, err)
	}
	return nil
}

func (h *headers) setJSON(key string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%w: writing %q: %w", ErrStore, key, err)
	}
	return h.set(key, raw)
}

// getJSON says whether there was anything under the key.
func (h *headers) getJSON(key string, v any) (bool, error) {
	raw, err := h.db.Get([]byte(key))
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		return false, fmt.Errorf("%w: reading %q: %w", ErrStore, key, err)
	}
	return raw != nil, nil
}

func (h *headers) remove(key string) error {
	if err := h.db.DeleteSync([]byte(key)); err != nil {
		return fmt.Errorf("%w: removing %q: %w", ErrStore, key, err)
	}
	return nil
}

// SaveLightBlock keeps a block in memory if the disk does not take it, and returns nil then too.
func (h *headers) SaveLightBlock(block *types.LightBlock) (err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	err = guarded(ErrStore, func() error { return h.light.SaveLightBlock(block) })
	switch {
	case err == nil:
		if h.unsaved == nil || block.Height >= h.unsaved.Height {
			h.unsaved, h.err = nil, nil
		}
	case h.unsaved == nil || block.Height >= h.unsaved.Height:
		h.unsaved, h.err = block, fmt.Errorf("%w: header %d: %w", ErrStore, block.Height, err)
	}
	return nil
}

// unsavedError is why the newest header is in memory alone; nil if it is not.
func (h *headers) unsavedError() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

func (h *headers) fromDisk(height int64) (block *types.LightBlock, err error) {
	err = guarded(ErrStore, func() (err error) {
		block, err = h.light.LightBlock(height)
		return err
	})
	return block, err
}

func (h *headers) LightBlock(height int64) (*types.LightBlock, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.unsaved != nil && h.unsaved.Height == height {
		return h.unsaved, nil
	}
	return h.fromDisk(height)
}

func (h *headers) LastLightBlockHeight() (height int64, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.unsaved != nil {
		return h.unsaved.Height, nil
	}
	err = guarded(ErrStore, func() (err error) {
		height, err = h.light.LastLightBlockHeight()
		return err
	})
	return height, err
}

func (h *headers) FirstLightBlockHeight() (height int64, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	err = guarded(ErrStore, func() (err error) {
		height, err = h.light.FirstLightBlockHeight()
		return err
	})
	if err == nil && height == -1 && h.unsaved != nil {
		height = h.unsaved.Height
	}
	return height, err
}

func (h *headers) LightBlockBefore(height int64) (block *types.LightBlock, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.unsaved != nil && h.unsaved.Height < height {
		return h.unsaved, nil
	}
	err = guarded(ErrStore, func() (err error) {
		block, err = h.light.LightBlockBefore(height)
		return err
	})
	return block, err
}

func (h *headers) DeleteLightBlock(height int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.unsaved != nil && h.unsaved.Height == height {
		h.unsaved = nil
		return nil
	}
	return guarded(ErrStore, func() error { return h.light.DeleteLightBlock(height) })
}

// Prune keeps the latest headers. A failure is not one of the verification that it follows: the next one tries again.
func (h *headers) Prune(size uint16) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := guarded(ErrStore, func() error { return h.light.Prune(size) }); err != nil && h.err == nil {
		h.err = fmt.Errorf("%w: pruning: %w", ErrStore, err)
	}
	return nil
}

func (h *headers) Size() uint16 { return h.light.Size() }

// newest returns the newest verified block; nil if there is none.
func (h *headers) newest() (*types.LightBlock, error) {
	height, err := h.LastLightBlockHeight()
	if err != nil {
		return nil, fmt.Errorf("%w: newest header: %w", ErrStore, err)
	}
	if height < 1 {
		return nil, nil
	}
	block, err := h.LightBlock(height)
	if err != nil {
		return nil, fmt.Errorf("%w: header %d: %w", ErrStore, height, err)
	}
	return block, nil
}

// at returns a verified block; nil if it is not there.
func (h *headers) at(height int64) (*types.LightBlock, error) {
	block, err := h.LightBlock(height)
	if errors.Is(err, store.ErrLightBlockNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: header %d: %w", ErrStore, height, err)
	}
	return block, nil
}

// clear removes all headers, and what was learnt under them.
func (h *headers) clear() error {
	h.mu.Lock()
	h.unsaved, h.err = nil, nil
	h.mu.Unlock()
	err := guarded(ErrStore, func() error { return h.light.Prune(0) })
	if err != nil {
		return fmt.Errorf("%w: removing headers: %w", ErrStore, err)
	}
	return errors.Join(h.remove(keyUnbonding), h.remove(keyBundle))
}
