package types_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

var (
	alice    = sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String()
	bob      = sdk.AccAddress(bytes.Repeat([]byte{2}, 20)).String()
	contract = types.ContractAddress(1).String()
	limits   = types.MaxParams()
)

const model = "acme/vibration"

func uassay(n uint64) sdk.Coin { return sdk.NewCoin("uassay", sdkmath.NewIntFromUint64(n)) }

// messages are one good message of each kind.
func messages() map[string]sdk.HasValidateBasic {
	return map[string]sdk.HasValidateBasic{
		"store code":    &types.MsgStoreCode{Sender: alice, Code: []byte{0}},
		"instantiate":   &types.MsgInstantiate{Sender: alice, CodeId: 1, Label: "gate"},
		"execute":       &types.MsgExecute{Sender: alice, Contract: contract},
		"migrate":       &types.MsgMigrate{Sender: alice, Contract: contract, CodeId: 1},
		"set admin":     &types.MsgSetAdmin{Sender: alice, Contract: contract, NewAdmin: bob},
		"subscribe":     &types.MsgSubscribe{Sender: alice, Contract: contract, Model: model},
		"unsubscribe":   &types.MsgUnsubscribe{Sender: alice, Contract: contract, Model: model},
		"pin code":      &types.MsgPinCode{Authority: alice, CodeId: 1},
		"unpin code":    &types.MsgUnpinCode{Authority: alice, CodeId: 1},
		"update params": &types.MsgUpdateParams{Authority: alice, Params: types.DefaultParams()},
	}
}

// edit makes a change of one kind of message out of one that takes that kind.
func edit[T any](change func(m T)) func(sdk.HasValidateBasic) {
	return func(m sdk.HasValidateBasic) { change(any(m).(T)) }
}

// badSenders are what no address field takes, and may be empty.
var badSenders = []struct{ name, address string }{
	{"no address", "alice"},
	{"upper case", strings.ToUpper(alice)},
	{"another chain's", "other1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgp"},
	{"a space", alice + " "},
	{"too long", strings.Repeat("x", 10_000)},
}

// TestSenders gives every message a signer that is none.
func TestSenders(t *testing.T) {
	set := map[string]func(m sdk.HasValidateBasic, a string){
		"store code":    func(m sdk.HasValidateBasic, a string) { m.(*types.MsgStoreCode).Sender = a },
		"instantiate":   func(m sdk.HasValidateBasic, a string) { m.(*types.MsgInstantiate).Sender = a },
		"execute":       func(m sdk.HasValidateBasic, a string) { m.(*types.MsgExecute).Sender = a },
		"migrate":       func(m sdk.HasValidateBasic, a string) { m.(*types.MsgMigrate).Sender = a },
		"set admin":     func(m sdk.HasValidateBasic, a string) { m.(*types.MsgSetAdmin).Sender = a },
		"subscribe":     func(m sdk.HasValidateBasic, a string) { m.(*types.MsgSubscribe).Sender = a },
		"unsubscribe":   func(m sdk.HasValidateBasic, a string) { m.(*types.MsgUnsubscribe).Sender = a },
		"pin code":      func(m sdk.HasValidateBasic, a string) { m.(*types.MsgPinCode).Authority = a },
		"unpin code":    func(m sdk.HasValidateBasic, a string) { m.(*types.MsgUnpinCode).Authority = a },
		"update params": func(m sdk.HasValidateBasic, a string) { m.(*types.MsgUpdateParams).Authority = a },
	}
	require.Len(t, set, len(messages()))
	for name, good := range messages() {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, good.ValidateBasic())
			for _, bad := range append(badSenders, struct{ name, address string }{"empty", ""}) {
				set[name](good, bad.address)
				err := good.ValidateBasic()
				require.ErrorIs(t, err, types.ErrInvalidRequest, bad.name)
				require.Less(t, len(err.Error()), 500, "what is quoted is clipped")
			}
		})
	}
}

// TestContractFields gives the messages about a contract something else.
func TestContractFields(t *testing.T) {
	set := map[string]func(m sdk.HasValidateBasic, a string){
		"execute":     func(m sdk.HasValidateBasic, a string) { m.(*types.MsgExecute).Contract = a },
		"migrate":     func(m sdk.HasValidateBasic, a string) { m.(*types.MsgMigrate).Contract = a },
		"set admin":   func(m sdk.HasValidateBasic, a string) { m.(*types.MsgSetAdmin).Contract = a },
		"subscribe":   func(m sdk.HasValidateBasic, a string) { m.(*types.MsgSubscribe).Contract = a },
		"unsubscribe": func(m sdk.HasValidateBasic, a string) { m.(*types.MsgUnsubscribe).Contract = a },
	}
	for name, change := range set {
		t.Run(name, func(t *testing.T) {
			for _, bad := range []string{"", "gate", bob, strings.ToUpper(contract), sdk.AccAddress(make([]byte, 33)).String()} {
				m := messages()[name]
				change(m, bad)
				require.ErrorIs(t, m.ValidateBasic(), types.ErrInvalidRequest, bad)
			}
		})
	}
}

