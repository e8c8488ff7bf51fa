package keeper

import (
	"context"
	"errors"
	"strings"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	porttypes "github.com/cosmos/ibc-go/v11/modules/core/05-port/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// IBC is what the module needs of ibc-go.
type IBC struct {
	Channels   types.ChannelKeeper
	Sender     porttypes.ICS4Wrapper
	ChannelsV2 types.ChannelKeeperV2
	Clients    types.ClientKeeper
	ClientsV2  types.ClientKeeperV2
}

func (i IBC) complete() bool {
	return i.Channels != nil && i.Sender != nil && i.ChannelsV2 != nil && i.Clients != nil && i.ClientsV2 != nil
}

// Keeper gives access to the module's state. Copies share one store.
type Keeper struct {
	registry  types.RegistryKeeper
	fleets    types.FleetKeeper
	ibc       IBC
	authority string
	// decider is shared by all copies: none until it is set.
	decider *seam

	// Schema describes the module's store.
	Schema collections.Schema
	// Params are the limits and times, and Policy what this zone accepts.
	Params collections.Item[types.Params]
	Policy collections.Item[types.ZonePolicy]

	// NextRolloutID is the id of the next rollout that is started here; Rollouts are those that were.
	NextRolloutID collections.Sequence
	Rollouts      collections.Map[uint64, types.Rollout]
	// Transitions by (rollout, generation).
	Transitions collections.Map[collections.Pair[uint64, uint64], types.Transition]
	// Due holds (height, rollout): when a rollout is judged next. A rollout has at most one entry: Rollout.Due.
	Due collections.KeySet[collections.Pair[int64, uint64]]
	// Waiters holds (rollout, the one that waits for it).
	Waiters collections.KeySet[collections.Pair[uint64, uint64]]
	// LiveByVersion holds (version id, rollout) while the rollout has not ended.
	LiveByVersion collections.KeySet[collections.Pair[string, uint64]]

	// Targets and Zones by (rollout, zone).
	Targets collections.Map[collections.Pair[uint64, string], types.Target]
	Zones   collections.Map[collections.Pair[uint64, string], types.ZoneState]
	// Active holds (zone, model, rollout) until the zone has settled.
	Active collections.KeySet[collections.Triple[string, string, uint64]]
	// Attempts by (rollout, zone, number); the latest ones.
	Attempts collections.Map[collections.Triple[uint64, string, uint32], types.Attempt]
	// Retries holds (height, rollout, zone): when a packet is sent again. A zone has at most one entry: ZoneState.NextSend.
	Retries collections.KeySet[collections.Triple[int64, uint64, string]]
	// FanOuts maps (height, rollout) to the last zone that was served, for rollouts whose state is on its way to all zones.
	FanOuts collections.Map[collections.Pair[int64, uint64], string]

	// NextNumber is the number of the next rollout that comes here; ZoneRollouts are those that came.
	NextNumber   collections.Sequence
	ZoneRollouts collections.Map[uint64, types.ZoneRollout]
	// Numbers maps (source, rollout) to the number.
	Numbers collections.Map[collections.Pair[string, uint64], uint64]
	// ZoneProgress by number, and ZoneFleets by (number, fleet).
	ZoneProgress collections.Map[uint64, types.ZoneProgress]
	ZoneFleets   collections.Map[collections.Pair[uint64, uint64], types.FleetEvidence]
	// ZoneTransitions by (number, count).
	ZoneTransitions collections.Map[collections.Pair[uint64, uint64], types.Transition]
	// EvidenceDue holds (height, number). A rollout has at most one entry: ZoneProgress.NextEvidence.
	EvidenceDue collections.KeySet[collections.Pair[int64, uint64]]
	// Assignments by (fleet, model).
	Assignments collections.Map[collections.Pair[uint64, string], types.Assignment]
	// Devices by (number, device).
	Devices collections.Map[collections.Pair[uint64, uint64], types.DeviceState]

	// Links by source. LinkCursor is the one that was looked at last; ClosedLinks are those whose rollouts are being told.
	Links       collections.Map[string, types.Link]
	LinkCursor  collections.Item[string]
	ClosedLinks collections.KeySet[string]
}

// seam holds the decider that all copies of a keeper share.
type seam struct{ set types.Decider }

// NewKeeper returns a keeper of the store. authority is the address that may change the parameters. It panics on missing
// parts, which only broken wiring can cause.
func NewKeeper(
	cdc codec.BinaryCodec, storeService corestore.KVStoreService,
	registry types.RegistryKeeper, fleets types.FleetKeeper, ibc IBC, authority string,
) Keeper {
	if registry == nil || fleets == nil || !ibc.complete() || strings.TrimSpace(authority) == "" {
		panic(errors.New("x/rollout: expected a registry, a fleet keeper, the keepers of IBC and an authority"))
	}
	sb := collections.NewSchemaBuilder(storeService)
	k := Keeper{registry: registry, fleets: fleets, ibc: ibc, authority: authority, decider: &seam{}}
	k.buildOrigin(sb, cdc)
	k.buildZone(sb, cdc)
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.Schema = schema
	return k
}

var (
	pairOfNumbers = collections.PairKeyCodec(collections.Uint64Key, collections.Uint64Key)
	heightAndID   = collections.PairKeyCodec(collections.Int64Key, collections.Uint64Key)
	idAndZone     = collections.PairKeyCodec(collections.Uint64Key, collections.StringKey)
)

func (k *Keeper) buildOrigin(sb *collections.SchemaBuilder, cdc codec.BinaryCodec) {
	k.Params = collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc))
	k.NextRolloutID = collections.NewSequence(sb, types.NextRolloutIDPrefix, "next_rollout_id")
	k.Rollouts = collections.NewMap(sb, types.RolloutsPrefix, "rollouts", collections.Uint64Key, codec.CollValue[types.Rollout](cdc))
	k.Transitions = collections.NewMap(sb, types.TransitionsPrefix, "transitions", pairOfNumbers, codec.CollValue[types.Transition](cdc))
	k.Due = collections.NewKeySet(sb, types.DuePrefix, "due", heightAndID)
	k.Waiters = collections.NewKeySet(sb, types.WaitersPrefix, "waiters", pairOfNumbers)
	k.LiveByVersion = collections.NewKeySet(sb, types.LiveByVersionPrefix, "live_by_version",
		collections.PairKeyCodec(collections.StringKey, collections.Uint64Key))
	k.Targets = collections.NewMap(sb, types.TargetsPrefix, "targets", idAndZone, codec.CollValue[types.Target](cdc))
	k.Zones = collections.NewMap(sb, types.ZonesPrefix, "zones", idAndZone, codec.CollValue[types.ZoneState](cdc))
	k.Active = collections.NewKeySet(sb, types.ActivePrefix, "active",
		collections.TripleKeyCodec(collections.StringKey, collections.StringKey, collections.Uint64Key))
	k.Attempts = collections.NewMap(sb, types.AttemptsPrefix, "attempts",
		collections.TripleKeyCodec(collections.Uint64Key, collections.StringKey, collections.Uint32Key), codec.CollValue[types.Attempt](cdc))
	k.Retries = collections.NewKeySet(sb, types.RetriesPrefix, "retries",
		collections.TripleKeyCodec(collections.Int64Key, collections.Uint64Key, collections.StringKey))
	k.FanOuts = collections.NewMap(sb, types.FanOutsPrefix, "fan_outs", heightAndID, collections.StringValue)
	k.Links = collections.NewMap(sb, types.LinksPrefix, "links", collections.StringKey, codec.CollValue[types.Link](cdc))
	k.LinkCursor = collections.NewItem(sb, types.LinkCursorPrefix, "link_cursor", collections.StringValue)
	k.ClosedLinks = collections.NewKeySet(sb, types.ClosedLinksPrefix, "closed_links", collections.StringKey)
}

