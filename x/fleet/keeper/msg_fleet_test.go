package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/fleet/types"
)

func TestCreateFleet(t *testing.T) {
	create := func(change func(*types.MsgCreateFleet)) *types.MsgCreateFleet {
		msg := &types.MsgCreateFleet{
			Operator: bech("dave"), Description: "pumps",
			Allow: []string{"globex", "acme/vibration"}, Labels: []string{"site=ulm", "line="},
		}
		change(msg)
		return msg
	}
	runCases(t, []messageCase{
		{
			name: "success: sorted lists, next id", msg: create(func(*types.MsgCreateFleet) {}),
			event: &types.EventFleetPolicySet{FleetId: 3, Allow: []string{"acme/vibration", "globex"}},
			check: func(t *testing.T, f *fixture) {
				require.Equal(t, types.Fleet{
					Id: 3, Operator: bech("dave"), Description: "pumps",
					Allow: []string{"acme/vibration", "globex"}, Labels: []string{"line=", "site=ulm"},
				}, f.fleet(3))
			},
		},
		{
			name: "success: nothing but an operator", msg: &types.MsgCreateFleet{Operator: bech("dave")},
			event: &types.EventFleetCreated{FleetId: 3, Operator: bech("dave")},
		},
		{
			name: "success: upper case operator is stored in canonical form",
			msg:  &types.MsgCreateFleet{Operator: strings.ToUpper(bech("dave"))}, event: &types.EventFleetCreated{FleetId: 3, Operator: bech("dave")},
		},
		{name: "failure: operator", msg: create(func(m *types.MsgCreateFleet) { m.Operator = "dave" }), err: types.ErrInvalidAddress},
		{name: "failure: description", msg: create(func(m *types.MsgCreateFleet) { m.Description = "\x1b[2J" }), err: types.ErrInvalidText},
		{name: "failure: allow-list", msg: create(func(m *types.MsgCreateFleet) { m.Allow = []string{"*", "acme"} }), err: types.ErrInvalidPolicy},
		{name: "failure: labels", msg: create(func(m *types.MsgCreateFleet) { m.Labels = []string{"a=1", "a=2"} }), err: types.ErrInvalidLabels},
	})
}

func TestUpdateFleet(t *testing.T) {
	update := func(operator string, id uint64, description string, labels ...string) *types.MsgUpdateFleet {
		return &types.MsgUpdateFleet{Operator: bech(operator), FleetId: id, Description: description, Labels: labels}
	}
	long := strings.Repeat("x", int(types.DefaultParams().MaxDescriptionBytes)+1)
	runCases(t, []messageCase{
		{
			name: "success: description and labels", msg: update("alice", 1, "new", "a=1"), event: &types.EventFleetUpdated{FleetId: 1},
			check: func(t *testing.T, f *fixture) {
				require.Equal(t, "new", f.fleet(1).Description)
				require.Equal(t, []string{"a=1"}, f.fleet(1).Labels)
				require.Equal(t, []string{"acme/vibration", "globex"}, f.fleet(1).Allow)
			},
		},
		{name: "success: longest description", msg: update("alice", 1, long[1:]), event: &types.EventFleetUpdated{FleetId: 1}},
		{name: "failure: not the operator", msg: update("bob", 1, "new"), err: types.ErrUnauthorized},
		{name: "failure: no such fleet", msg: update("alice", 9, "new"), err: types.ErrFleetNotFound},
		{name: "failure: description too long", msg: update("alice", 1, long), err: types.ErrInvalidText},
		{name: "failure: labels", msg: update("alice", 1, "new", "a"), err: types.ErrInvalidLabels},
	})
}

