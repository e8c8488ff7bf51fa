// Package local_test holds the local chain to what the module does on chain: its limits, addresses and gas are compared with
// those of the module's packages, its rules are tried with contracts that are put together byte by byte.
package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/assay-chain/assay/cmd/assay/contract/local"
	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/host/hosttest"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
	"github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/wasm"
)

func TestMain(m *testing.M) {
	sdk.GetConfig().SetBech32PrefixForAccount(local.Prefix, local.Prefix+"pub")
	os.Exit(m.Run())
}

// The figures are the module's default parameters.
func TestParameters(t *testing.T) {
	p := types.DefaultParams()
	require.EqualValues(t, p.MaxCallGas, local.MaxCallGas)
	require.EqualValues(t, p.MaxQueryGas, local.MaxQueryGas)
	require.EqualValues(t, p.HookGas, local.HookGas)
	require.EqualValues(t, p.MaxCallDepth, local.MaxCallDepth)
	require.EqualValues(t, p.MaxKeyBytes, local.MaxKeyBytes)
	require.EqualValues(t, p.MaxValueBytes, local.MaxValueBytes)
	require.EqualValues(t, p.MaxMessageBytes, local.MaxMessageBytes)
	require.EqualValues(t, p.MaxCodeBytes, local.MaxCodeBytes)
	require.EqualValues(t, p.StoreGasPerByte, local.StoreGasPerByte)
	require.EqualValues(t, p.VmGasPerGas, local.VMGasPerGas)
	require.EqualValues(t, p.LoadGasPerKib*p.VmGasPerGas, local.LoadGasPerKiB)

	onChain, here := wasm.Limits(p.MemoryPages), local.Limits()
	onChain.CodeBytes, onChain.Gas = here.CodeBytes, here.Gas // the first is checked by the message, the second by the call
	require.Equal(t, onChain, here)
}

func TestAddresses(t *testing.T) {
	for _, n := range []uint64{1, 2, 300, 1 << 40} {
		require.Equal(t, types.ContractAddress(n).String(), local.ContractAddress(n))
	}
	require.Equal(t, authtypes.NewModuleAddress(types.ModuleName).String(), local.ModuleAddress())
	alice := local.AccountAddress("alice")
	require.NoError(t, types.ValidateAddress("alice", alice))
	for _, tc := range []struct{ name, address string }{
		{"success: account", alice},
		{"success: contract", local.ContractAddress(1)},
		{"success: one byte", sdk.AccAddress{7}.String()},
		{"success: longest", sdk.AccAddress(strings.Repeat("x", 255)).String()},
		{"failure: empty", ""},
		{"failure: no data", "assay1"},
		{"failure: prefix", "cosmos1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnrql8a"},
		{"failure: upper case", strings.ToUpper(alice)},
		{"failure: changed", alice[:10] + "q" + alice[11:]},
		{"failure: cut", alice[:len(alice)-1]},
		{"failure: character", alice[:10] + "b" + alice[11:]},
		{"failure: space", alice + " "},
		{"failure: bits after the last byte", local.EncodeDigits([]byte{3, 17})},
		{"failure: a group too many", local.EncodeDigits([]byte{3, 16, 0})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.address == alice[:10]+"q"+alice[11:] && alice[10] == 'q' {
				t.Fatal("nothing was changed")
			}
			err := local.CheckAddress(tc.address)
			require.Equal(t, types.ValidateAddress("address", tc.address) == nil, err == nil, "the chain says otherwise: %v", err)
			require.Equal(t, strings.HasPrefix(tc.name, "success"), err == nil, "%v", err)
			if err != nil {
				require.ErrorIs(t, err, local.ErrAddress)
			}
		})
	}
}

