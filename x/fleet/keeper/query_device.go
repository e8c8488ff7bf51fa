package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/fleet/types"
)

// Device returns one device by id.
func (q queryServer) Device(ctx context.Context, req *types.QueryDeviceRequest) (*types.QueryDeviceResponse, error) {
	device, err := q.k.DeviceByID(ctx, req.DeviceId)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryDeviceResponse{Device: device}, nil
}

// DeviceByAddress returns the device that an account is, was, or is enrolled as.
func (q queryServer) DeviceByAddress(ctx context.Context, req *types.QueryDeviceByAddressRequest) (*types.QueryDeviceByAddressResponse, error) {
	address, err := types.ParseDeviceAddress("address", req.Address)
	if err != nil {
		return nil, queryError(err)
	}
	device, retired, err := q.k.resolve(ctx, address)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryDeviceByAddressResponse{Device: device, Retired: retired}, nil
}

// DevicesByFleet returns the devices of a fleet. A label is looked up in an index; the other filters read on
// until the page is full, over no more devices than the fleet has.
func (q queryServer) DevicesByFleet(ctx context.Context, req *types.QueryDevicesByFleetRequest) (*types.QueryDevicesByFleetResponse, error) {
	if _, err := q.k.Fleet(ctx, req.FleetId); err != nil {
		return nil, queryError(err)
	}
	if req.Standing != types.StandingUnspecified {
		if err := types.ValidateStanding(req.Standing); err != nil {
			return nil, queryError(err)
		}
	}
	find := q.devicesOfFleet
	if req.Label != "" {
		if _, _, err := types.ParseLabel(req.Label); err != nil {
			return nil, queryError(err)
		}
		find = q.devicesOfLabel
	}
	devices, page, err := find(ctx, req)
	if err != nil {
		return nil, err
	}
	return &types.QueryDevicesByFleetResponse{Devices: devices, Pagination: page}, nil
}

func (q queryServer) devicesOfFleet(ctx context.Context, req *types.QueryDevicesByFleetRequest) ([]types.Device, *query.PageResponse, error) {
	type key = collections.Pair[uint64, uint64]
	return query.CollectionFilteredPaginate(ctx, q.k.DevicesByFleet, req.Pagination,
		func(k key, _ collections.NoValue) (bool, error) { return q.matches(ctx, k.K2(), req) },
		func(k key, _ collections.NoValue) (types.Device, error) { return q.k.DeviceByID(ctx, k.K2()) },
		query.WithCollectionPaginationPairPrefix[uint64, uint64](req.FleetId))
}

func (q queryServer) devicesOfLabel(ctx context.Context, req *types.QueryDevicesByFleetRequest) ([]types.Device, *query.PageResponse, error) {
	type key = collections.Triple[uint64, string, uint64]
	return query.CollectionFilteredPaginate(ctx, q.k.DevicesByLabel, req.Pagination,
		func(k key, _ collections.NoValue) (bool, error) { return q.matches(ctx, k.K3(), req) },
		func(k key, _ collections.NoValue) (types.Device, error) { return q.k.DeviceByID(ctx, k.K3()) },
		func(o *query.CollectionsPaginateOptions[key]) {
			prefix := collections.TripleSuperPrefix[uint64, string, uint64](req.FleetId, req.Label)
			o.Prefix = &prefix
		})
}

// matches says whether the device passes the filters that have no index.
func (q queryServer) matches(ctx context.Context, id uint64, req *types.QueryDevicesByFleetRequest) (bool, error) {
	if req.Standing == types.StandingUnspecified && !req.Pending {
		return true, nil
	}
	device, err := q.k.DeviceByID(ctx, id)
	if err != nil {
		return false, err
	}
	if req.Pending && device.Confirmed {
		return false, nil
	}
	return req.Standing == types.StandingUnspecified || req.Standing == device.Standing, nil
}

// Enrollments returns the pending devices of an account.
func (q queryServer) Enrollments(ctx context.Context, req *types.QueryEnrollmentsRequest) (*types.QueryEnrollmentsResponse, error) {
	address, err := types.ParseDeviceAddress("address", req.Address)
	if err != nil {
		return nil, queryError(err)
	}
	devices, page, err := query.CollectionPaginate(ctx, q.k.Enrollments, req.Pagination,
		func(_ collections.Pair[sdk.AccAddress, uint64], id uint64) (types.Device, error) {
			return q.k.DeviceByID(ctx, id)
		},
		query.WithCollectionPaginationPairPrefix[sdk.AccAddress, uint64](address))
	if err != nil {
		return nil, err
	}
	return &types.QueryEnrollmentsResponse{Devices: devices, Pagination: page}, nil
}

// RetiredAddresses returns the addresses that a device had in the past.
func (q queryServer) RetiredAddresses(ctx context.Context, req *types.QueryRetiredAddressesRequest) (*types.QueryRetiredAddressesResponse, error) {
	addresses, page, err := query.CollectionPaginate(ctx, q.k.RetiredByDevice, req.Pagination,
		func(k collections.Pair[uint64, sdk.AccAddress], _ collections.NoValue) (string, error) {
			return k.K2().String(), nil
		},
		query.WithCollectionPaginationPairPrefix[uint64, sdk.AccAddress](req.DeviceId))
	if err != nil {
		return nil, err
	}
	return &types.QueryRetiredAddressesResponse{Addresses: addresses, Pagination: page}, nil
}