func TestSetFleetPolicy(t *testing.T) {
	policy := func(operator string, id uint64, allow ...string) *types.MsgSetFleetPolicy {
		return &types.MsgSetFleetPolicy{Operator: bech(operator), FleetId: id, Allow: allow}
	}
	allows := func(want bool) func(*testing.T, *fixture) {
		return func(t *testing.T, f *fixture) {
			got, err := f.k.FleetAllows(f.ctx, 1, "acme", "vibration")
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
	runCases(t, []messageCase{
		{name: "success: everything", msg: policy("alice", 1, "*"), event: &types.EventFleetPolicySet{FleetId: 1, Allow: []string{"*"}}, check: allows(true)},
		{name: "success: nothing", msg: policy("alice", 1), event: &types.EventFleetPolicySet{FleetId: 1, Allow: []string{}}, check: allows(false)},
		{name: "success: another model", msg: policy("alice", 1, "acme/wear"), event: &types.EventFleetPolicySet{FleetId: 1, Allow: []string{"acme/wear"}}, check: allows(false)},
		{name: "failure: not the operator", msg: policy("carol", 2, "*"), err: types.ErrUnauthorized},
		{name: "failure: no such fleet", msg: policy("alice", 0, "*"), err: types.ErrFleetNotFound},
		{name: "failure: entry", msg: policy("alice", 1, "Acme"), err: types.ErrInvalidPolicy},
	})
}

func TestFleetTransfer(t *testing.T) {
	operatedBy := func(operator, pending string) func(*testing.T, *fixture) {
		return func(t *testing.T, f *fixture) {
			require.Equal(t, operator, f.fleet(2).Operator)
			require.Equal(t, pending, f.fleet(2).PendingOperator)
			got, err := f.query.FleetsByOperator(f.ctx, &types.QueryFleetsByOperatorRequest{Operator: operator})
			require.NoError(t, err)
			require.Equal(t, []types.Fleet{f.fleet(2)}, got.Fleets)
		}
	}
	bob, carol, dave := bech("bob"), bech("carol"), bech("dave")
	runCases(t, []messageCase{
		{
			name: "success: propose another", msg: &types.MsgProposeFleetOperator{Operator: bob, FleetId: 2, NewOperator: dave},
			event: &types.EventFleetTransferProposed{FleetId: 2, Operator: bob, NewOperator: dave}, check: operatedBy(bob, dave),
		},
		{name: "failure: propose, not the operator", msg: &types.MsgProposeFleetOperator{Operator: carol, FleetId: 2, NewOperator: dave}, err: types.ErrUnauthorized},
		{name: "failure: propose the operator", msg: &types.MsgProposeFleetOperator{Operator: bob, FleetId: 2, NewOperator: bob}, err: types.ErrInvalidAddress},
		{name: "failure: propose no address", msg: &types.MsgProposeFleetOperator{Operator: bob, FleetId: 2}, err: types.ErrInvalidAddress},
		{name: "failure: propose, no such fleet", msg: &types.MsgProposeFleetOperator{Operator: bob, FleetId: 7, NewOperator: dave}, err: types.ErrFleetNotFound},
		{
			name: "success: accept", msg: &types.MsgAcceptFleetOperator{NewOperator: carol, FleetId: 2},
			event: &types.EventFleetTransferred{FleetId: 2, OldOperator: bob, Operator: carol},
			check: func(t *testing.T, f *fixture) {
				operatedBy(carol, "")(t, f)
				got, err := f.query.FleetsByOperator(f.ctx, &types.QueryFleetsByOperatorRequest{Operator: bob})
				require.NoError(t, err)
				require.Empty(t, got.Fleets)
				_, err = f.deliver(&types.MsgUpdateFleet{Operator: bob, FleetId: 2})
				require.ErrorIs(t, err, types.ErrUnauthorized)
			},
		},
		{name: "failure: accept, not proposed", msg: &types.MsgAcceptFleetOperator{NewOperator: dave, FleetId: 2}, err: types.ErrUnauthorized},
		{name: "failure: accept, nothing pending", msg: &types.MsgAcceptFleetOperator{NewOperator: carol, FleetId: 1}, err: types.ErrNoTransfer},
		{name: "failure: accept, no such fleet", msg: &types.MsgAcceptFleetOperator{NewOperator: carol, FleetId: 7}, err: types.ErrFleetNotFound},
		{name: "failure: accept, no address", msg: &types.MsgAcceptFleetOperator{FleetId: 2}, err: types.ErrInvalidAddress},
		{
			name: "success: withdraw", msg: &types.MsgCancelFleetTransfer{Signer: bob, FleetId: 2},
			event: &types.EventFleetTransferCancelled{FleetId: 2, NewOperator: carol}, check: operatedBy(bob, ""),
		},
		{
			name: "success: decline", msg: &types.MsgCancelFleetTransfer{Signer: carol, FleetId: 2},
			event: &types.EventFleetTransferCancelled{FleetId: 2, NewOperator: carol}, check: operatedBy(bob, ""),
		},
		{name: "failure: cancel, a third", msg: &types.MsgCancelFleetTransfer{Signer: dave, FleetId: 2}, err: types.ErrUnauthorized},
		{name: "failure: cancel, nothing pending", msg: &types.MsgCancelFleetTransfer{Signer: bech("alice"), FleetId: 1}, err: types.ErrNoTransfer},
		{name: "failure: cancel, no such fleet", msg: &types.MsgCancelFleetTransfer{Signer: bob, FleetId: 7}, err: types.ErrFleetNotFound},
		{name: "failure: cancel, no address", msg: &types.MsgCancelFleetTransfer{FleetId: 2}, err: types.ErrInvalidAddress},
	})
}

func TestUpdateParams(t *testing.T) {
	lower := types.DefaultParams()
	lower.MaxDescriptionBytes, lower.MaxLabels, lower.MaxAllowEntries, lower.MaxDevicesPerFleet = 1, 1, 1, 1
	zero := types.DefaultParams()
	zero.MaxLabels = 0
	runCases(t, []messageCase{
		{
			name: "success: lowered below what is stored", msg: &types.MsgUpdateParams{Authority: bech("gov"), Params: lower},
			event: &types.EventParamsUpdated{Params: lower},
			check: func(t *testing.T, f *fixture) {
				_, err := f.deliver(&types.MsgEnrollDevice{Operator: bech("alice"), FleetId: 1, Addresses: []string{bech("more")}})
				require.ErrorIs(t, err, types.ErrDeviceCount)
				f.do(&types.MsgRemoveDevice{Operator: bech("alice"), DeviceId: idActive})
			},
		},
		{name: "failure: not the authority", msg: &types.MsgUpdateParams{Authority: bech("alice"), Params: lower}, err: types.ErrUnauthorized},
		{name: "failure: a limit of zero", msg: &types.MsgUpdateParams{Authority: bech("gov"), Params: zero}, err: types.ErrInvalidParams},
	})
}
