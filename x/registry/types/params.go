package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/statement"
)

// DefaultParams fit models of the size of MLPerf Tiny with room to spare: the key of such a model
// has less than 2 KiB.
func DefaultParams() Params {
	return Params{
		MaxVerifyingKeyBytes:  32 << 10,
		MaxDescriptionBytes:   1 << 10,
		MaxReasonBytes:        512,
		MaxArtifacts:          16,
		MaxArtifactBytes:      4 << 30,
		MaxUris:               8,
		MaxUriBytes:           512,
		MaxTensors:            8,
		MaxRank:               8,
		MaxTensorBytes:        statement.MaxDataBytes,
		MaxSessionOptions:     32,
		MaxSessionOptionBytes: 256,
		MaxContributions:      64,
		MaxAttestationBytes:   1 << 10,
		MaxAliases:            32,
	}
}

// MaxParams are the bounds that governance cannot exceed. They keep a record small enough that any
// handler stays within what a block's gas is meant to buy, and a genesis state within memory.
func MaxParams() Params {
	return Params{
		MaxVerifyingKeyBytes:  64 << 10, // what x/proof's verifier reads
		MaxDescriptionBytes:   16 << 10,
		MaxReasonBytes:        4 << 10,
		MaxArtifacts:          64,
		MaxArtifactBytes:      1 << 42,
		MaxUris:               32,
		MaxUriBytes:           2 << 10,
		MaxTensors:            64,
		MaxRank:               16,
		MaxTensorBytes:        statement.MaxDataBytes,
		MaxSessionOptions:     128,
		MaxSessionOptionBytes: 1 << 10,
		MaxContributions:      1 << 10,
		MaxAttestationBytes:   8 << 10,
		MaxAliases:            256,
	}
}

// Validate checks that each limit is at least 1 and within MaxParams.
func (p Params) Validate() error {
	most := MaxParams().fields()
	for i, f := range p.fields() {
		if f.value == 0 || f.value > most[i].value {
			return errorsmod.Wrapf(ErrInvalidParams, "%s: expected 1 to %d, got %d", f.name, most[i].value, f.value)
		}
	}
	return nil
}

type paramField struct {
	name  string
	value uint64
}

func (p Params) fields() []paramField {
	return []paramField{
		{"max_verifying_key_bytes", uint64(p.MaxVerifyingKeyBytes)},
		{"max_description_bytes", uint64(p.MaxDescriptionBytes)},
		{"max_reason_bytes", uint64(p.MaxReasonBytes)},
		{"max_artifacts", uint64(p.MaxArtifacts)},
		{"max_artifact_bytes", p.MaxArtifactBytes},
		{"max_uris", uint64(p.MaxUris)},
		{"max_uri_bytes", uint64(p.MaxUriBytes)},
		{"max_tensors", uint64(p.MaxTensors)},
		{"max_rank", uint64(p.MaxRank)},
		{"max_tensor_bytes", uint64(p.MaxTensorBytes)},
		{"max_session_options", uint64(p.MaxSessionOptions)},
		{"max_session_option_bytes", uint64(p.MaxSessionOptionBytes)},
		{"max_contributions", uint64(p.MaxContributions)},
		{"max_attestation_bytes", uint64(p.MaxAttestationBytes)},
		{"max_aliases", uint64(p.MaxAliases)},
	}
}
