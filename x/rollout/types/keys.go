package types

import (
	"cosmossdk.io/collections"
)

const (
	// ModuleName names the module in genesis, routes and metrics.
	ModuleName = "rollout"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName
	// PortID is the IBC port, of channels and of IBC v2.
	PortID = ModuleName
	// Version is the version of channels and payloads.
	Version = "assay-rollout-1"
	// Encoding is the encoding of IBC v2 payloads: protobuf, in the strict form that DecodePacket takes.
	Encoding = "application/x-protobuf"
	// LocalZone names this chain as the zone or source of a rollout that needs no packet.
	LocalZone = "local"
)

// Store prefixes, in tens for each concern. A prefix is never reused.
var (
	ParamsPrefix = collections.NewPrefix(0)
	PolicyPrefix = collections.NewPrefix(1)

	NextRolloutIDPrefix = collections.NewPrefix(10)
	RolloutsPrefix      = collections.NewPrefix(11)
	TransitionsPrefix   = collections.NewPrefix(12)
	DuePrefix           = collections.NewPrefix(13)
	WaitersPrefix       = collections.NewPrefix(14)
	LiveByVersionPrefix = collections.NewPrefix(15)

	TargetsPrefix  = collections.NewPrefix(20)
	ZonesPrefix    = collections.NewPrefix(21)
	ActivePrefix   = collections.NewPrefix(22)
	AttemptsPrefix = collections.NewPrefix(23)
	RetriesPrefix  = collections.NewPrefix(24)
	FanOutsPrefix  = collections.NewPrefix(25)

	NextNumberPrefix      = collections.NewPrefix(30)
	ZoneRolloutsPrefix    = collections.NewPrefix(31)
	NumbersPrefix         = collections.NewPrefix(32)
	ZoneProgressPrefix    = collections.NewPrefix(33)
	ZoneFleetsPrefix      = collections.NewPrefix(34)
	ZoneTransitionsPrefix = collections.NewPrefix(35)
	EvidenceDuePrefix     = collections.NewPrefix(36)
	AssignmentsPrefix     = collections.NewPrefix(37)
	DevicesPrefix         = collections.NewPrefix(38)

	LinksPrefix       = collections.NewPrefix(40)
	LinkCursorPrefix  = collections.NewPrefix(41)
	ClosedLinksPrefix = collections.NewPrefix(42)
)

// Codecs of composite keys that clients who read the store by proof need too.
var (
	// AssignmentKeyCodec is for (fleet, model).
	AssignmentKeyCodec = collections.PairKeyCodec(collections.Uint64Key, collections.StringKey)
	// DeviceKeyCodec is for (number, device).
	DeviceKeyCodec = collections.PairKeyCodec(collections.Uint64Key, collections.Uint64Key)
)

// AssignmentStoreKey is where the store holds the Assignment of a fleet and a model.
func AssignmentStoreKey(fleet uint64, model string) ([]byte, error) {
	return collections.EncodeKeyWithPrefix(AssignmentsPrefix, AssignmentKeyCodec, collections.Join(fleet, model))
}

// ZoneRolloutStoreKey is where the store holds the ZoneRollout of a number.
func ZoneRolloutStoreKey(number uint64) ([]byte, error) {
	return collections.EncodeKeyWithPrefix(ZoneRolloutsPrefix, collections.Uint64Key, number)
}