func TestCoins(t *testing.T) {
	for _, tc := range []struct {
		name, text, want string
		bad              bool
	}{
		{name: "success: none"},
		{name: "success: one", text: "5uassay", want: "5uassay"},
		{name: "success: sorted", text: "5uassay,18446744073709551615ibc/AB", want: "18446744073709551615ibc/AB,5uassay"},
		{name: "failure: amount too large", text: "18446744073709551616uassay", bad: true},
		{name: "failure: no amount", text: "uassay", bad: true},
		{name: "failure: no denomination", text: "5", bad: true},
		{name: "failure: short denomination", text: "5ab", bad: true},
		{name: "failure: twice", text: "5uassay,6uassay", bad: true},
		{name: "failure: empty part", text: "5uassay,", bad: true},
		{name: "failure: negative", text: "-5uassay", bad: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			coins, err := local.ParseCoins(tc.text)
			if tc.bad {
				require.ErrorIs(t, err, local.ErrCoins)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, local.FormatCoins(coins))
		})
	}
	for _, denom := range []string{"abc", "a/:._-9", "9abc", "ab", "a b", strings.Repeat("a", 128), strings.Repeat("a", 129), "aéb"} {
		_, err := local.ParseCoins("1" + denom)
		rest := strings.TrimLeft(denom, "0123456789") // digits belong to the amount
		require.Equal(t, sdk.ValidateDenom(rest) == nil, err == nil, "%q: %v", denom, err)
	}
}

// Places in the memory of the contracts of these tests.
const (
	at = 1024
	to = 2048
)

func do(name string, args ...uint32) hosttest.Step { return hosttest.Do(name, args...) }

func load(t *testing.T, c hosttest.Contract) *local.Code {
	t.Helper()
	code, err := local.Compile("test.wasm", c.Build())
	require.NoError(t, err)
	return code
}

func instantiate(t *testing.T, c *local.Chain, name string, contract hosttest.Contract) *local.Contract {
	t.Helper()
	_, err := c.Instantiate(name, load(t, contract), local.Call{Caller: c.Address("owner")})
	require.NoError(t, err)
	out, err := c.Contract(name)
	require.NoError(t, err)
	return out
}

// writer stores, announces, sends, and then does what the test wants.
func writer(more ...hosttest.Step) hosttest.Contract {
	recipient := local.AccountAddress("alice")
	return hosttest.Contract{
		Memory: map[uint32]string{at: "key", at + 8: "uassay", at + 16: "done", at + 64: recipient, to: local.ContractAddress(2)},
		Entries: map[string][]hosttest.Step{
			host.EntryExecute: append([]hosttest.Step{
				do("storage_set", at, 3, at, 3), do("emit", at+16, 4, 0, 0), do("transfer", at+64, uint32(len(recipient)), at+8, 6, 3, 0),
			}, more...),
		},
	}
}

func TestCall(t *testing.T) {
	c := local.New()
	contract := instantiate(t, c, "writer", writer(do("output", hosttest.Results, 4)))
	bob := c.Address("bob")
	c.SetBalance(bob, host.Coin{Denom: "uassay", Amount: 10})
	r, err := c.Call(contract, local.Call{Entry: host.EntryExecute, Caller: bob, Funds: []host.Coin{{Denom: "uassay", Amount: 7}}})
	require.NoError(t, err)
	require.Equal(t, []uint32{host.TransferDone}, hosttest.Words(r.Output))
	require.Equal(t, []local.Change{{Contract: contract.Address, Key: []byte("key"), After: []byte("key")}}, r.Changes)
	require.Len(t, r.Events, 1)
	require.EqualValues(t, local.MaxCallGas, r.GasLimit)
	require.EqualValues(t, 3, c.Balance(bob, "uassay"))
	require.EqualValues(t, 4, c.Balance(contract.Address, "uassay"))
	require.EqualValues(t, 3, c.Balance(c.Address("alice"), "uassay"))
	require.Equal(t, local.ContractAddress(1), contract.Address)
}

