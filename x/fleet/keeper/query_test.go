package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/fleet/types"
)

// find returns the ids of the devices that a query gives, on one page.
func (f *fixture) find(req *types.QueryDevicesByFleetRequest) []uint64 {
	f.t.Helper()
	got, err := f.query.DevicesByFleet(f.ctx, req)
	require.NoError(f.t, err)
	return ids(got.Devices)
}

func ids(devices []types.Device) []uint64 {
	out := []uint64{}
	for _, d := range devices {
		out = append(out, d.Id)
	}
	return out
}

func TestQueryDevicesByFleet(t *testing.T) {
	f := newWorld(t)
	for _, tc := range []struct {
		name string
		req  types.QueryDevicesByFleetRequest
		want []uint64
	}{
		{"success: all", types.QueryDevicesByFleetRequest{FleetId: 1}, []uint64{1, 2, 3, 4, 5, 9, 10}},
		{"success: another fleet", types.QueryDevicesByFleetRequest{FleetId: 2}, []uint64{7, 8}},
		{"success: label", types.QueryDevicesByFleetRequest{FleetId: 1, Label: "line=4"}, []uint64{1, 2, 3, 4, 5}},
		{"success: a label's prefix is another label", types.QueryDevicesByFleetRequest{FleetId: 1, Label: "line="}, []uint64{}},
		{"success: label, other fleet", types.QueryDevicesByFleetRequest{FleetId: 2, Label: "line=4"}, []uint64{}},
		{"success: standing", types.QueryDevicesByFleetRequest{FleetId: 1, Standing: types.StandingRevoked}, []uint64{3, 9}},
		{"success: label and standing", types.QueryDevicesByFleetRequest{FleetId: 1, Label: "line=4", Standing: types.StandingRevoked}, []uint64{3}},
		{"success: pending", types.QueryDevicesByFleetRequest{FleetId: 1, Pending: true}, []uint64{2, 9}},
		{"success: pending and standing", types.QueryDevicesByFleetRequest{FleetId: 1, Pending: true, Standing: types.StandingActive}, []uint64{2}},
	} {
		t.Run(tc.name, func(t *testing.T) { require.Equal(t, tc.want, f.find(&tc.req)) })
		t.Run(tc.name+", by pages of 2", func(t *testing.T) {
			got := []uint64{}
			req := tc.req
			req.Pagination = &query.PageRequest{Limit: 2}
			for {
				page, err := f.query.DevicesByFleet(f.ctx, &req)
				require.NoError(t, err)
				got = append(got, ids(page.Devices)...)
				if page.Pagination.NextKey == nil {
					break
				}
				req.Pagination.Key = page.Pagination.NextKey
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestQueryDeviceByAddress(t *testing.T) {
	f := newWorld(t)
	for _, tc := range []struct {
		name    string
		address string
		id      uint64
		retired bool
		code    codes.Code
	}{
		{name: "success: confirmed", address: bech("active"), id: idActive},
		{name: "success: rotated", address: bech("rotated"), id: idRotated},
		{name: "success: retired", address: bech("rotated old"), id: idRotated, retired: true},
		{name: "success: pending in two fleets", address: bech("pending"), id: idPending},
		{name: "failure: a proposed key", address: bech("rotating new"), code: codes.NotFound},
		{name: "failure: removed", address: bech("removed"), code: codes.NotFound},
		{name: "failure: unknown", address: bech("dave"), code: codes.NotFound},
		{name: "failure: malformed", address: "dave", code: codes.InvalidArgument},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := f.query.DeviceByAddress(f.ctx, &types.QueryDeviceByAddressRequest{Address: tc.address})
			require.Equal(t, tc.code, status.Code(err))
			if tc.code == codes.OK {
				require.Equal(t, f.device(tc.id), got.Device)
				require.Equal(t, tc.retired, got.Retired)
			}
		})
	}
}

func TestQueries(t *testing.T) {
	f := newWorld(t)
	params, err := f.query.Params(f.ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, types.DefaultParams(), params.Params)

	fleet, err := f.query.Fleet(f.ctx, &types.QueryFleetRequest{FleetId: 2})
	require.NoError(t, err)
	require.Equal(t, bech("carol"), fleet.Fleet.PendingOperator)

	fleets, err := f.query.Fleets(f.ctx, &types.QueryFleetsRequest{Pagination: &query.PageRequest{Limit: 1, CountTotal: true}})
	require.NoError(t, err)
	require.Equal(t, []types.Fleet{f.fleet(1)}, fleets.Fleets)
	require.Equal(t, uint64(2), fleets.Pagination.Total)

	device, err := f.query.Device(f.ctx, &types.QueryDeviceRequest{DeviceId: idActive})
	require.NoError(t, err)
	require.Equal(t, bech("active"), device.Device.Address)

	enrollments, err := f.query.Enrollments(f.ctx, &types.QueryEnrollmentsRequest{Address: bech("pending")})
	require.NoError(t, err)
	require.Equal(t, []uint64{idPending, idPendingElsewhere}, ids(enrollments.Devices))

	for id, want := range map[uint64][]string{idRotated: {bech("rotated old")}, idRemoved: {bech("removed")}, idActive: nil} {
		retired, err := f.query.RetiredAddresses(f.ctx, &types.QueryRetiredAddressesRequest{DeviceId: id})
		require.NoError(t, err)
		require.Equal(t, want, retired.Addresses)
	}
}

func TestQueryAllowed(t *testing.T) {
	f := newWorld(t)
	for _, tc := range []struct {
		name             string
		fleet            uint64
		publisher, model string
		want             bool
		code             codes.Code
	}{
		{name: "success: listed model", fleet: 1, publisher: "acme", model: "vibration", want: true},
		{name: "success: other model", fleet: 1, publisher: "acme", model: "vibration2"},
		{name: "success: listed publisher", fleet: 1, publisher: "globex", model: "anything", want: true},
		{name: "success: empty list", fleet: 2, publisher: "globex", model: "anything"},
		{name: "failure: a model passed as publisher", fleet: 1, publisher: "acme/vibration", model: "vibration", code: codes.InvalidArgument},
		{name: "failure: star as publisher", fleet: 1, publisher: "*", model: "vibration", code: codes.InvalidArgument},
		{name: "failure: empty model", fleet: 1, publisher: "globex", code: codes.InvalidArgument},
		{name: "failure: no such fleet", fleet: 3, publisher: "acme", model: "vibration", code: codes.NotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := f.query.Allowed(f.ctx, &types.QueryAllowedRequest{FleetId: tc.fleet, Publisher: tc.publisher, Model: tc.model})
			require.Equal(t, tc.code, status.Code(err))
			if tc.code == codes.OK {
				require.Equal(t, tc.want, got.Allowed)
			}
		})
	}
}

func TestQueryRefuses(t *testing.T) {
	f := newWorld(t)
	for name, ask := range map[string]func() error{
		"fleet": func() error { _, err := f.query.Fleet(f.ctx, &types.QueryFleetRequest{FleetId: 9}); return err },
		"device": func() error {
			_, err := f.query.Device(f.ctx, &types.QueryDeviceRequest{DeviceId: idRemoved})
			return err
		},
		"devices of no fleet": func() error {
			_, err := f.query.DevicesByFleet(f.ctx, &types.QueryDevicesByFleetRequest{FleetId: 9})
			return err
		},
	} {
		t.Run("failure: not found: "+name, func(t *testing.T) { require.Equal(t, codes.NotFound, status.Code(ask())) })
	}
	for name, ask := range map[string]func() error{
		"operator": func() error {
			_, err := f.query.FleetsByOperator(f.ctx, &types.QueryFleetsByOperatorRequest{Operator: "x"})
			return err
		},
		"address": func() error {
			_, err := f.query.Enrollments(f.ctx, &types.QueryEnrollmentsRequest{Address: "x"})
			return err
		},
		"label": func() error {
			_, err := f.query.DevicesByFleet(f.ctx, &types.QueryDevicesByFleetRequest{FleetId: 1, Label: "line"})
			return err
		},
		"standing": func() error {
			_, err := f.query.DevicesByFleet(f.ctx, &types.QueryDevicesByFleetRequest{FleetId: 1, Standing: 9})
			return err
		},
	} {
		t.Run("failure: invalid: "+name, func(t *testing.T) { require.Equal(t, codes.InvalidArgument, status.Code(ask())) })
	}
}
