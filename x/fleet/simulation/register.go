package simulation

import (
	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/assay-chain/assay/x/fleet/keeper"
)

// Register adds a factory for every message but the one of governance. Enrolling and confirming outweigh what
// ends a device, so that there are devices to work on.
func Register(weights simsx.WeightSource, reg simsx.Registry, k keeper.Keeper) {
	reg.Add(weights.Get("fleet_create_fleet", 40), MsgCreateFleetFactory(k))
	reg.Add(weights.Get("fleet_update_fleet", 20), MsgUpdateFleetFactory(k))
	reg.Add(weights.Get("fleet_set_fleet_policy", 20), MsgSetFleetPolicyFactory(k))
	reg.Add(weights.Get("fleet_propose_fleet_operator", 20), MsgProposeFleetOperatorFactory(k))
	reg.Add(weights.Get("fleet_accept_fleet_operator", 20), MsgAcceptFleetOperatorFactory(k))
	reg.Add(weights.Get("fleet_cancel_fleet_transfer", 10), MsgCancelFleetTransferFactory(k))
	reg.Add(weights.Get("fleet_enroll_device", 100), MsgEnrollDeviceFactory(k))
	reg.Add(weights.Get("fleet_confirm_device", 100), MsgConfirmDeviceFactory(k))
	reg.Add(weights.Get("fleet_set_device_labels", 30), MsgSetDeviceLabelsFactory(k))
	reg.Add(weights.Get("fleet_set_device_standing", 20), MsgSetDeviceStandingFactory(k))
	reg.Add(weights.Get("fleet_rotate_device_key", 30), MsgRotateDeviceKeyFactory(k))
	reg.Add(weights.Get("fleet_confirm_device_key", 30), MsgConfirmDeviceKeyFactory(k))
	reg.Add(weights.Get("fleet_cancel_rotation", 10), MsgCancelRotationFactory(k))
	reg.Add(weights.Get("fleet_remove_device", 10), MsgRemoveDeviceFactory(k))
}
