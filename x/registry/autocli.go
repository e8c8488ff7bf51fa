package registry

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/assay-chain/assay/x/registry/types"
)

// AutoCLIOptions describes the commands that AutoCLI makes.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:           types.Query_serviceDesc.ServiceName,
			RpcCommandOptions: queryCommands(),
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:              types.Msg_serviceDesc.ServiceName,
			EnhanceCustomCommand: true, // client/cli has "publish"
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

func queryCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "Params",
			Use:       "params",
			Short:     "Show the limits of the registry",
		},
		{
			RpcMethod:      "Publisher",
			Use:            "publisher [name]",
			Short:          "Show a publisher: its owner, and whom it is offered to",
			Example:        "assayd query registry publisher acme",
			PositionalArgs: args("name"),
		},
		{
			RpcMethod: "Publishers",
			Use:       "publishers",
			Short:     "List all publishers by name",
		},
		{
			RpcMethod:      "Model",
			Use:            "model [publisher] [name]",
			Short:          "Show a model",
			Example:        "assayd query registry model acme vibration",
			PositionalArgs: args("publisher", "name"),
		},
		{
			RpcMethod:      "Models",
			Use:            "models [publisher]",
			Short:          "List the models of a publisher by name",
			Example:        "assayd query registry models acme",
			PositionalArgs: args("publisher"),
		},
		{
			RpcMethod:      "Version",
			Use:            "version [id]",
			Short:          "Show a version: artifacts, signatures, digests, provenance, and whether it is yanked",
			Example:        "assayd query registry version acme/vibration@1.0.0",
			PositionalArgs: args("id"),
		},
		{
			RpcMethod:      "Versions",
			Use:            "versions [publisher] [model]",
			Short:          "List the versions of a model, lowest first",
			Example:        "assayd query registry versions acme vibration --page-reverse --page-limit 1",
			PositionalArgs: args("publisher", "model"),
		},
		{
			RpcMethod:      "VersionsByArtifact",
			Use:            "versions-by-artifact [digest]",
			Short:          "List the versions that have an artifact of a SHA-256 digest",
			Example:        `assayd query registry versions-by-artifact "$(sha256sum canonical.onnx | cut -d' ' -f1)"`,
			PositionalArgs: args("digest"),
		},
		{
			RpcMethod:      "VersionsByVerifyingKey",
			Use:            "versions-by-verifying-key [digest]",
			Short:          "List the versions that are proved under a verifying key",
			Example:        `assayd query registry versions-by-verifying-key "$(sha256sum vk.bin | cut -d' ' -f1)"`,
			PositionalArgs: args("digest"),
		},
		{
			RpcMethod:      "Alias",
			Use:            "alias [publisher] [model] [name]",
			Short:          "Show an alias and the version that it stands for",
			Example:        "assayd query registry alias acme vibration stable",
			PositionalArgs: args("publisher", "model", "name"),
		},
		{
			RpcMethod:      "Aliases",
			Use:            "aliases [publisher] [model]",
			Short:          "List the aliases of a model by name",
			Example:        "assayd query registry aliases acme vibration",
			PositionalArgs: args("publisher", "model"),
		},
		{
			RpcMethod:      "VerifyingKey",
			Use:            "verifying-key [digest]",
			Short:          "Show a verifying key",
			Example:        `assayd query registry verifying-key "$(sha256sum vk.bin | cut -d' ' -f1)"`,
			PositionalArgs: args("digest"),
		},
	}
}

func txCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod:      "CreatePublisher",
			Use:            "create-publisher [name]",
			Short:          "Take a namespace",
			Example:        `assayd tx registry create-publisher acme --description "Acme sensors" --website https://acme.example --from publisher`,
			PositionalArgs: args("name"),
		},
		{
			RpcMethod:      "UpdatePublisher",
			Use:            "update-publisher [name]",
			Short:          "Replace a publisher's description and website",
			Example:        `assayd tx registry update-publisher acme --description "Acme sensors" --from publisher`,
			PositionalArgs: args("name"),
		},
		{
			RpcMethod:      "ProposePublisherOwner",
			Use:            "propose-publisher-owner [name] [new-owner]",
			Short:          "Offer a publisher to another account, which has to accept",
			Example:        "assayd tx registry propose-publisher-owner acme assay1... --from publisher",
			PositionalArgs: args("name", "new_owner"),
		},
		{
			RpcMethod:      "AcceptPublisherOwner",
			Use:            "accept-publisher-owner [name]",
			Short:          "Take over a publisher that was offered to the signer",
			Example:        "assayd tx registry accept-publisher-owner acme --from new-owner",
			PositionalArgs: args("name"),
		},
		{
			RpcMethod:      "CancelPublisherTransfer",
			Use:            "cancel-publisher-transfer [name]",
			Short:          "Take back the offer of a publisher",
			Example:        "assayd tx registry cancel-publisher-transfer acme --from publisher",
			PositionalArgs: args("name"),
		},
		{
			RpcMethod:      "CreateModel",
			Use:            "create-model [publisher] [name]",
			Short:          "Add a model to a publisher",
			Example:        `assayd tx registry create-model acme vibration --description "bearing anomalies" --from publisher`,
			PositionalArgs: args("publisher", "name"),
		},
		{
			RpcMethod:      "UpdateModel",
			Use:            "update-model [publisher] [name]",
			Short:          "Replace a model's description",
			Example:        `assayd tx registry update-model acme vibration --description "bearing anomalies" --from publisher`,
			PositionalArgs: args("publisher", "name"),
		},
		{
			RpcMethod:      "RegisterVerifyingKey",
			Use:            "register-verifying-key [file]",
			Short:          "Check a verifying key and store it under its digest",
			Example:        "assayd tx registry register-verifying-key vk.bin --from publisher --gas auto",
			PositionalArgs: args("key"),
		},
		{
			RpcMethod:      "PublishVersion",
			Use:            "publish-version [publisher] [model] [number]",
			Short:          "Publish a version from its parts (see publish for a model directory)",
			Example:        "assayd tx registry publish-version acme vibration 1.0.0 --spec version.json --verifying-key vk.bin --from publisher --gas auto",
			PositionalArgs: args("publisher", "model", "number"),
		},
		{
			RpcMethod:      "SetAlias",
			Use:            "set-alias [publisher] [model] [alias] [number]",
			Short:          "Make an alias, or move it to another version",
			Example:        "assayd tx registry set-alias acme vibration stable 1.0.0 --from publisher",
			PositionalArgs: args("publisher", "model", "alias", "number"),
		},
		{
			RpcMethod:      "RemoveAlias",
			Use:            "remove-alias [publisher] [model] [alias]",
			Short:          "Remove an alias",
			Example:        "assayd tx registry remove-alias acme vibration stable --from publisher",
			PositionalArgs: args("publisher", "model", "alias"),
		},
		{
			RpcMethod:      "YankVersion",
			Use:            "yank-version [id] [reason]",
			Short:          "Mark a version as not to be used any more, for good",
			Example:        `assayd tx registry yank-version acme/vibration@1.0.0 "wrong normalization" --from publisher`,
			PositionalArgs: args("version", "reason"),
		},
		{
			RpcMethod:      "UpdateParams",
			Use:            "update-params-proposal [params]",
			Short:          "Propose new limits to governance; all of them must be given",
			Example:        `assayd tx registry update-params-proposal params.json --title "Registry limits" --deposit 10000000uassay --from me`,
			PositionalArgs: args("params"),
			GovProposal:    true,
		},
	}
}
