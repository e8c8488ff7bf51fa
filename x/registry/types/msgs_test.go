package types_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestValidateBasic(t *testing.T) {
	publish := func(change func(*types.MsgPublishVersion)) *types.MsgPublishVersion {
		m := &types.MsgPublishVersion{Owner: alice, Publisher: "acme", Model: "vibration", Number: "1.0.0", Spec: spec()}
		change(m)
		return m
	}
	for _, tc := range []struct {
		name string
		msg  sdk.HasValidateBasic
		err  error
	}{
		{"success: create publisher", &types.MsgCreatePublisher{Owner: alice, Name: "acme", Website: "https://acme.example"}, nil},
		{"failure: create publisher, owner", &types.MsgCreatePublisher{Owner: "alice", Name: "acme"}, types.ErrInvalidAddress},
		{"failure: create publisher, owner in upper case", &types.MsgCreatePublisher{Owner: strings.ToUpper(alice), Name: "acme"}, types.ErrInvalidAddress},
		{"failure: create publisher, name", &types.MsgCreatePublisher{Owner: alice, Name: "A"}, types.ErrInvalidName},
		{"failure: create publisher, description", &types.MsgCreatePublisher{Owner: alice, Name: "acme", Description: strings.Repeat("x", 16<<10+1)}, types.ErrLimit},
		{"failure: create publisher, website without a host", &types.MsgCreatePublisher{Owner: alice, Name: "acme", Website: "https://"}, types.ErrInvalidText},
		{"failure: create publisher, website of another scheme", &types.MsgCreatePublisher{Owner: alice, Name: "acme", Website: "javascript:x"}, types.ErrInvalidText},
		{"success: update publisher", &types.MsgUpdatePublisher{Owner: alice, Name: "acme"}, nil},
		{"failure: update publisher", &types.MsgUpdatePublisher{Owner: alice, Name: "acme", Description: "\x00"}, types.ErrInvalidText},
		{"success: propose", &types.MsgProposePublisherOwner{Owner: alice, Name: "acme", NewOwner: bob}, nil},
		{"failure: propose to nobody", &types.MsgProposePublisherOwner{Owner: alice, Name: "acme"}, types.ErrInvalidAddress},
		{"failure: propose to oneself", &types.MsgProposePublisherOwner{Owner: alice, Name: "acme", NewOwner: alice}, types.ErrInvalidTransfer},
		{"success: accept", &types.MsgAcceptPublisherOwner{NewOwner: bob, Name: "acme"}, nil},
		{"failure: accept", &types.MsgAcceptPublisherOwner{Name: "acme"}, types.ErrInvalidAddress},
		{"success: cancel", &types.MsgCancelPublisherTransfer{Owner: alice, Name: "acme"}, nil},
		{"failure: cancel", &types.MsgCancelPublisherTransfer{Owner: alice}, types.ErrInvalidName},
		{"success: create model", &types.MsgCreateModel{Owner: alice, Publisher: "acme", Name: "vibration"}, nil},
		{"failure: create model", &types.MsgCreateModel{Owner: alice, Publisher: "acme", Name: "acme/x"}, types.ErrInvalidName},
		{"success: update model", &types.MsgUpdateModel{Owner: alice, Publisher: "acme", Name: "vibration"}, nil},
		{"failure: update model", &types.MsgUpdateModel{Owner: alice, Name: "vibration"}, types.ErrInvalidName},
		{"success: register key", &types.MsgRegisterVerifyingKey{Registrant: alice, Key: []byte{1}}, nil},
		{"failure: register no key", &types.MsgRegisterVerifyingKey{Registrant: alice}, types.ErrInvalidVerifyingKey},
		{"failure: register key, too large", &types.MsgRegisterVerifyingKey{Registrant: alice, Key: make([]byte, 64<<10+1)}, types.ErrLimit},
		{"success: publish", publish(func(*types.MsgPublishVersion) {}), nil},
		{"failure: publish, number", publish(func(m *types.MsgPublishVersion) { m.Number = "1" }), types.ErrInvalidNumber},
		{"failure: publish, key too large", publish(func(m *types.MsgPublishVersion) { m.VerifyingKey = make([]byte, 64<<10+1) }), types.ErrLimit},
		{"failure: publish, spec", publish(func(m *types.MsgPublishVersion) { m.Spec = types.VersionSpec{} }), types.ErrInvalidArtifact},
		{"success: set alias", &types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "stable", Number: "1.0.0"}, nil},
		{"failure: set alias that looks like a number", &types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "1.0.0", Number: "1.0.0"}, types.ErrInvalidName},
		{"success: remove alias", &types.MsgRemoveAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "stable"}, nil},
		{"failure: remove alias", &types.MsgRemoveAlias{Owner: alice, Publisher: "acme", Model: "vibration"}, types.ErrInvalidName},
		{"success: yank", &types.MsgYankVersion{Owner: alice, Version: "acme/vibration@1.0.0", Reason: "bad"}, nil},
		{"failure: yank without a reason", &types.MsgYankVersion{Owner: alice, Version: "acme/vibration@1.0.0"}, types.ErrInvalidText},
		{"failure: yank, id", &types.MsgYankVersion{Owner: alice, Version: "acme", Reason: "bad"}, types.ErrInvalidVersionID},
		{"failure: create a qualified publisher", &types.MsgCreatePublisher{Owner: alice, Name: "channel-7:acme"}, types.ErrInvalidName},
		{"failure: update a qualified publisher", &types.MsgUpdatePublisher{Owner: alice, Name: "channel-7:acme"}, types.ErrInvalidName},
		{"failure: propose, qualified publisher", &types.MsgProposePublisherOwner{Owner: alice, Name: "channel-7:acme", NewOwner: bob}, types.ErrInvalidName},
		{"failure: accept, qualified publisher", &types.MsgAcceptPublisherOwner{NewOwner: bob, Name: "channel-7:acme"}, types.ErrInvalidName},
		{"failure: cancel, qualified publisher", &types.MsgCancelPublisherTransfer{Owner: alice, Name: "channel-7:acme"}, types.ErrInvalidName},
		{"failure: create model, qualified publisher", &types.MsgCreateModel{Owner: alice, Publisher: "channel-7:acme", Name: "vibration"}, types.ErrInvalidName},
		{"failure: update model, qualified publisher", &types.MsgUpdateModel{Owner: alice, Publisher: "channel-7:acme", Name: "vibration"}, types.ErrInvalidName},
		{"failure: publish, qualified publisher", publish(func(m *types.MsgPublishVersion) { m.Publisher = "channel-7:acme" }), types.ErrInvalidName},
		{"failure: set alias, qualified publisher", &types.MsgSetAlias{Owner: alice, Publisher: "channel-7:acme", Model: "vibration", Alias: "stable", Number: "1.0.0"}, types.ErrInvalidName},
		{"failure: remove alias, qualified publisher", &types.MsgRemoveAlias{Owner: alice, Publisher: "channel-7:acme", Model: "vibration", Alias: "stable"}, types.ErrInvalidName},
		{"failure: yank, qualified publisher", &types.MsgYankVersion{Owner: alice, Version: "channel-7:acme/vibration@1.0.0", Reason: "bad"}, types.ErrInvalidName},
		{"success: update params", &types.MsgUpdateParams{Authority: alice, Params: types.DefaultParams()}, nil},
		{"failure: update params", &types.MsgUpdateParams{Authority: alice}, types.ErrInvalidParams},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, tc.msg.ValidateBasic(), tc.err)
		})
	}
}

// The reason of the key checker is kept, and the code that goes into blocks is the module's.
func TestWithReason(t *testing.T) {
	reason := errorsmod.New("checker", 7, "point off the curve")
	err := errorsmod.Wrap(types.WithReason(types.ErrInvalidVerifyingKey, reason), "publish")
	require.ErrorIs(t, err, types.ErrInvalidVerifyingKey)
	require.ErrorIs(t, err, reason)
	codespace, code, log := errorsmod.ABCIInfo(err, false)
	require.Equal(t, types.ModuleName, codespace)
	require.Equal(t, uint32(12), code)
	require.Contains(t, log, "point off the curve")
}
