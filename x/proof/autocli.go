package proof

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/assay-chain/assay/x/proof/types"
)

// AutoCLIOptions implements autocli.HasAutoCLIConfig. Bytes are given as a file name, in hex or in base64, so
// "proof.bin" and "00ff" both work.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:           types.QueryServiceName,
			RpcCommandOptions: append(recordQueries(), counterQueries()...),
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:              types.MsgServiceName,
			EnhanceCustomCommand: true, // beside "submit"
			RpcCommandOptions:    transactions(),
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

func recordQueries() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "Params", Use: "params",
			Short:   "Show the limits and prices of the module",
			Example: "assayd query proof params",
		},
		{
			RpcMethod: "Attestation", Use: "attestation [id]",
			Short:          "Show an attestation by its number",
			Example:        "assayd query proof attestation 1",
			PositionalArgs: args("id"),
		},
		{
			RpcMethod: "Attestations", Use: "attestations",
			Short:   "List attestations by ascending number",
			Example: "assayd query proof attestations --page-limit 10 --page-reverse",
		},
		{
			RpcMethod: "AttestationsByDevice", Use: "attestations-by-device [device]",
			Short:          "List the attestations of a device, given by its number or its address",
			Example:        "assayd query proof attestations-by-device 7",
			PositionalArgs: args("device"),
		},
		{
			RpcMethod: "AttestationsByVersion", Use: "attestations-by-version [version]",
			Short:          "List the attestations of a version",
			Example:        "assayd query proof attestations-by-version acme/vibration@1.0.0",
			PositionalArgs: args("version"),
		},
		{
			RpcMethod: "AttestationByNonce", Use: "attestation-by-nonce [device] [version] [nonce]",
			Short:          "Show what became of a claim; the nonce is in hex, base64 or a file",
			Example:        "assayd query proof attestation-by-nonce assay1… acme/vibration@1.0.0 00ff",
			PositionalArgs: args("device", "version", "nonce"),
		},
		{
			RpcMethod: "VerifyProof", Use: "verify-proof [device] [entry]",
			Short: "Judge a proof as submit-proof would, and record nothing",
			Long: "Judge a proof as submit-proof would, and record nothing.\n\nThe entry is JSON, or a file of it, with the fields " +
				"version, nonce, input_digest, output and proof, bytes in base64. With --proof-only the device's standing, the fleet's " +
				"policy, a yanked version and a used nonce are not looked at.",
			Example:        "assayd query proof verify-proof assay1… entry.json --proof-only",
			PositionalArgs: args("device", "entry"),
		},
	}
}

func counterQueries() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "VersionCounter", Use: "version-counter [version]",
			Short:          "Show how many proofs were accepted for a version",
			Example:        "assayd query proof version-counter acme/vibration@1.0.0",
			PositionalArgs: args("version"),
		},
		{
			RpcMethod: "VersionCounters", Use: "version-counters",
			Short:   "List how many proofs were accepted, by version",
			Example: "assayd query proof version-counters",
		},
		{
			RpcMethod: "DeviceCounter", Use: "device-counter [device]",
			Short:          "Show how many proofs of a device, given by its number or its address, were accepted",
			Example:        "assayd query proof device-counter 7 --version acme/vibration@1.0.0",
			PositionalArgs: args("device"),
		},
		{
			RpcMethod: "VersionDeviceCounters", Use: "version-device-counters [version]",
			Short:          "List how many proofs were accepted for a version, by device",
			Example:        "assayd query proof version-device-counters acme/vibration@1.0.0",
			PositionalArgs: args("version"),
		},
	}
}

func transactions() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "SubmitProof", Use: "submit-proof [version] [nonce] [input-digest] [output] [proof] --from [device]",
			Short: "Submit a proof that the device ran a version",
			Long: "Submit a proof that the device ran a version on a private input and got this output.\n\nNonce, input digest, output " +
				"and proof are file names, hex or base64.",
			Example:        "assayd tx proof submit-proof acme/vibration@1.0.0 00ff input_digest.bin output.bin proof.bin --from device --gas auto",
			PositionalArgs: args("version", "nonce", "input_digest", "output", "proof"),
		},
		{
			RpcMethod: "SubmitProofs", Use: "submit-proofs [entry]... --from [device]",
			Short: "Submit many proofs of one device: all are accepted, or none",
			Long: "Submit many proofs of one device: all are accepted, or none.\n\nEach entry is JSON, or a file of it, with the fields " +
				"version, nonce, input_digest, output and proof, bytes in base64.",
			Example:        "assayd tx proof submit-proofs first.json second.json --from device --gas auto",
			PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "entries", Varargs: true}},
		},
		{RpcMethod: "UpdateParams", Skip: true}, // governance only
	}
}