// A call that fails leaves storage, coins and events as they were, and says the gas.
func TestCallIsUndone(t *testing.T) {
	for name, last := range map[string]hosttest.Step{
		"abort": do("abort", at, 3), "trap": do("output", 0xffffffff, 1), "value too large": do("storage_set", at, 3, 0, local.MaxValueBytes+1),
		"empty key": do("storage_get", at, 0),
	} {
		t.Run("failure: "+name, func(t *testing.T) {
			c := local.New()
			contract := instantiate(t, c, "writer", writer(last))
			bob := c.Address("bob")
			c.SetBalance(bob, host.Coin{Denom: "uassay", Amount: 10})
			r, err := c.Call(contract, local.Call{Entry: host.EntryExecute, Caller: bob, Funds: []host.Coin{{Denom: "uassay", Amount: 7}}, Gas: 10_000_000})
			require.Error(t, err)
			require.Greater(t, r.GasUsed, uint64(70_000))
			require.Empty(t, r.Events)
			_, ok := contract.Value([]byte("key"))
			require.False(t, ok)
			require.EqualValues(t, 10, c.Balance(bob, "uassay"))
			require.Zero(t, c.Balance(contract.Address, "uassay"))
			require.Zero(t, c.Balance(c.Address("alice"), "uassay"))
		})
	}
	t.Run("failure: funds that are not there", func(t *testing.T) {
		c := local.New()
		contract := instantiate(t, c, "writer", writer())
		_, err := c.Call(contract, local.Call{Entry: host.EntryExecute, Caller: c.Address("bob"), Funds: []host.Coin{{Denom: "uassay", Amount: 7}}})
		require.ErrorIs(t, err, local.ErrFunds)
	})
	t.Run("failure: message too large", func(t *testing.T) {
		c := local.New()
		contract := instantiate(t, c, "writer", writer())
		_, err := c.Call(contract, local.Call{Entry: host.EntryExecute, Message: make([]byte, local.MaxMessageBytes+1)})
		require.ErrorIs(t, err, local.ErrLimit)
	})
}

// A contract whose init fails is not there, and its number is free.
func TestInstantiateIsUndone(t *testing.T) {
	c := local.New()
	bad := hosttest.Contract{Entries: map[string][]hosttest.Step{host.EntryInit: {do("abort", 0, 0)}}}
	_, err := c.Instantiate("bad", load(t, bad), local.Call{})
	var abort *host.AbortError
	require.ErrorAs(t, err, &abort)
	_, err = c.Contract("bad")
	require.ErrorIs(t, err, local.ErrNoContract)
	good := instantiate(t, c, "good", hosttest.Contract{})
	require.Equal(t, local.ContractAddress(1), good.Address)
	_, err = c.Instantiate("good", good.Code, local.Call{})
	require.ErrorIs(t, err, local.ErrExists)
}

func TestMigrate(t *testing.T) {
	c := local.New()
	contract := instantiate(t, c, "c", hosttest.Contract{})
	before := contract.Code
	_, err := c.Migrate(contract, load(t, hosttest.Contract{}), local.Call{})
	require.ErrorIs(t, err, host.ErrEntry)
	require.Same(t, before, contract.Code)
	after := load(t, hosttest.Contract{Entries: map[string][]hosttest.Step{host.EntryMigrate: nil}})
	_, err = c.Migrate(contract, after, local.Call{})
	require.NoError(t, err)
	require.Same(t, after, contract.Code)
}

// What a refusal to publish wrote does not stay, nor what comes with a value that is no vote.
func TestVotesThatLeaveNothing(t *testing.T) {
	for _, tc := range []struct {
		name, entry string
		value       uint32
		kept        bool
	}{
		{"success: wait", host.EntryDecideStep, host.VoteWait, true},
		{"success: no", host.EntryDecideStep, host.VoteNo, true},
		{"failure: no vote", host.EntryDecideStep, host.VoteNo + 1, false},
		{"success: may publish", host.EntryAllowPublish, host.VotePublish, true},
		{"failure: may not publish", host.EntryAllowPublish, host.VoteNoPublish, false},
		{"failure: no answer", host.EntryAllowPublish, host.VotePublish + 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := local.New()
			contract := instantiate(t, c, "voter", hosttest.Contract{
				Memory:  map[uint32]string{at: "key"},
				Entries: map[string][]hosttest.Step{tc.entry: {do("storage_set", at, 3, at, 3), do("emit", at, 3, 0, 0)}},
				Votes:   map[string]uint32{tc.entry: tc.value},
			})
			r, err := c.Call(contract, local.Call{Entry: tc.entry})
			require.NoError(t, err)
			require.Equal(t, tc.value, r.Value)
			require.NotZero(t, r.GasUsed)
			_, there := contract.Value([]byte("key"))
			require.Equal(t, tc.kept, there)
			require.Equal(t, tc.kept, len(r.Changes) == 1)
			require.Equal(t, tc.kept, len(r.Events) == 1)
		})
	}
}

