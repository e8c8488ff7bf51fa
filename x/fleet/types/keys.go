package types

import "cosmossdk.io/collections"

const (
	// ModuleName names the module in genesis, routes and metrics.
	ModuleName = "fleet"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName
)

// Store prefixes, in tens for each concern. A prefix is never reused.
var (
	ParamsPrefix = collections.NewPrefix(0)

	NextFleetIDPrefix      = collections.NewPrefix(10)
	FleetsPrefix           = collections.NewPrefix(11)
	FleetsByOperatorPrefix = collections.NewPrefix(12)

	NextDeviceIDPrefix   = collections.NewPrefix(20)
	DevicesPrefix        = collections.NewPrefix(21)
	DevicesByFleetPrefix = collections.NewPrefix(22)
	DevicesByLabelPrefix = collections.NewPrefix(23)

	DeviceByAddressPrefix  = collections.NewPrefix(30)
	EnrollmentsPrefix      = collections.NewPrefix(31)
	RetiredAddressesPrefix = collections.NewPrefix(32)
	RetiredByDevicePrefix  = collections.NewPrefix(33)
)
