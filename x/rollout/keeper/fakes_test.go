package keeper_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	clienttypesv2 "github.com/cosmos/ibc-go/v11/modules/core/02-client/v2/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
	channeltypesv2 "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
	porttypes "github.com/cosmos/ibc-go/v11/modules/core/05-port/types"
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"

	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/x/rollout/keeper"
	"github.com/assay-chain/assay/x/rollout/types"
)

var errFake = errors.New("not there")

// fakeRegistry is a registry without checks. What it holds is outside of the store, so it is not thrown away with a
// branch: a mirror that a refused packet brought stays, as it may.
type fakeRegistry struct {
	versions map[string]types.RegistryVersion
	keys     map[string][]byte
	owners   map[string]string // by publisher
	mirror   func(spec types.VersionSpec, key []byte) error
}

func newFakeRegistry() *fakeRegistry {
	return &fakeRegistry{versions: map[string]types.RegistryVersion{}, keys: map[string][]byte{}, owners: map[string]string{}}
}

// spec is the manifest of a version: it differs from every other version's.
func spec(id string) types.VersionSpec {
	key := sha256.Sum256([]byte("key of " + id))
	file := sha256.Sum256([]byte("file of " + id))
	return types.VersionSpec{
		Description: id, VerifyingKeyDigest: key[:], CircuitDigest: file[:],
		Artifacts: []registrytypes.Artifact{{Name: "canonical.onnx", MediaType: "application/onnx", Digest: file[:], Size_: 1000}},
	}
}

// publish puts a version of this chain on record.
func (r *fakeRegistry) publish(id, owner string, s types.VersionSpec) {
	v, err := types.ParseVersionID(id)
	if err != nil {
		panic(err)
	}
	r.owners[v.Publisher] = owner
	r.keys[string(s.VerifyingKeyDigest)] = []byte("key of " + id)
	r.versions[id] = registrytypes.NewVersion(v, s, 1)
}

func (r *fakeRegistry) Version(_ context.Context, id string) (types.RegistryVersion, error) {
	v, ok := r.versions[id]
	if !ok {
		return v, registrytypes.ErrVersionNotFound
	}
	return v, nil
}

func (r *fakeRegistry) VerifyingKey(_ context.Context, digest []byte) (types.VerifyingKey, error) {
	key, ok := r.keys[string(digest)]
	if !ok {
		return types.VerifyingKey{}, errFake
	}
	return types.VerifyingKey{Digest: digest, Key: key}, nil
}

func (r *fakeRegistry) CheckModelOwner(_ context.Context, publisher, _, address string) error {
	if r.owners[publisher] != address {
		return registrytypes.ErrUnauthorized
	}
	return nil
}

func (r *fakeRegistry) MirrorVersion(
	_ context.Context, source string, id types.VersionID, s types.VersionSpec, key []byte,
) (types.RegistryVersion, error) {
	if r.mirror != nil {
		if err := r.mirror(s, key); err != nil {
			return types.RegistryVersion{}, err
		}
	}
	mirror := id.Qualify(source)
	if known, ok := r.versions[mirror.String()]; ok {
		if !known.VersionSpec.Equal(&s) {
			return types.RegistryVersion{}, types.ErrVersionConflict
		}
		return known, nil
	}
	v := registrytypes.NewVersion(mirror, s, 1)
	r.versions[mirror.String()] = v
	return v, nil
}

// fakeFleets are fleets and devices.
type fakeFleets struct {
	fleets  map[uint64]types.Fleet
	devices map[string]types.Device // by address
	refuse  map[uint64]string       // the one model that a fleet does not allow
}

func newFakeFleets() *fakeFleets {
	return &fakeFleets{fleets: map[uint64]types.Fleet{}, devices: map[string]types.Device{}, refuse: map[uint64]string{}}
}

func (f *fakeFleets) Device(_ context.Context, address sdk.AccAddress) (types.Device, error) {
	d, ok := f.devices[address.String()]
	if !ok {
		return d, errFake
	}
	return d, nil
}

func (f *fakeFleets) Fleet(_ context.Context, id uint64) (types.Fleet, error) {
	v, ok := f.fleets[id]
	if !ok {
		return v, errFake
	}
	return v, nil
}

func (f *fakeFleets) FleetIDsByOperator(_ context.Context, operator sdk.AccAddress, limit int) (ids []uint64, err error) {
	for id, v := range f.fleets {
		if v.Operator == operator.String() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(limit, len(ids))], nil
}

func (f *fakeFleets) FleetAllows(_ context.Context, id uint64, publisher, model string) (bool, error) {
	if _, ok := f.fleets[id]; !ok {
		return false, errFake
	}
	return f.refuse[id] != publisher+"/"+model, nil
}