// caller calls the contract at to, with coins, and returns the code and the text.
func caller(gas uint32) hosttest.Contract {
	n := uint32(len(local.ContractAddress(1)))
	return hosttest.Contract{
		Memory: map[uint32]string{at: "key", at + 8: "uassay", to: local.ContractAddress(2), to + 128: local.ContractAddress(1), to + 256: "nobody"},
		Entries: map[string][]hosttest.Step{
			host.EntryExecute: {
				do("call", to, n, 0, 0, at+8, 6, 5, 0, gas), do("result_size"), do("call", to+128, n, 0, 0, 0, 0, 0, 0, 0), do("call", to+256, 6, 0, 0, 0, 0, 0, 0, 0),
				do("output", hosttest.Results, 16),
			},
		},
	}
}

func TestSubCall(t *testing.T) {
	set := func(name string, callee hosttest.Contract, gas uint32) (*local.Chain, local.Result) {
		t.Helper()
		c := local.New()
		outer := instantiate(t, c, "outer", caller(gas))
		instantiate(t, c, "inner", callee)
		c.SetBalance(outer.Address, host.Coin{Denom: "uassay", Amount: 9})
		r, err := c.Call(outer, local.Call{Entry: host.EntryExecute, Caller: c.Address("bob"), Gas: 10_000_000})
		require.NoError(t, err, name)
		return c, r
	}
	t.Run("success: effects, coins, loading", func(t *testing.T) {
		c, r := set("writer", writer(do("output", 0, 2)), 0)
		require.Equal(t, []uint32{host.CallDone, 2, host.CallReentrant, host.CallNoContract}, hosttest.Words(r.Output))
		require.EqualValues(t, 4, c.Balance(local.ContractAddress(1), "uassay"))
		require.EqualValues(t, 2, c.Balance(local.ContractAddress(2), "uassay"))
		require.Len(t, r.Events, 1)
		require.Equal(t, local.ContractAddress(2), r.Events[0].Contract)
		inner, err := c.Contract("inner")
		require.NoError(t, err)
		kib := uint64(inner.Code.Size+1023) / 1024
		require.Greater(t, r.GasUsed, 3*20_000+kib*local.LoadGasPerKiB+50_000+20_000)
	})
	t.Run("failure: what it did is undone, its coins come back", func(t *testing.T) {
		c, r := set("abort", writer(do("abort", at, 3)), 0)
		require.Equal(t, []uint32{host.CallFailed, 3, host.CallReentrant, host.CallNoContract}, hosttest.Words(r.Output))
		require.EqualValues(t, 9, c.Balance(local.ContractAddress(1), "uassay"))
		require.Empty(t, r.Events)
		require.Empty(t, r.Changes)
	})
	t.Run("failure: without gas for loading", func(t *testing.T) {
		_, r := set("writer", writer(), 9_999)
		require.Equal(t, []uint32{host.CallFailed, uint32(len("contract out of gas"))}, hosttest.Words(r.Output)[:2])
	})
	t.Run("success: loading is part of the gas, to the unit", func(t *testing.T) {
		c := local.New()
		inner := instantiate(t, c, "inner", hosttest.Contract{Entries: map[string][]hosttest.Step{host.EntryExecute: {do("sha256", 0, 64)}}})
		r, err := c.Call(inner, local.Call{Entry: host.EntryExecute})
		require.NoError(t, err)
		enough := uint32(r.GasUsed) + uint32(inner.Code.Size+1023)/1024*local.LoadGasPerKiB
		n := uint32(len(inner.Address))
		outer := instantiate(t, c, "outer", hosttest.Contract{
			Memory: map[uint32]string{to: inner.Address},
			Entries: map[string][]hosttest.Step{host.EntryExecute: {
				do("call", to, n, 0, 0, 0, 0, 0, 0, enough), do("call", to, n, 0, 0, 0, 0, 0, 0, enough-1), do("output", hosttest.Results, 8),
			}},
		})
		r, err = c.Call(outer, local.Call{Entry: host.EntryExecute})
		require.NoError(t, err)
		require.Equal(t, []uint32{host.CallDone, host.CallFailed}, hosttest.Words(r.Output))
	})
	t.Run("failure: no coins", func(t *testing.T) {
		c := local.New()
		outer := instantiate(t, c, "outer", caller(0))
		instantiate(t, c, "inner", writer())
		r, err := c.Call(outer, local.Call{Entry: host.EntryExecute, Gas: 10_000_000})
		require.NoError(t, err)
		require.Equal(t, []uint32{host.CallFailed, uint32(len(types.ErrFunds.Error()))}, hosttest.Words(r.Output)[:2])
	})
}