func TestMessageFields(t *testing.T) {
	many := func(n int) []string { return slices.Repeat([]string{model}, n) }
	for _, tc := range []struct {
		name string
		of   string
		edit func(sdk.HasValidateBasic)
		err  error
	}{
		{"success: the largest code", "store code", edit(func(m *types.MsgStoreCode) { m.Code = make([]byte, limits.MaxCodeBytes) }), nil},
		{"failure: no code", "store code", edit(func(m *types.MsgStoreCode) { m.Code = nil }), types.ErrInvalidRequest},
		{"failure: code too large", "store code", edit(func(m *types.MsgStoreCode) { m.Code = make([]byte, limits.MaxCodeBytes+1) }), types.ErrLimit},
		{"success: source and builder", "store code", edit(func(m *types.MsgStoreCode) { m.Source, m.Builder = "https://example.org/ö", "asc 0.28" }), nil},
		{"success: the longest source", "store code", edit(func(m *types.MsgStoreCode) { m.Source = strings.Repeat("x", 4<<10) }), nil},
		{"failure: source too long", "store code", edit(func(m *types.MsgStoreCode) { m.Source = strings.Repeat("x", 4<<10+1) }), types.ErrLimit},
		{"failure: source with a line break", "store code", edit(func(m *types.MsgStoreCode) { m.Source = "a\nb" }), types.ErrInvalidRequest},
		{"failure: builder too long", "store code", edit(func(m *types.MsgStoreCode) { m.Builder = strings.Repeat("x", 4<<10+1) }), types.ErrLimit},
		{"failure: builder that is no UTF-8", "store code", edit(func(m *types.MsgStoreCode) { m.Builder = "\xc3" }), types.ErrInvalidRequest},

		{"success: an admin", "instantiate", edit(func(m *types.MsgInstantiate) { m.Admin = bob }), nil},
		{"success: a contract as the admin", "instantiate", edit(func(m *types.MsgInstantiate) { m.Admin = contract }), nil},
		{"failure: an admin that is no address", "instantiate", edit(func(m *types.MsgInstantiate) { m.Admin = "bob" }), types.ErrInvalidRequest},
		{"failure: an admin in upper case", "instantiate", edit(func(m *types.MsgInstantiate) { m.Admin = strings.ToUpper(bob) }), types.ErrInvalidRequest},
		{"failure: no code id", "instantiate", edit(func(m *types.MsgInstantiate) { m.CodeId = 0 }), types.ErrInvalidRequest},
		{"failure: no label", "instantiate", edit(func(m *types.MsgInstantiate) { m.Label = "" }), types.ErrInvalidRequest},
		{"success: the longest label", "instantiate", edit(func(m *types.MsgInstantiate) { m.Label = strings.Repeat("x", 1<<10) }), nil},
		{"failure: label too long", "instantiate", edit(func(m *types.MsgInstantiate) { m.Label = strings.Repeat("x", 1<<10+1) }), types.ErrLimit},
		{"failure: label with a control character", "instantiate", edit(func(m *types.MsgInstantiate) { m.Label = "a\x7f" }), types.ErrInvalidRequest},
		{"success: the longest message", "instantiate", edit(func(m *types.MsgInstantiate) { m.Msg = make([]byte, 64<<10) }), nil},
		{"failure: message too long", "instantiate", edit(func(m *types.MsgInstantiate) { m.Msg = make([]byte, 64<<10+1) }), types.ErrLimit},
		{"success: as many subscriptions as may be", "instantiate", edit(func(m *types.MsgInstantiate) { m.Subscriptions = many(256) }), nil},
		{"failure: one too many", "instantiate", edit(func(m *types.MsgInstantiate) { m.Subscriptions = many(257) }), types.ErrLimit},
		{"failure: a subscription to no model", "instantiate", edit(func(m *types.MsgInstantiate) { m.Subscriptions = []string{model, "acme"} }), types.ErrInvalidRequest},
		{"failure: funds that are none", "instantiate", edit(func(m *types.MsgInstantiate) { m.Funds = sdk.Coins{uassay(0)} }), types.ErrInvalidRequest},

		{"success: funds of 64 bits", "execute", edit(func(m *types.MsgExecute) { m.Funds = sdk.Coins{uassay(math.MaxUint64)} }), nil},
		{"success: two denominations", "execute", edit(func(m *types.MsgExecute) { m.Funds = sdk.Coins{sdk.NewInt64Coin("stake", 1), uassay(1)} }), nil},
		{"failure: funds beyond 64 bits", "execute", edit(func(m *types.MsgExecute) {
			m.Funds = sdk.Coins{sdk.NewCoin("uassay", sdkmath.NewIntFromUint64(math.MaxUint64).AddRaw(1))}
		}), types.ErrFunds},
		{"failure: funds out of order", "execute", edit(func(m *types.MsgExecute) { m.Funds = sdk.Coins{uassay(1), sdk.NewInt64Coin("stake", 1)} }), types.ErrInvalidRequest},
		{"failure: a denomination twice", "execute", edit(func(m *types.MsgExecute) { m.Funds = sdk.Coins{uassay(1), uassay(1)} }), types.ErrInvalidRequest},
		{"failure: less than nothing", "execute", edit(func(m *types.MsgExecute) { m.Funds = sdk.Coins{{Denom: "uassay", Amount: sdkmath.NewInt(-1)}} }), types.ErrInvalidRequest},
		{"failure: a denomination that is none", "execute", edit(func(m *types.MsgExecute) { m.Funds = sdk.Coins{{Denom: "!", Amount: sdkmath.NewInt(1)}} }), types.ErrInvalidRequest},
		{"success: the longest message of execute", "execute", edit(func(m *types.MsgExecute) { m.Msg = make([]byte, 64<<10) }), nil},
		{"failure: message of execute too long", "execute", edit(func(m *types.MsgExecute) { m.Msg = make([]byte, 64<<10+1) }), types.ErrLimit},

		{"failure: migration to no code", "migrate", edit(func(m *types.MsgMigrate) { m.CodeId = 0 }), types.ErrInvalidRequest},
		{"failure: message of migrate too long", "migrate", edit(func(m *types.MsgMigrate) { m.Msg = make([]byte, 64<<10+1) }), types.ErrLimit},

		{"success: no admin any more", "set admin", edit(func(m *types.MsgSetAdmin) { m.NewAdmin = "" }), nil},
		{"failure: the admin again", "set admin", edit(func(m *types.MsgSetAdmin) { m.NewAdmin = alice }), types.ErrInvalidRequest},
		{"failure: a new admin that is no address", "set admin", edit(func(m *types.MsgSetAdmin) { m.NewAdmin = "bob" }), types.ErrInvalidRequest},

		{"success: a mirror's model", "subscribe", edit(func(m *types.MsgSubscribe) { m.Model = "channel-7:acme/vibration" }), nil},
		{"failure: no model", "subscribe", edit(func(m *types.MsgSubscribe) { m.Model = "" }), types.ErrInvalidRequest},
		{"failure: a version", "subscribe", edit(func(m *types.MsgSubscribe) { m.Model = model + "@1.0.0" }), types.ErrInvalidRequest},
		{"failure: no model to unsubscribe from", "unsubscribe", edit(func(m *types.MsgUnsubscribe) { m.Model = "acme/" }), types.ErrInvalidRequest},

		{"failure: pin no code", "pin code", edit(func(m *types.MsgPinCode) { m.CodeId = 0 }), types.ErrInvalidRequest},
		{"failure: unpin no code", "unpin code", edit(func(m *types.MsgUnpinCode) { m.CodeId = 0 }), types.ErrInvalidRequest},
		{"failure: parameters out of bounds", "update params", edit(func(m *types.MsgUpdateParams) { m.Params.VmGasPerGas = 0 }), types.ErrInvalidParams},
	} {
		t.Run(tc.of+"/"+tc.name, func(t *testing.T) {
			m := messages()[tc.of]
			tc.edit(m)
			require.ErrorIs(t, m.ValidateBasic(), tc.err)
		})
	}
}