// fakeLink is one end of a channel, or a client.
type fakeLink struct {
	status   ibcexported.Status
	closed   bool
	sequence uint64
}

// fakeIBC is core IBC: it takes packets over links that work, and hands them to send.
type fakeIBC struct {
	links map[string]*fakeLink
	send  func(link string, sequence uint64, data []byte)
}

func newFakeIBC() *fakeIBC {
	return &fakeIBC{links: map[string]*fakeLink{}, send: func(string, uint64, []byte) {}}
}

func (f *fakeIBC) add(link string) { f.links[link] = &fakeLink{status: ibcexported.Active} }

func (f *fakeIBC) wiring() keeper.IBC {
	return keeper.IBC{Channels: f, Sender: f, ChannelsV2: fakeV2{f}, Clients: f, ClientsV2: f}
}

func (f *fakeIBC) take(link string, data []byte) (uint64, error) {
	l, ok := f.links[link]
	switch {
	case !ok:
		return 0, channeltypes.ErrChannelNotFound
	case l.closed:
		return 0, channeltypes.ErrInvalidChannelState
	case l.status != ibcexported.Active:
		return 0, clienttypes.ErrClientNotActive
	}
	l.sequence++
	f.send(link, l.sequence, slices.Clone(data))
	return l.sequence, nil
}

// SendPacket implements porttypes.ICS4Wrapper.
func (f *fakeIBC) SendPacket(_ sdk.Context, port, channel string, _ clienttypes.Height, timeout uint64, data []byte) (uint64, error) {
	if port != types.PortID || timeout == 0 {
		return 0, errFake
	}
	return f.take(channel, data)
}

// WriteAcknowledgement implements porttypes.ICS4Wrapper.
func (*fakeIBC) WriteAcknowledgement(sdk.Context, ibcexported.PacketI, ibcexported.Acknowledgement) error {
	return errFake
}

// GetAppVersion implements porttypes.ICS4Wrapper.
func (*fakeIBC) GetAppVersion(sdk.Context, string, string) (string, bool) { return types.Version, true }

// GetChannel implements types.ChannelKeeper.
func (f *fakeIBC) GetChannel(_ sdk.Context, _, id string) (channeltypes.Channel, bool) {
	l, ok := f.links[id]
	if !ok {
		return channeltypes.Channel{}, false
	}
	state := channeltypes.OPEN
	if l.closed {
		state = channeltypes.CLOSED
	}
	return channeltypes.Channel{State: state, Ordering: channeltypes.UNORDERED, Version: types.Version}, true
}

// GetChannelClientState implements types.ChannelKeeper. A channel's client has the channel's name here.
func (*fakeIBC) GetChannelClientState(_ sdk.Context, _, id string) (string, ibcexported.ClientState, error) {
	return id, nil, nil
}

// GetClientStatus implements types.ClientKeeper.
func (f *fakeIBC) GetClientStatus(_ sdk.Context, id string) ibcexported.Status {
	if l, ok := f.links[id]; ok {
		return l.status
	}
	return ibcexported.Unknown
}

// GetClientCounterparty implements types.ClientKeeperV2.
func (f *fakeIBC) GetClientCounterparty(_ sdk.Context, id string) (clienttypesv2.CounterpartyInfo, bool) {
	_, ok := f.links[id]
	return clienttypesv2.CounterpartyInfo{ClientId: id}, ok
}

type fakeV2 struct{ *fakeIBC }

// SendPacket implements types.ChannelKeeperV2.
func (f fakeV2) SendPacket(_ context.Context, msg *channeltypesv2.MsgSendPacket) (*channeltypesv2.MsgSendPacketResponse, error) {
	p := msg.Payloads[0]
	if msg.Signer != keeper.ModuleAddress().String() || p.SourcePort != types.PortID || p.DestinationPort != types.PortID {
		return nil, errFake
	}
	sequence, err := f.take(msg.SourceClient, p.Value)
	return &channeltypesv2.MsgSendPacketResponse{Sequence: sequence}, err
}

var (
	_ types.RegistryKeeper  = &fakeRegistry{}
	_ types.FleetKeeper     = &fakeFleets{}
	_ porttypes.ICS4Wrapper = &fakeIBC{}
)

// fakeDecider votes as its name says.
type fakeDecider struct{ asked int }

func (*fakeDecider) Exists(_ context.Context, name string) bool { return name != "nobody" }

func (d *fakeDecider) DecideStep(_ context.Context, name string, _ types.Rollout) (types.Vote, error) {
	d.asked++
	switch name {
	case "yes":
		return types.VoteYes, nil
	case "no":
		return types.VoteNo, nil
	case "broken":
		return types.VoteYes, errFake
	}
	return types.VoteWait, nil
}