// Contracts call the next one, up to the depth of the chain.
func TestDepth(t *testing.T) {
	deep := local.New()
	for i := range uint64(5) {
		next := local.ContractAddress(i + 2)
		steps := []hosttest.Step{do("call", to, uint32(len(next)), 0, 0, 0, 0, 0, 0, 0), do("storage_set", at, 3, hosttest.Results, 4)}
		instantiate(t, deep, string(rune('a'+i)), hosttest.Contract{
			Memory: map[uint32]string{at: "key", to: next}, Entries: map[string][]hosttest.Step{host.EntryExecute: steps},
		})
	}
	first, err := deep.Contract("a")
	require.NoError(t, err)
	_, err = deep.Call(first, local.Call{Entry: host.EntryExecute, Gas: 10_000_000})
	require.NoError(t, err)
	for name, want := range map[string]uint32{"a": host.CallDone, "c": host.CallDone, "d": host.CallTooDeep} {
		contract, err := deep.Contract(name)
		require.NoError(t, err)
		value, ok := contract.Value([]byte("key"))
		require.True(t, ok, name)
		require.Equal(t, []uint32{want}, hosttest.Words(value), name)
	}
	last, err := deep.Contract("e")
	require.NoError(t, err)
	_, ok := last.Value([]byte("key"))
	require.False(t, ok)
}

func TestQueryWritesNothing(t *testing.T) {
	c := local.New()
	contract := instantiate(t, c, "q", hosttest.Contract{
		Memory: map[uint32]string{at: "key"}, Entries: map[string][]hosttest.Step{host.EntryQuery: {do("storage_set", at, 3, at, 3)}},
	})
	_, err := c.Call(contract, local.Call{Entry: host.EntryQuery})
	require.ErrorIs(t, err, host.ErrReadOnly)
}

func TestRecords(t *testing.T) {
	c := local.New()
	c.Height = 9
	require.NoError(t, c.SetRecord(host.Attestation, local.Record{"id": {"7"}, "device": {"@cam"}, "version": {"acme/v@1.0.0"}, "output": {"0x0102"}}))
	message, err := c.RecordMessage(host.Attestation, 7)
	require.NoError(t, err)
	list, err := values.Decode(message)
	require.NoError(t, err)
	require.Len(t, list, 13)
	require.Equal(t, local.AccountAddress("cam"), list[1].Text)
	require.Equal(t, "a12871fee210fb8619291eaea194581cbd2531e4b23759d225f6806923f63222", strings.TrimPrefix(values.Argument(list[8]), "0x"))
	require.EqualValues(t, 2, list[9].Number)
	require.EqualValues(t, 9, list[10].Number)
	require.EqualValues(t, c.Time.Unix(), list[11].Number)

	for _, tc := range []struct {
		name   string
		kind   host.RecordKind
		record local.Record
	}{
		{"failure: no key", host.Rollout, local.Record{"phase": {"canary"}}},
		{"failure: unknown field", host.Rollout, local.Record{"id": {"1"}, "phases": {"canary"}}},
		{"failure: kind of value", host.Rollout, local.Record{"id": {"one"}}},
		{"failure: two values", host.Rollout, local.Record{"id": {"1", "2"}}},
		{"failure: label of a model", host.Model, local.Record{"model": {"a/b"}, "label": {"k=v"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, c.SetRecord(tc.kind, tc.record), local.ErrRecord)
		})
	}
	_, err = c.RecordMessage(host.Rollout, 1)
	require.ErrorIs(t, err, local.ErrRecord)
	require.NoError(t, c.SetRecord(host.Device, local.Record{"address": {"@cam"}, "label": {"hall=3", "line=a"}}))
}

