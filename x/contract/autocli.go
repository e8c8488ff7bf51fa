package contract

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/assay-chain/assay/x/contract/types"
)

// AutoCLIOptions describes the commands that AutoCLI makes.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:              types.Query_serviceDesc.ServiceName,
			EnhanceCustomCommand: true, // client/cli has "smart", "state" and "code-bytes"
			RpcCommandOptions:    queryCommands(),
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:              types.Msg_serviceDesc.ServiceName,
			EnhanceCustomCommand: true, // client/cli has those that carry code or a message
			RpcCommandOptions:    txCommands(),
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

func optional(field string) []*autocliv1.PositionalArgDescriptor {
	return []*autocliv1.PositionalArgDescriptor{{ProtoField: field, Optional: true}}
}

func queryCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "Params",
			Use:       "params",
			Short:     "Show the limits and prices of contracts",
		},
		{
			RpcMethod:      "Code",
			Use:            "code [id]",
			Short:          "Show a code by its id, or with --digest by its SHA-256",
			Example:        `assayd query contract code --digest "$(sha256sum gate.wasm | cut -d' ' -f1)"`,
			PositionalArgs: optional("id"),
		},
		{
			RpcMethod: "Codes",
			Use:       "codes",
			Short:     "List all codes by id",
		},
		{
			RpcMethod:      "Contract",
			Use:            "contract [address]",
			Short:          "Show a contract: its code, its admin, and how its hooks went",
			Example:        "assayd query contract contract assay1...",
			PositionalArgs: args("address"),
		},
		{
			RpcMethod:      "ContractsByCode",
			Use:            "contracts [code-id]",
			Short:          "List the contracts of a code by address",
			Example:        "assayd query contract contracts 1",
			PositionalArgs: args("code_id"),
		},
		{
			RpcMethod: "Subscriptions",
			Use:       "subscriptions",
			Short:     "List subscriptions: all, or those of a contract or of a model",
			Example:   "assayd query contract subscriptions --model acme/vibration",
		},
		{
			RpcMethod: "Queue",
			Use:       "queue",
			Short:     "Show how many attestations wait for their hooks",
		},
		{RpcMethod: "CodeBytes", Skip: true},
		{RpcMethod: "State", Skip: true},
		{RpcMethod: "StateRange", Skip: true},
		{RpcMethod: "Smart", Skip: true},
	}
}

func txCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod:      "SetAdmin",
			Use:            "set-admin [contract] [new-admin]",
			Short:          "Name another admin of a contract; with none, nobody can ever migrate it again",
			Example:        "assayd tx contract set-admin assay1... assay1... --from admin",
			PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "contract"}, {ProtoField: "new_admin", Optional: true}},
		},
		{
			RpcMethod:      "Subscribe",
			Use:            "subscribe [contract] [model]",
			Short:          "Have a contract told of the attestations of a model, at the contract's cost",
			Example:        "assayd tx contract subscribe assay1... acme/vibration --from admin",
			PositionalArgs: args("contract", "model"),
		},
		{
			RpcMethod:      "Unsubscribe",
			Use:            "unsubscribe [contract] [model]",
			Short:          "End a subscription, as the contract's admin or the owner of the model's publisher",
			Example:        "assayd tx contract unsubscribe assay1... acme/vibration --from admin",
			PositionalArgs: args("contract", "model"),
		},
		{
			RpcMethod:      "PinCode",
			Use:            "pin-code-proposal [code-id]",
			Short:          "Propose to governance to keep a code compiled on every node",
			Example:        `assayd tx contract pin-code-proposal 1 --title "Pin the gate" --deposit 10000000uassay --from me`,
			PositionalArgs: args("code_id"),
			GovProposal:    true,
		},
		{
			RpcMethod:      "UnpinCode",
			Use:            "unpin-code-proposal [code-id]",
			Short:          "Propose to governance not to keep a code compiled any more",
			Example:        `assayd tx contract unpin-code-proposal 1 --title "Unpin the gate" --deposit 10000000uassay --from me`,
			PositionalArgs: args("code_id"),
			GovProposal:    true,
		},
		{
			RpcMethod:      "UpdateParams",
			Use:            "update-params-proposal [params]",
			Short:          "Propose new parameters to governance; all of them must be given",
			Example:        `assayd tx contract update-params-proposal params.json --title "Contract limits" --deposit 10000000uassay --from me`,
			PositionalArgs: args("params"),
			GovProposal:    true,
		},
		{RpcMethod: "StoreCode", Skip: true},
		{RpcMethod: "Instantiate", Skip: true},
		{RpcMethod: "Execute", Skip: true},
		{RpcMethod: "Migrate", Skip: true},
	}
}