// TestLimitsOfParams checks messages against the parameters instead of the bounds in code.
func TestLimitsOfParams(t *testing.T) {
	p := types.DefaultParams()
	p.MaxCodeBytes, p.MaxSourceBytes, p.MaxLabelBytes, p.MaxMessageBytes, p.MaxSubscriptionsPerContract = 3, 3, 3, 3, 1
	for _, tc := range []struct {
		name string
		err  error
		of   interface{ Validate(types.Params) error }
	}{
		{"success: code", nil, &types.MsgStoreCode{Code: make([]byte, 3), Source: "abc", Builder: "abc"}},
		{"failure: code", types.ErrLimit, &types.MsgStoreCode{Code: make([]byte, 4)}},
		{"failure: source", types.ErrLimit, &types.MsgStoreCode{Code: make([]byte, 3), Source: "abcd"}},
		{"failure: builder", types.ErrLimit, &types.MsgStoreCode{Code: make([]byte, 3), Builder: "abcd"}},
		{"success: contract", nil, &types.MsgInstantiate{CodeId: 1, Label: "abc", Msg: make([]byte, 3), Subscriptions: []string{model}}},
		{"failure: label", types.ErrLimit, &types.MsgInstantiate{CodeId: 1, Label: "abcd"}},
		{"failure: label that is three letters in four bytes", types.ErrLimit, &types.MsgInstantiate{CodeId: 1, Label: "abö"}},
		{"failure: message", types.ErrLimit, &types.MsgInstantiate{CodeId: 1, Label: "abc", Msg: make([]byte, 4)}},
		{"failure: subscriptions", types.ErrLimit, &types.MsgInstantiate{CodeId: 1, Label: "abc", Subscriptions: []string{model, model}}},
	} {
		t.Run(tc.name, func(t *testing.T) { require.ErrorIs(t, tc.of.Validate(p), tc.err) })
	}
}
