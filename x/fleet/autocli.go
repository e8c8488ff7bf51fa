package fleet

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/assay-chain/assay/x/fleet/types"
)

// AutoCLIOptions describes the commands of the module's messages and queries.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:           types.Msg_serviceDesc.ServiceName,
			Short:             "Fleets, devices and their keys",
			RpcCommandOptions: append(fleetCommands(), deviceCommands()...),
		},
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:           types.Query_serviceDesc.ServiceName,
			Short:             "Fleets and devices",
			RpcCommandOptions: queryCommands(),
		},
	}
}

// args makes positional arguments; the last takes all that are left if its name ends in "...".
func args(fields ...string) []*autocliv1.PositionalArgDescriptor {
	out := make([]*autocliv1.PositionalArgDescriptor, 0, len(fields))
	for _, f := range fields {
		name, varargs := f, false
		if n := len(f) - len("..."); n > 0 && f[n:] == "..." {
			name, varargs = f[:n], true
		}
		out = append(out, &autocliv1.PositionalArgDescriptor{ProtoField: name, Varargs: varargs})
	}
	return out
}

func flagHelp(name, usage string) map[string]*autocliv1.FlagOptions {
	return map[string]*autocliv1.FlagOptions{name: {Usage: usage}}
}

const (
	labelUsage    = "label key=value; repeat the flag for more"
	standingUsage = "active, suspect or revoked"
)

func fleetCommands() []*autocliv1.RpcCommandOptions {
	create := flagHelp("labels", labelUsage)
	create["allow"] = &autocliv1.FlagOptions{Usage: "publisher, publisher/model or *; repeat the flag for more"}
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "CreateFleet", Use: "create-fleet [description]",
			Short:          "Create a fleet with you as its operator",
			Example:        `assayd tx fleet create-fleet "pumps of hall 3" --allow acme/vibration --labels site=bremen --from operator`,
			PositionalArgs: args("description"), FlagOptions: create,
		},
		{
			RpcMethod: "UpdateFleet", Use: "update-fleet [fleet-id] [description]",
			Short:          "Replace the description and the labels of a fleet",
			Example:        `assayd tx fleet update-fleet 1 "pumps of halls 3 and 4" --labels site=bremen --from operator`,
			PositionalArgs: args("fleet_id", "description"), FlagOptions: flagHelp("labels", labelUsage),
		},
		{
			RpcMethod: "SetFleetPolicy", Use: "set-fleet-policy [fleet-id] [entry]...",
			Short: "Replace the allow-list of a fleet", Long: "Replace the allow-list of a fleet. An entry is a publisher, a publisher/model, or * alone; no entry allows nothing.",
			Example:        "assayd tx fleet set-fleet-policy 1 acme globex/wear --from operator",
			PositionalArgs: args("fleet_id", "allow..."),
		},
		{
			RpcMethod: "ProposeFleetOperator", Use: "propose-fleet-operator [fleet-id] [address]",
			Short:          "Offer a fleet to another account, which must accept",
			Example:        "assayd tx fleet propose-fleet-operator 1 $(assayd keys show -a next) --from operator",
			PositionalArgs: args("fleet_id", "new_operator"),
		},
		{
			RpcMethod: "AcceptFleetOperator", Use: "accept-fleet-operator [fleet-id]",
			Short:          "Take over a fleet that was offered to you",
			Example:        "assayd tx fleet accept-fleet-operator 1 --from next",
			PositionalArgs: args("fleet_id"),
		},
		{
			RpcMethod: "CancelFleetTransfer", Use: "cancel-fleet-transfer [fleet-id]",
			Short:          "Withdraw or decline the offer of a fleet",
			Example:        "assayd tx fleet cancel-fleet-transfer 1 --from operator",
			PositionalArgs: args("fleet_id"),
		},
		{
			RpcMethod: "UpdateParams", Use: "update-params-proposal [params]",
			Short:          "Propose to governance to replace the limits of the module",
			Long:           "Propose to governance to replace the limits of the module. All limits must be given.",
			Example:        "assayd tx fleet update-params-proposal \"$(assayd query fleet params -o json | jq -c .params)\" --title limits --summary more --deposit 10000000uassay --from operator",
			PositionalArgs: args("params"), GovProposal: true,
		},
	}
}

func deviceCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "EnrollDevice", Use: "enroll-device [fleet-id] [address]...",
			Short: "Enroll one or many devices", Long: "Enroll one or many devices. Each is pending until it signs confirm-device itself.",
			Example:        "assayd tx fleet enroll-device 1 $(assayd keys show -a device) --labels line=4 --from operator",
			PositionalArgs: args("fleet_id", "addresses..."), FlagOptions: flagHelp("labels", labelUsage),
		},
		{
			RpcMethod: "ConfirmDevice", Use: "confirm-device [fleet-id]",
			Short:          "Confirm, as the device, that it belongs to a fleet",
			Example:        "assayd tx fleet confirm-device 1 --from device --fee-granter $(assayd keys show -a operator)",
			PositionalArgs: args("fleet_id"),
		},
		{
			RpcMethod: "SetDeviceLabels", Use: "set-device-labels [device-id] [key=value]...",
			Short:          "Replace the labels of a device",
			Example:        "assayd tx fleet set-device-labels 7 line=4 soc=orin --from operator",
			PositionalArgs: args("device_id", "labels..."),
		},
		{
			RpcMethod: "SetDeviceStanding", Use: "set-device-standing [device-id] [standing] [reason]",
			Short: "Set the standing of a device", Long: "Set the standing of a device: " + standingUsage + ". Revoked is final.",
			Example:        `assayd tx fleet set-device-standing 7 suspect "case opened" --from operator`,
			PositionalArgs: args("device_id", "standing", "reason"),
		},
		{
			RpcMethod: "RotateDeviceKey", Use: "rotate-device-key [device-id] [new-address]",
			Short:          "Propose a new key for a device, as its operator or the device",
			Example:        "assayd tx fleet rotate-device-key 7 $(assayd keys show -a device-new) --from operator",
			PositionalArgs: args("device_id", "new_address"),
		},
		{
			RpcMethod: "ConfirmDeviceKey", Use: "confirm-device-key [device-id]",
			Short:          "Confirm, with the new key, that it is the device's",
			Example:        "assayd tx fleet confirm-device-key 7 --from device-new",
			PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "CancelRotation", Use: "cancel-rotation [device-id]",
			Short:          "Withdraw a proposed key",
			Example:        "assayd tx fleet cancel-rotation 7 --from operator",
			PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "RemoveDevice", Use: "remove-device [device-id]",
			Short: "Remove a device", Long: "Remove a device. Its address can never be enrolled again if it had confirmed.",
			Example:        "assayd tx fleet remove-device 7 --from operator",
			PositionalArgs: args("device_id"),
		},
	}
}

func queryCommands() []*autocliv1.RpcCommandOptions {
	filters := flagHelp("label", "only devices with this label key=value")
	filters["standing"] = &autocliv1.FlagOptions{Usage: "only devices of this standing: " + standingUsage}
	filters["pending"] = &autocliv1.FlagOptions{Usage: "only devices that have not confirmed yet"}
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "Params", Use: "params", Short: "Show the limits of the module",
			Example: "assayd query fleet params",
		},
		{
			RpcMethod: "Fleet", Use: "fleet [fleet-id]", Short: "Show a fleet",
			Example: "assayd query fleet fleet 1", PositionalArgs: args("fleet_id"),
		},
		{
			RpcMethod: "Fleets", Use: "fleets", Short: "List all fleets",
			Example: "assayd query fleet fleets --page-limit 20",
		},
		{
			RpcMethod: "FleetsByOperator", Use: "fleets-by-operator [address]", Short: "List the fleets of an operator",
			Example: "assayd query fleet fleets-by-operator $(assayd keys show -a operator)", PositionalArgs: args("operator"),
		},
		{
			RpcMethod: "Allowed", Use: "allowed [fleet-id] [publisher] [model]", Short: "Say whether a fleet allows a model",
			Example: "assayd query fleet allowed 1 acme vibration", PositionalArgs: args("fleet_id", "publisher", "model"),
		},
		{
			RpcMethod: "Device", Use: "device [device-id]", Short: "Show a device",
			Example: "assayd query fleet device 7", PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "DeviceByAddress", Use: "device-by-address [address]",
			Short:   "Show the device that an account is, was, or is enrolled as",
			Example: "assayd query fleet device-by-address $(assayd keys show -a device)", PositionalArgs: args("address"),
		},
		{
			RpcMethod: "DevicesByFleet", Use: "devices [fleet-id]", Short: "List the devices of a fleet",
			Example:        "assayd query fleet devices 1 --label line=4 --standing suspect",
			PositionalArgs: args("fleet_id"), FlagOptions: filters,
		},
		{
			RpcMethod: "Enrollments", Use: "enrollments [address]", Short: "List the enrollments that an account has not confirmed",
			Example: "assayd query fleet enrollments $(assayd keys show -a device)", PositionalArgs: args("address"),
		},
		{
			RpcMethod: "RetiredAddresses", Use: "retired-addresses [device-id]", Short: "List the addresses that a device had in the past",
			Example: "assayd query fleet retired-addresses 7", PositionalArgs: args("device_id"),
		},
	}
}
