package simulation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/fleet/keeper"
	"github.com/assay-chain/assay/x/fleet/types"
)

// errSkipped leaves a factory. The simulator goes on as soon as a factory skips, so one that ran on would draw
// from the same random numbers at the same time.
var errSkipped = errors.New("skipped")

// scene is what a factory makes a message from.
type scene struct {
	ctx      context.Context
	k        keeper.Keeper
	data     *simsx.ChainDataSource
	reporter simsx.SimulationReporter
}

// factory turns a function that makes a message and its signer into a factory.
func factory[T sdk.Msg](k keeper.Keeper, make func(scene) (simsx.SimAccount, T)) simsx.SimMsgFactoryFn[T] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) (signers []simsx.SimAccount, msg T) {
		defer func() {
			if r := recover(); r != nil && r != any(errSkipped) {
				panic(r)
			}
		}()
		signer, made := make(scene{ctx, k, data, reporter})
		return []simsx.SimAccount{signer}, made
	}
}

func (s scene) skip(why string) {
	s.reporter.Skip(why)
	panic(errSkipped)
}

func (s scene) check(err error) {
	if err != nil {
		s.skip(err.Error())
	}
}

// found passes an account on unless the source reported that there is none.
func (s scene) found(account simsx.SimAccount) simsx.SimAccount {
	if s.reporter.IsSkipped() {
		panic(errSkipped)
	}
	return account
}

// named returns the account with the bech32 address.
func (s scene) named(address string) simsx.SimAccount {
	return s.found(s.data.GetAccount(s.reporter, address))
}

// anyone returns an account that can pay fees.
func (s scene) anyone(filters ...simsx.SimAccountFilter) simsx.SimAccount {
	return s.found(s.data.AnyAccountN(20, s.reporter, append(filters, simsx.WithSpendableBalance())...))
}

// free returns an account that is no device and never was.
func (s scene) free(filters ...simsx.SimAccountFilter) simsx.SimAccount {
	return s.anyone(append(filters, simsx.SimAccountFilterFn(func(a simsx.SimAccount) bool { return s.isFree(a.Address) }))...)
}

func (s scene) isFree(address sdk.AccAddress) bool {
	inUse, err := s.k.DeviceByAddress.Has(s.ctx, address)
	s.check(err)
	retired, err := s.k.RetiredAddresses.Has(s.ctx, address)
	s.check(err)
	return !inUse && !retired
}

func (s scene) params() types.Params {
	p, err := s.k.Params.Get(s.ctx)
	s.check(err)
	return p
}

// fleet returns a random fleet that is fit.
func (s scene) fleet(fit func(types.Fleet) bool) types.Fleet { return pick(s, s.k.Fleets, fit) }

// device returns a random device that is fit, and the operator of its fleet.
func (s scene) device(fit func(types.Device) bool) (types.Device, simsx.SimAccount) {
	device := pick(s, s.k.Devices, fit)
	fleet, err := s.k.Fleet(s.ctx, device.FleetId)
	s.check(err)
	return device, s.named(fleet.Operator)
}

func pick[V any](s scene, from collections.Map[uint64, V], fit func(V) bool) V {
	var all []V
	s.check(from.Walk(s.ctx, nil, func(_ uint64, v V) (bool, error) {
		if fit(v) {
			all = append(all, v)
		}
		return false, nil
	}))
	return oneOf(s, all...)
}

func oneOf[V any](s scene, from ...V) V {
	if len(from) == 0 {
		s.skip("nothing fits")
	}
	return from[s.data.Rand().Intn(len(from))]
}

func (s scene) text(most uint32) string {
	r := s.data.Rand()
	return simtypes.RandStringOfLength(r.Rand, r.IntInRange(1, int(min(most, 64))+1))
}

// labels returns labels out of a few, so that some devices share them.
func (s scene) labels() []string {
	labels := []string{oneOf(s, "site=bremen", "site=ulm", "line=1", "line=2", "soc=orin"), fmt.Sprintf("unit=%d", s.data.Rand().Intn(100))}
	return labels[:min(uint32(len(labels)), s.params().MaxLabels)]
}

func (s scene) allow() []string {
	list := slices.Clone(oneOf(s, nil, []string{types.AllowAll}, []string{"acme"}, []string{"acme/vibration"}, []string{"globex", "acme/vibration"},
		[]string{"acme", "channel-7:acme/vibration", "07-tendermint-3:globex"}))
	return list[:min(uint32(len(list)), s.params().MaxAllowEntries)]
}
