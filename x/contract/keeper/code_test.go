package keeper_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/assay-chain/assay/x/contract/types"
)

func TestStoreCode(t *testing.T) {
	s := newSuite(t)
	code := wasm(t, "counter")
	res, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: s.alice, Code: code, Source: "https://example.org", Builder: "clang 19"})
	require.NoError(t, err)
	require.Equal(t, &types.MsgStoreCodeResponse{CodeId: 1, Digest: digestOf(code)}, res)
	s.requireEvent(&types.EventCodeStored{CodeId: 1, Digest: types.FormatDigest(digestOf(code)), Creator: s.alice, Size_: uint32(len(code))})

	record, err := s.k.Code(s.ctx, 1)
	require.NoError(t, err)
	require.Equal(t, types.Code{
		Id: 1, Digest: digestOf(code), Creator: s.alice, Size_: uint32(len(code)), Source: "https://example.org", Builder: "clang 19",
		Height: s.ctx.BlockHeight(), Entries: []string{"execute", "init", "migrate", "on_attestation", "query"},
	}, record)
	stored, err := s.k.CodeBytes.Get(s.ctx, 1)
	require.NoError(t, err)
	require.Equal(t, code, stored)

	t.Run("success: the same module again", func(t *testing.T) {
		before := s.state()
		again, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: s.bob, Code: code, Source: "elsewhere"})
		require.NoError(t, err)
		require.Equal(t, res, again)
		require.Equal(t, before, s.state())
	})
}

func TestStoreCodeFails(t *testing.T) {
	s := newSuite(t)
	good := wasm(t, "counter")
	table := bytes.Replace(good, []byte("input_size\x00"), []byte("input_size\x01"), 1) // imports a table
	for _, tc := range []struct {
		name string
		msg  types.MsgStoreCode
		err  error
	}{
		{"failure: not an address", types.MsgStoreCode{Sender: "assay1nobody", Code: good}, types.ErrInvalidRequest},
		{"failure: no code", types.MsgStoreCode{Sender: s.alice}, types.ErrInvalidRequest},
		{"failure: text that is too long", types.MsgStoreCode{Sender: s.alice, Code: good, Source: strings.Repeat("x", 513)}, types.ErrLimit},
		{"failure: text that is no UTF-8", types.MsgStoreCode{Sender: s.alice, Code: good, Builder: "\xff"}, types.ErrInvalidRequest},
		{"failure: too large", types.MsgStoreCode{Sender: s.alice, Code: make([]byte, 128<<10+1)}, types.ErrLimit},
		{"failure: no module", types.MsgStoreCode{Sender: s.alice, Code: []byte("#!/bin/sh")}, types.ErrInvalidCode},
		{"failure: truncated", types.MsgStoreCode{Sender: s.alice, Code: good[:len(good)-1]}, types.ErrInvalidCode},
		{"failure: something out of the profile", types.MsgStoreCode{Sender: s.alice, Code: table}, types.ErrUnsupportedCode},
		{"failure: no exports", types.MsgStoreCode{Sender: s.alice, Code: []byte("\x00asm\x01\x00\x00\x00")}, types.ErrExport},
		{
			"failure: an import of somebody else's",
			types.MsgStoreCode{Sender: s.alice, Code: bytes.Replace(good, []byte("\x05assay"), []byte("\x05wasi_"), 1)},
			types.ErrImport,
		},
		{
			"failure: no init",
			types.MsgStoreCode{Sender: s.alice, Code: bytes.Replace(good, []byte("\x04init"), []byte("\x04unit"), 1)},
			types.ErrExport,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			s.requireUnchanged(tc.err, func() error {
				_, err := s.msg.StoreCode(s.ctx, &tc.msg)
				return err
			})
		})
	}
}

