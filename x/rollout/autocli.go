package rollout

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/assay-chain/assay/x/rollout/types"
)

// AutoCLIOptions describes the commands of the module's messages and queries. The commands for every day are beside them,
// in client/cli.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:              types.Msg_serviceDesc.ServiceName,
			EnhanceCustomCommand: true, // beside "start" and the others
			RpcCommandOptions:    transactions(),
		},
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:              types.Query_serviceDesc.ServiceName,
			EnhanceCustomCommand: true, // beside "status" and "watch"
			RpcCommandOptions:    append(hubQueries(), zoneQueries()...),
		},
	}
}

func args(fields ...string) []*autocliv1.PositionalArgDescriptor {
	out := make([]*autocliv1.PositionalArgDescriptor, len(fields))
	for i, f := range fields {
		out[i] = &autocliv1.PositionalArgDescriptor{ProtoField: f}
	}
	return out
}

func flagHelp(name, usage string) map[string]*autocliv1.FlagOptions {
	return map[string]*autocliv1.FlagOptions{name: {Usage: usage}}
}

func transactions() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "StartRollout", Use: "start-rollout [plan]",
			Short:          "Start a rollout from a plan in JSON, or a file of it (see start for flags)",
			Example:        "assayd tx rollout start-rollout plan.json --from publisher --gas auto",
			PositionalArgs: args("plan"),
		},
		{
			RpcMethod: "ControlRollout", Use: "control-rollout [id] [action]",
			Short:          "Pause, resume, roll back or abort a rollout (see pause, resume, roll-back, abort)",
			Example:        `assayd tx rollout control-rollout 7 roll-back --reason "wrong on line 4" --from publisher`,
			PositionalArgs: args("id", "action"), FlagOptions: flagHelp("reason", "why, for people"),
		},
		{
			RpcMethod: "DecideRollout", Use: "decide-rollout [number] [accept]",
			Short:          "Accept or refuse a rollout that this zone holds: true or false (see accept, refuse)",
			Example:        "assayd tx rollout decide-rollout 3 true --from operator",
			PositionalArgs: args("number", "accept"), FlagOptions: flagHelp("reason", "why, for people"),
		},
		{
			RpcMethod: "StopRollout", Use: "stop-rollout [number]",
			Short:          "Stop a rollout on this zone, for good (see stop)",
			Example:        "assayd tx rollout stop-rollout 3 --from operator",
			PositionalArgs: args("number"), FlagOptions: flagHelp("reason", "why, for people"),
		},
		{
			RpcMethod: "ReportPhase", Use: "report-phase [number] [phase]",
			Short:          "Report, as a device, how far it has come with a rollout (see report)",
			Example:        "assayd tx rollout report-phase 3 failed --code self-test --from device",
			PositionalArgs: args("number", "phase"), FlagOptions: flagHelp("code", "why, exactly when the phase is failed"),
		},
		{
			RpcMethod: "SetZonePolicy", Use: "set-zone-policy [policy]",
			Short:          "Replace what this zone accepts, from JSON or a file of it (see set-policy for flags)",
			Example:        "assayd tx rollout set-zone-policy policy.json --from operator",
			PositionalArgs: args("policy"),
		},
		{
			RpcMethod: "UpdateParams", Use: "update-params-proposal [params]",
			Short:          "Propose new parameters to governance; all of them must be given",
			Example:        `assayd tx rollout update-params-proposal params.json --title "Rollout limits" --deposit 10000000uassay --from me`,
			PositionalArgs: args("params"), GovProposal: true,
		},
	}
}

func hubQueries() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "Params", Use: "params",
			Short:   "Show the limits and times of the module, and the zone's operator",
			Example: "assayd query rollout params",
		},
		{
			RpcMethod: "Rollout", Use: "rollout [id]",
			Short:          "Show the record of a rollout that was started on this chain (see status)",
			Example:        "assayd query rollout rollout 7",
			PositionalArgs: args("id"),
		},
		{
			RpcMethod: "Rollouts", Use: "rollouts",
			Short:   "List the rollouts that were started on this chain",
			Example: "assayd query rollout rollouts --page-reverse --page-limit 5",
		},
		{
			RpcMethod: "Zones", Use: "zones [id]",
			Short:          "List the zones of a rollout: standing, packets, evidence by fleet, link",
			Example:        "assayd query rollout zones 7",
			PositionalArgs: args("id"),
		},
		{
			RpcMethod: "Attempts", Use: "attempts [id] [zone]",
			Short:          "List the latest packets to a zone of a rollout, and what became of each",
			Example:        "assayd query rollout attempts 7 channel-0",
			PositionalArgs: args("id", "zone"),
		},
		{
			RpcMethod: "Transitions", Use: "transitions [id]",
			Short:          "List the transitions of a rollout, each with its cause and the evidence at that moment",
			Example:        "assayd query rollout transitions 7",
			PositionalArgs: args("id"),
		},
		{
			RpcMethod: "Links", Use: "links",
			Short:   "List the channels and clients that rollouts go over",
			Example: "assayd query rollout links",
		},
	}
}

func zoneQueries() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "ZoneRollout", Use: "zone-rollout [number]",
			Short:          "Show a rollout that came to this chain, with its evidence by fleet (see status --number)",
			Example:        "assayd query rollout zone-rollout 3",
			PositionalArgs: args("number"),
		},
		{
			RpcMethod: "ZoneRolloutBySource", Use: "zone-rollout-by-source [source] [id]",
			Short:          "Show a rollout that came to this chain, by the channel or client that it came over and its id there",
			Example:        "assayd query rollout zone-rollout-by-source channel-0 7",
			PositionalArgs: args("source", "id"),
		},
		{
			RpcMethod: "ZoneRollouts", Use: "zone-rollouts",
			Short:   "List the rollouts that came to this chain",
			Example: "assayd query rollout zone-rollouts --page-reverse --page-limit 5",
		},
		{
			RpcMethod: "ZoneTransitions", Use: "zone-transitions [number]",
			Short:          "List the transitions of a rollout that came to this chain",
			Example:        "assayd query rollout zone-transitions 3",
			PositionalArgs: args("number"),
		},
		{
			RpcMethod: "Devices", Use: "devices [number]",
			Short:          "List what devices reported about a rollout that came to this chain",
			Example:        "assayd query rollout devices 3",
			PositionalArgs: args("number"),
		},
		{
			RpcMethod: "Directive", Use: "directive [fleet] [model]",
			Short:          "Say what the devices of a fleet may run of a model",
			Example:        "assayd query rollout directive 1 channel-0:acme/vibration",
			PositionalArgs: args("fleet", "model"),
		},
		{
			RpcMethod: "Directives", Use: "directives [fleet]",
			Short:          "List what the devices of a fleet may run",
			Example:        "assayd query rollout directives 1",
			PositionalArgs: args("fleet"),
		},
		{
			RpcMethod: "Policy", Use: "policy",
			Short:   "Show what this zone accepts from hubs",
			Example: "assayd query rollout policy",
		},
	}
}
