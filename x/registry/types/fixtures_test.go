package types_test

import (
	"bytes"
	"crypto/sha256"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/registry/types"
)

const (
	oneHalf  = 0x3f000000 // bits of float32(0.5)
	smallest = 0x00000001 // bits of the smallest float32 above zero
)

var (
	alice = address(1)
	bob   = address(2)
)

func address(b byte) string { return sdk.AccAddress(bytes.Repeat([]byte{b}, 20)).String() }

func digest(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func tensor() types.TensorSignature {
	return types.TensorSignature{
		Name: "/model/output:0", ElementType: types.ELEMENT_TYPE_INT8, Shape: []uint32{1, 62}, ScaleBits: oneHalf, ZeroPoint: -3,
	}
}

func spec() types.VersionSpec {
	return types.VersionSpec{
		Description: "first",
		Artifacts: []types.Artifact{{
			Name: "canonical.onnx", MediaType: "application/onnx", Digest: digest(1), Size_: 1000,
			Uris: []string{"https://models.example/vibration.onnx", "ipfs://bafy"},
		}},
		Inputs:             []types.TensorSignature{tensor()},
		Outputs:            []types.TensorSignature{tensor()},
		SessionOptions:     []types.SessionOption{{Key: "session.disable_quant_qdq", Value: "1"}, {Key: "session.x64quantprecision", Value: "1"}},
		CircuitDigest:      digest(2),
		VerifyingKeyDigest: digest(3),
		Setup:              types.SetupProvenance{Kind: types.SETUP_KIND_SINGLE_PARTY_INSECURE},
	}
}

// addMirror adds channel-7:acme/vibration@1.0.0, which came with a key of its own.
func addMirror(gs *types.GenesisState) {
	key := []byte("mirrored key")
	sum := sha256.Sum256(key)
	s := spec()
	s.VerifyingKeyDigest = sum[:]
	id := types.VersionID{Source: "channel-7", Publisher: "acme", Model: "vibration", Number: "1.0.0"}
	gs.VerifyingKeys = append(gs.VerifyingKeys, types.VerifyingKey{Digest: sum[:], Key: key, PublicInputs: 4, Source: "channel-7"})
	gs.Versions = append(gs.Versions, types.NewVersion(id, s, 3))
}

func genesis() types.GenesisState {
	key := []byte("key")
	sum := sha256.Sum256(key)
	s := spec()
	s.VerifyingKeyDigest = sum[:]
	return types.GenesisState{
		Params:     types.DefaultParams(),
		Publishers: []types.Publisher{{Name: "acme", Owner: alice, PendingOwner: bob}},
		Models:     []types.Model{{Publisher: "acme", Name: "vibration"}},
		VerifyingKeys: []types.VerifyingKey{
			{Digest: sum[:], Key: key, PublicInputs: 4, Registrant: alice},
		},
		Versions: []types.Version{{Id: "acme/vibration@1.0.0", Publisher: "acme", Model: "vibration", Number: "1.0.0", VersionSpec: s}},
		Aliases:  []types.Alias{{Publisher: "acme", Model: "vibration", Name: "stable", Number: "1.0.0"}},
	}
}