// TestStoreCodeIsPaidBeforeItIsCompiled has a transaction too little gas: it is charged by the byte, whatever the bytes are.
func TestStoreCodeIsPaidBeforeItIsCompiled(t *testing.T) {
	s := newSuite(t)
	garbage := make([]byte, 1000)
	price := types.DefaultParams().StoreGasPerByte
	ctx := s.ctx.WithGasMeter(storetypes.NewGasMeter(price * 1000))
	require.Panics(t, func() { _, _ = s.msg.StoreCode(ctx, &types.MsgStoreCode{Sender: s.alice, Code: garbage}) })

	ctx = s.ctx.WithGasMeter(storetypes.NewGasMeter(price*1000 + 50_000))
	_, err := s.msg.StoreCode(ctx, &types.MsgStoreCode{Sender: s.alice, Code: garbage})
	require.ErrorIs(t, err, types.ErrInvalidCode)
	require.GreaterOrEqual(t, ctx.GasMeter().GasConsumed(), price*1000)
}

func TestPinCode(t *testing.T) {
	s := newSuite(t)
	id := s.mustStore("counter")
	authority := s.k.Authority()
	_, err := s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: authority, CodeId: id})
	require.NoError(t, err)
	s.requireEvent(&types.EventCodePinned{CodeId: id})
	code, err := s.k.Code(s.ctx, id)
	require.NoError(t, err)
	require.True(t, code.Pinned)
	require.NoError(t, s.k.BeginBlock(s.ctx))

	for _, tc := range []struct {
		name string
		do   func() error
		err  error
	}{
		{"failure: pinned already", func() error {
			_, err := s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: authority, CodeId: id})
			return err
		}, types.ErrInvalidRequest},
		{"failure: no such code", func() error {
			_, err := s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: authority, CodeId: 9})
			return err
		}, types.ErrCodeNotFound},
		{"failure: not the authority", func() error {
			_, err := s.msg.UnpinCode(s.ctx, &types.MsgUnpinCode{Authority: s.alice, CodeId: id})
			return err
		}, types.ErrUnauthorized},
		{"failure: no id", func() error {
			_, err := s.msg.UnpinCode(s.ctx, &types.MsgUnpinCode{Authority: authority})
			return err
		}, types.ErrInvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			s.requireUnchanged(tc.err, tc.do)
		})
	}

	_, err = s.msg.UnpinCode(s.ctx, &types.MsgUnpinCode{Authority: authority, CodeId: id})
	require.NoError(t, err)
	s.requireEvent(&types.EventCodeUnpinned{CodeId: id})
	require.NoError(t, s.k.BeginBlock(s.ctx))
	s.requireUnchanged(types.ErrInvalidRequest, func() error {
		_, err := s.msg.UnpinCode(s.ctx, &types.MsgUnpinCode{Authority: authority, CodeId: id})
		return err
	})
}

// TestPinnedCodesAreFew stores as many codes as may be pinned, and one more: the same module with a custom section.
func TestPinnedCodesAreFew(t *testing.T) {
	s := newSuite(t)
	for i := range 65 {
		code := append(slices.Clone(wasm(t, "counter")), 0, 2, 1, byte(i))
		res, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: s.alice, Code: code})
		require.NoError(t, err)
		_, err = s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: s.k.Authority(), CodeId: res.CodeId})
		if i < 64 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, types.ErrLimit)
		}
	}
}

// TestPinnedCodeIsFreeToLoad compares what a call costs before and after.
func TestPinnedCodeIsFreeToLoad(t *testing.T) {
	s := newSuite(t)
	contract := s.mustMake("counter", 0)
	cost := func() uint64 {
		branch, _ := s.ctx.CacheContext()
		branch = branch.WithGasMeter(storetypes.NewInfiniteGasMeter())
		_, err := s.msg.Execute(branch, &types.MsgExecute{Sender: s.bob, Contract: contract, Msg: []byte("t\x03\x00\x00\x00add")})
		require.NoError(t, err)
		return branch.GasMeter().GasConsumed()
	}
	before := cost()
	_, err := s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: s.k.Authority(), CodeId: 1})
	require.NoError(t, err)
	size := uint64(len(wasm(t, "counter")))
	kib := (size + 1023) / 1024
	// The record of a pinned code is longer by two bytes, and reading is paid for by the byte.
	require.InDelta(t, before-kib*types.DefaultParams().LoadGasPerKib, cost(), 20)
}