// The reference has a row for each kind of record and no other, with its fields in their order, and the price of loading.
func TestReference(t *testing.T) {
	b, err := os.ReadFile("../../../../docs/host-functions.md")
	require.NoError(t, err)
	require.Contains(t, string(b), fmt.Sprintf(": %d for each KiB begun,", local.LoadGasPerKiB))
	_, table, found := strings.Cut(string(b), "| record | by | fields |\n|---|---|---|\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	require.Len(t, strings.Split(table, "\n"), len(local.Kinds))
	for _, kind := range local.Kinds {
		row := regexp.MustCompile(`(?m)^\| ` + kind.String() + ` \| [^|]* \| (.*) \|$`).FindStringSubmatch(string(b))
		require.Len(t, row, 2, kind)
		require.Equal(t, row[1], strings.Join(local.FieldsOf(kind), ", "))
	}
}

func TestState(t *testing.T) {
	folder := t.TempDir()
	file, state := filepath.Join(folder, "writer.wasm"), filepath.Join(folder, "state.json")
	require.NoError(t, os.WriteFile(file, writer().Build(), 0o600))
	c := local.New()
	code, err := local.Load(file)
	require.NoError(t, err)
	_, err = c.Instantiate("writer", code, local.Call{})
	require.NoError(t, err)
	contract, err := c.Contract("writer")
	require.NoError(t, err)
	c.SetBalance(contract.Address, host.Coin{Denom: "uassay", Amount: 5})
	c.SetBalance(c.Address("bob"), host.Coin{Denom: "uassay", Amount: 1 << 63})
	_, err = c.Call(contract, local.Call{Entry: host.EntryExecute})
	require.NoError(t, err)
	require.NoError(t, c.SetRecord(host.Attestation, local.Record{"id": {"7"}, "device": {"@cam"}, "output": {"0x01"}}))
	require.NoError(t, c.SetRecord(host.Device, local.Record{"address": {"@cam"}, "label": {"hall=3", "line=a"}}))
	c.Height = 12
	require.NoError(t, c.SaveState(state))

	again, err := local.LoadState(state)
	require.NoError(t, err)
	require.EqualValues(t, 12, again.Height)
	require.Equal(t, uint64(1<<63), again.Balance(local.AccountAddress("bob"), "uassay"))
	require.EqualValues(t, 2, again.Balance(contract.Address, "uassay"))
	loaded, err := again.Contract("writer")
	require.NoError(t, err)
	value, ok := loaded.Value([]byte("key"))
	require.True(t, ok)
	require.Equal(t, "key", string(value))
	want, err := c.RecordMessage(host.Attestation, 7)
	require.NoError(t, err)
	got, err := again.RecordMessage(host.Attestation, 7)
	require.NoError(t, err)
	require.Equal(t, want, got)
	first, err := os.ReadFile(state)
	require.NoError(t, err)
	require.NoError(t, again.SaveState(state))
	second, err := os.ReadFile(state)
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))

	for name, change := range map[string][2]string{
		"not JSON":        {`{`, `[`},
		"unknown field":   {`"height"`, `"hight"`},
		"no height":       {`"height": 12`, `"height": 0`},
		"two documents":   {"\n}\n", "\n}\n{}\n"},
		"wrong address":   {contract.Address, local.ContractAddress(2)},
		"no name":         {`"name": "writer"`, `"name": ""`},
		"storage":         {`"6b6579": "`, `"6b6579": "x`},
		"empty key":       {`"6b6579": "`, `"": "`},
		"denomination":    {`"uassay": 2`, `"u": 2`},
		"kind of record":  {`"device": [`, `"devices": [`},
		"field of record": {`"standing"`, `"standings"`},
	} {
		t.Run("failure: "+name, func(t *testing.T) {
			require.Contains(t, string(first), change[0])
			require.NoError(t, os.WriteFile(state, []byte(strings.Replace(string(first), change[0], change[1], 1)), 0o600))
			_, err := local.LoadState(state)
			if strings.Contains(name, "record") {
				require.ErrorIs(t, err, local.ErrRecord)
			} else {
				require.ErrorIs(t, err, local.ErrState)
			}
			require.ErrorContains(t, err, "state.json")
		})
	}
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "c.wasm")
	_, err := local.Load(file)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(file, make([]byte, local.MaxCodeBytes+100), 0o600))
	_, err = local.Load(file)
	require.ErrorIs(t, err, binary.ErrLimit)
	require.ErrorContains(t, err, file)
}

func TestShow(t *testing.T) {
	c := local.New()
	message, err := c.Message([]string{"pay", "@bob", "5", "text:@home", "0xff"})
	require.NoError(t, err)
	require.Equal(t, "pay @bob 5 text:@home 0xff", c.Show(message))
	require.Equal(t, "0xff", c.Show([]byte{0xff}))
	require.Equal(t, "", c.Show(nil))
}
