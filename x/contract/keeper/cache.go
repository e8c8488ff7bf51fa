package keeper

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/vm"
	"github.com/assay-chain/assay/x/contract/wasm"
)

// cacheBytes bounds what a node keeps compiled, pinned code apart.
const cacheBytes = 64 << 20

// compiled is what this node has compiled: no part of state. It is safe for concurrent use, as queries run beside blocks.
type compiled struct {
	cache *vm.Cache

	mu     sync.Mutex
	pinned []pin // by code id
}

// pin is a code that stays in the cache.
type pin struct {
	id  uint64
	key [sha256.Size]byte
}

func newCompiled() *compiled { return &compiled{cache: vm.NewCache(cacheBytes)} }

// cacheKey names a compiled module by all that decides the result: the code, and the one limit of the parameters that goes
// into it.
func cacheKey(digest []byte, memoryPages uint32) [sha256.Size]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint32(slices.Clone(digest), memoryPages))
}

// module returns a code compiled. What it reads is not metered: whoever calls a contract pays for loading it, from the
// cache or not.
func (k Keeper) module(ctx context.Context, code types.Code, params types.Params) (*vm.Module, error) {
	compile := func() (*vm.Module, error) {
		module, err := k.CodeBytes.Get(unmetered(ctx), code.Id)
		if err != nil {
			return nil, err
		}
		return wasm.Compile(module, params.MemoryPages)
	}
	m, err := k.compiled.cache.Get(cacheKey(code.Digest, params.MemoryPages), compile)
	if err != nil {
		// The error may be of somebody else's attempt, such as of a query whose state was pruned under it. A block must
		// not depend on that.
		return compile()
	}
	return m, nil
}

// BeginBlock has this node hold compiled what is pinned, as of the block before. It writes nothing.
func (k Keeper) BeginBlock(ctx sdk.Context) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	ids, err := k.pinned(ctx)
	if err != nil {
		return err
	}
	codes := make([]types.Code, len(ids))
	want := make([]pin, len(ids))
	for i, id := range ids {
		if codes[i], err = k.Code(ctx, id); err != nil {
			return err
		}
		want[i] = pin{id: id, key: cacheKey(codes[i].Digest, params.MemoryPages)}
	}
	for _, i := range k.compiled.pin(want) {
		if _, err := k.module(ctx, codes[i], params); err != nil {
			// Today's limits are below those that it was stored under: a call of it fails with this error.
			ctx.Logger().Info("pinned code does not compile", "code", ids[i], "error", err)
		}
	}
	return nil
}

// pin replaces what is pinned, and returns the indexes of what was not before.
func (c *compiled) pin(want []pin) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var added []int
	for _, p := range c.pinned {
		if !slices.Contains(want, p) {
			c.cache.Unpin(p.key)
		}
	}
	for i, p := range want {
		if !slices.Contains(c.pinned, p) {
			c.cache.Pin(p.key)
			added = append(added, i)
		}
	}
	c.pinned = want
	return added
}
