package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// report puts a device's report on record and counts it.
func (k Keeper) report(ctx sdk.Context, m *types.MsgReportPhase) error {
	z, err := k.zoneRollout(ctx, m.Number)
	if err != nil {
		return err
	}
	if err := reportable(z, m.Phase); err != nil {
		return err
	}
	device, err := k.reporter(ctx, m.Device, z)
	if err != nil {
		return err
	}
	key := collections.Join(z.Number, device.Id)
	before, err := k.deviceState(ctx, key)
	if err != nil {
		return err
	}
	after, err := k.nextState(ctx, before, m)
	if err != nil {
		return err
	}
	after.Fleet = device.FleetId
	if err := k.Devices.Set(ctx, key, after); err != nil {
		return err
	}
	if err := k.countDevice(ctx, z, before, after); err != nil {
		return err
	}
	count(ctx, metricReports, m.Phase.String())
	return emit(ctx, &types.EventPhaseReported{Number: z.Number, Fleet: device.FleetId, Device: m.Device, Phase: m.Phase, Code: m.Code})
}

// reportable says whether devices may report a phase about the rollout now.
func reportable(z types.ZoneRollout, phase types.DevicePhase) error {
	switch {
	case z.Phase.Ended() || z.Standing.Out():
		return types.ErrEnded.Wrapf("rollout %d is %s, %s", z.Number, z.Standing, z.Phase)
	case z.Standing != types.StandingAccepted:
		return types.ErrWrongPhase.Wrapf("rollout %d is %s", z.Number, z.Standing)
	case phase == types.DevicePhaseServing && z.Weight() == 0:
		return types.ErrWrongPhase.Wrapf("rollout %d is %s: nothing is to be served yet", z.Number, z.Phase)
	}
	return nil
}

// reporter is the device behind an account, if it may report about the rollout.
func (k Keeper) reporter(ctx context.Context, account string, z types.ZoneRollout) (types.Device, error) {
	address, err := sdk.AccAddressFromBech32(account)
	if err != nil {
		return types.Device{}, types.ErrDevice.Wrapf("address %.128q: %s", account, err)
	}
	device, err := k.fleets.Device(ctx, address)
	if err != nil {
		return device, types.ErrDevice.Wrapf("%s: %s", account, err)
	}
	if !device.Confirmed || device.Standing != types.DeviceActive {
		return device, types.ErrDevice.Wrapf("device %d: expected confirmed and active, got %s", device.Id, device.Standing)
	}
	in, err := k.ZoneFleets.Has(ctx, collections.Join(z.Number, device.FleetId))
	if err != nil {
		return device, err
	}
	if !in {
		return device, types.ErrDevice.Wrapf("device %d: fleet %d does not take part in rollout %d", device.Id, device.FleetId, z.Number)
	}
	return device, nil
}

func (k Keeper) deviceState(ctx context.Context, key collections.Pair[uint64, uint64]) (types.DeviceState, error) {
	d, err := k.Devices.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return types.DeviceState{}, nil
	}
	return d, err
}

// nextState is a device's state after a report. Phases go forward; after a failure any may follow, for the device may try
// again. What failed once stays counted.
func (k Keeper) nextState(ctx sdk.Context, d types.DeviceState, m *types.MsgReportPhase) (types.DeviceState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return d, err
	}
	if d.Phase != types.DevicePhaseFailed && m.Phase <= d.Phase {
		return d, types.ErrPhaseOrder.Wrapf("expected later than %s, got %s", d.Phase, m.Phase)
	}
	height := ctx.BlockHeight()
	if d.Reports == 0 || height-d.Window >= int64(params.ReportWindow) {
		d.Window, d.Reports = height, 0
	}
	if d.Reports >= params.ReportsPerWindow {
		return d, types.ErrRateLimit.Wrapf("expected at most %d reports in %d blocks, next in block %d",
			params.ReportsPerWindow, params.ReportWindow, d.Window+int64(params.ReportWindow))
	}
	d.Reports++
	d.Phase, d.Height = m.Phase, height
	if m.Phase == types.DevicePhaseFailed {
		d.Code, d.Failed = m.Code, true
	}
	return d, nil
}

// countDevice moves a device from one state to another in the totals of its fleet and of the rollout. A state without a
// phase is none.
func (k Keeper) countDevice(ctx sdk.Context, z types.ZoneRollout, before, after types.DeviceState) error {
	fleet := max(before.Fleet, after.Fleet) // one of them may be none
	f, err := k.ZoneFleets.Get(ctx, collections.Join(z.Number, fleet))
	if err != nil {
		return err
	}
	p, err := k.progress(ctx, z.Number)
	if err != nil {
		return err
	}
	moveDevice(&f.Totals, before, after)
	moveDevice(&p.Totals, before, after)
	if after.Phase == types.DevicePhaseFailed {
		f.LastFailure = after.Code
	}
	if err := k.ZoneFleets.Set(ctx, collections.Join(z.Number, fleet), f); err != nil {
		return err
	}
	return k.touch(ctx, z, &p)
}

func moveDevice(t *types.Totals, before, after types.DeviceState) {
	t.Move(before.Phase, after.Phase)
	switch {
	case after.Failed && !before.Failed:
		t.Failures++
	case before.Failed && !after.Failed && t.Failures > 0:
		t.Failures--
	}
}