func (k *Keeper) buildZone(sb *collections.SchemaBuilder, cdc codec.BinaryCodec) {
	k.Policy = collections.NewItem(sb, types.PolicyPrefix, "policy", codec.CollValue[types.ZonePolicy](cdc))
	k.NextNumber = collections.NewSequence(sb, types.NextNumberPrefix, "next_number")
	k.ZoneRollouts = collections.NewMap(sb, types.ZoneRolloutsPrefix, "zone_rollouts", collections.Uint64Key, codec.CollValue[types.ZoneRollout](cdc))
	k.Numbers = collections.NewMap(sb, types.NumbersPrefix, "numbers",
		collections.PairKeyCodec(collections.StringKey, collections.Uint64Key), collections.Uint64Value)
	k.ZoneProgress = collections.NewMap(sb, types.ZoneProgressPrefix, "zone_progress", collections.Uint64Key, codec.CollValue[types.ZoneProgress](cdc))
	k.ZoneFleets = collections.NewMap(sb, types.ZoneFleetsPrefix, "zone_fleets", pairOfNumbers, codec.CollValue[types.FleetEvidence](cdc))
	k.ZoneTransitions = collections.NewMap(sb, types.ZoneTransitionsPrefix, "zone_transitions", pairOfNumbers, codec.CollValue[types.Transition](cdc))
	k.EvidenceDue = collections.NewKeySet(sb, types.EvidenceDuePrefix, "evidence_due", heightAndID)
	k.Assignments = collections.NewMap(sb, types.AssignmentsPrefix, "assignments", types.AssignmentKeyCodec, codec.CollValue[types.Assignment](cdc))
	k.Devices = collections.NewMap(sb, types.DevicesPrefix, "devices", types.DeviceKeyCodec, codec.CollValue[types.DeviceState](cdc))
}

// Authority is the address that may change the parameters.
func (k Keeper) Authority() string { return k.authority }

// SetDecider sets who votes on steps whose plan names a decider, for this keeper and every copy of it. It is called
// before the first block; a later one takes the place of the former, as in tests that have votes of their own. It panics
// on nil, which only broken wiring can cause.
func (k Keeper) SetDecider(d types.Decider) {
	if d == nil {
		panic(errors.New("x/rollout: expected a decider"))
	}
	k.decider.set = d
}

// ModuleAddress is the account that signs what the module sends over IBC v2. Nobody has its key.
func ModuleAddress() sdk.AccAddress { return authtypes.NewModuleAddress(types.ModuleName) }

func emit(ctx context.Context, event sdk.Msg) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// found maps a collection's ErrNotFound to the module's.
func found[T any](v T, err error, sentinel interface{ Wrapf(string, ...any) error }, format string, args ...any) (T, error) {
	if errors.Is(err, collections.ErrNotFound) {
		return v, sentinel.Wrapf(format, args...)
	}
	return v, err
}

func (k Keeper) rollout(ctx context.Context, id uint64) (types.Rollout, error) {
	r, err := k.Rollouts.Get(ctx, id)
	return found(r, err, types.ErrRolloutNotFound, "rollout %d", id)
}

func (k Keeper) zoneRollout(ctx context.Context, number uint64) (types.ZoneRollout, error) {
	z, err := k.ZoneRollouts.Get(ctx, number)
	return found(z, err, types.ErrRolloutNotFound, "number %d", number)
}

// Rollout returns a rollout that was started on this chain, or ErrRolloutNotFound.
func (k Keeper) Rollout(ctx context.Context, id uint64) (types.Rollout, error) {
	return k.rollout(ctx, id)
}
