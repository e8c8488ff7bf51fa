package types_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestVersionSpecValidate(t *testing.T) {
	type spoil = func(s *types.VersionSpec)
	for _, tc := range []struct {
		name  string
		spoil spoil
		err   error
	}{
		{"success: as it is", func(*types.VersionSpec) {}, nil},
		{"success: uint8", func(s *types.VersionSpec) {
			s.Outputs[0].ElementType, s.Outputs[0].ZeroPoint = types.ELEMENT_TYPE_UINT8, 255
		}, nil},
		{"success: subnormal scale", func(s *types.VersionSpec) { s.Outputs[0].ScaleBits = smallest }, nil},
		{"success: largest scale", func(s *types.VersionSpec) { s.Outputs[0].ScaleBits = math.Float32bits(math.MaxFloat32) }, nil},
		{"success: ceremony", func(s *types.VersionSpec) { s.Setup = ceremony(2) }, nil},
		{"success: no session options", func(s *types.VersionSpec) { s.SessionOptions = nil }, nil},

		{"failure: description too long", func(s *types.VersionSpec) { s.Description = strings.Repeat("x", 1025) }, types.ErrLimit},
		{"failure: description not UTF-8", func(s *types.VersionSpec) { s.Description = "\xff" }, types.ErrInvalidText},
		{"failure: description with an escape", func(s *types.VersionSpec) { s.Description = "\x1b[2J" }, types.ErrInvalidText},

		{"failure: no artifact", func(s *types.VersionSpec) { s.Artifacts = nil }, types.ErrInvalidArtifact},
		{"failure: too many artifacts", func(s *types.VersionSpec) { s.Artifacts = slices.Repeat(s.Artifacts, 17) }, types.ErrLimit},
		{"failure: artifact twice", func(s *types.VersionSpec) { s.Artifacts = slices.Repeat(s.Artifacts, 2) }, types.ErrInvalidArtifact},
		{"failure: artifact with a path", func(s *types.VersionSpec) { s.Artifacts[0].Name = "../x" }, types.ErrInvalidArtifact},
		{"failure: artifact with a slash", func(s *types.VersionSpec) { s.Artifacts[0].Name = "a/b" }, types.ErrInvalidArtifact},
		{"failure: media type without a slash", func(s *types.VersionSpec) { s.Artifacts[0].MediaType = "onnx" }, types.ErrInvalidArtifact},
		{"failure: media type in upper case", func(s *types.VersionSpec) { s.Artifacts[0].MediaType = "application/ONNX" }, types.ErrInvalidArtifact},
		{"failure: short artifact digest", func(s *types.VersionSpec) { s.Artifacts[0].Digest = digest(1)[:31] }, types.ErrInvalidDigest},
		{"failure: empty artifact", func(s *types.VersionSpec) { s.Artifacts[0].Size_ = 0 }, types.ErrInvalidArtifact},
		{"failure: artifact too large", func(s *types.VersionSpec) { s.Artifacts[0].Size_ = math.MaxUint64 }, types.ErrLimit},
		{"failure: too many uris", func(s *types.VersionSpec) { s.Artifacts[0].Uris = slices.Repeat([]string{"ipfs:x"}, 9) }, types.ErrLimit},
		{"failure: uri too long", func(s *types.VersionSpec) { s.Artifacts[0].Uris[0] = "ipfs:" + strings.Repeat("x", 508) }, types.ErrLimit},
		{"failure: uri without a scheme", func(s *types.VersionSpec) { s.Artifacts[0].Uris[0] = "example.com/x" }, types.ErrInvalidArtifact},
		{"failure: uri with a newline", func(s *types.VersionSpec) { s.Artifacts[0].Uris[0] = "https://x\n" }, types.ErrInvalidArtifact},

		{"failure: no input", func(s *types.VersionSpec) { s.Inputs = nil }, types.ErrInvalidTensor},
		{"failure: no output", func(s *types.VersionSpec) { s.Outputs = nil }, types.ErrInvalidTensor},
		{"failure: too many outputs", func(s *types.VersionSpec) { s.Outputs = slices.Repeat(s.Outputs, 9) }, types.ErrLimit},
		{"failure: output twice", func(s *types.VersionSpec) { s.Outputs = slices.Repeat(s.Outputs, 2) }, types.ErrInvalidTensor},
		{"failure: nameless output", func(s *types.VersionSpec) { s.Outputs[0].Name = "" }, types.ErrInvalidTensor},
		{"failure: element type not given", func(s *types.VersionSpec) { s.Outputs[0].ElementType = 0 }, types.ErrInvalidTensor},
		{"failure: element type unknown", func(s *types.VersionSpec) { s.Outputs[0].ElementType = 99 }, types.ErrInvalidTensor},
		{"failure: zero point below int8", func(s *types.VersionSpec) { s.Outputs[0].ZeroPoint = -129 }, types.ErrInvalidTensor},
		{"failure: zero point above int8", func(s *types.VersionSpec) { s.Outputs[0].ZeroPoint = 128 }, types.ErrInvalidTensor},
		{"failure: scalar", func(s *types.VersionSpec) { s.Outputs[0].Shape = nil }, types.ErrInvalidTensor},
		{"failure: dimension of zero", func(s *types.VersionSpec) { s.Outputs[0].Shape = []uint32{1, 0} }, types.ErrInvalidTensor},
		{"failure: rank too high", func(s *types.VersionSpec) { s.Outputs[0].Shape = slices.Repeat([]uint32{1}, 9) }, types.ErrLimit},
		{"failure: output too large", func(s *types.VersionSpec) { s.Outputs[0].Shape = []uint32{1 << 12, 1<<12 + 1} }, types.ErrLimit},
		{"failure: size overflows", func(s *types.VersionSpec) {
			s.Outputs[0].Shape = slices.Repeat([]uint32{1 << 31}, 8)
		}, types.ErrLimit},
		{"failure: outputs too large together", func(s *types.VersionSpec) {
			s.Outputs = append(s.Outputs, s.Outputs[0])
			s.Outputs[0].Shape, s.Outputs[1].Shape = []uint32{1 << 24}, []uint32{1}
			s.Outputs[1].Name = "other"
		}, types.ErrLimit},
		{"failure: scale of zero", func(s *types.VersionSpec) { s.Outputs[0].ScaleBits = 0 }, types.ErrInvalidTensor},
		{"failure: scale of minus zero", func(s *types.VersionSpec) { s.Outputs[0].ScaleBits = 1 << 31 }, types.ErrInvalidTensor},
		{"failure: negative scale", func(s *types.VersionSpec) { s.Outputs[0].ScaleBits = oneHalf | 1<<31 }, types.ErrInvalidTensor},
		{"failure: infinite scale", func(s *types.VersionSpec) { s.Outputs[0].ScaleBits = 0x7f800000 }, types.ErrInvalidTensor},
		{"failure: NaN scale", func(s *types.VersionSpec) { s.Inputs[0].ScaleBits = 0x7fc00000 }, types.ErrInvalidTensor},

		{"failure: session options out of order", func(s *types.VersionSpec) { slices.Reverse(s.SessionOptions) }, types.ErrInvalidSessionOption},
		{"failure: session option twice", func(s *types.VersionSpec) { s.SessionOptions[1] = s.SessionOptions[0] }, types.ErrInvalidSessionOption},
		{"failure: session option without a key", func(s *types.VersionSpec) { s.SessionOptions[0].Key = "" }, types.ErrInvalidSessionOption},
		{"failure: session option with a space", func(s *types.VersionSpec) { s.SessionOptions[0].Value = "a b" }, types.ErrInvalidSessionOption},
		{"failure: session option too long", func(s *types.VersionSpec) { s.SessionOptions[0].Value = strings.Repeat("1", 257) }, types.ErrLimit},
		{"failure: too many session options", func(s *types.VersionSpec) { s.SessionOptions = make([]types.SessionOption, 33) }, types.ErrLimit},

		{"failure: no circuit digest", func(s *types.VersionSpec) { s.CircuitDigest = nil }, types.ErrInvalidDigest},
		{"failure: circuit digest of zeros", func(s *types.VersionSpec) { s.CircuitDigest = digest(0) }, types.ErrInvalidDigest},
		{"failure: no key digest", func(s *types.VersionSpec) { s.VerifyingKeyDigest = nil }, types.ErrInvalidDigest},

		{"failure: setup not given", func(s *types.VersionSpec) { s.Setup = types.SetupProvenance{} }, types.ErrInvalidSetup},
		{"failure: setup unknown", func(s *types.VersionSpec) { s.Setup.Kind = 99 }, types.ErrInvalidSetup},
		{"failure: ceremony of one", func(s *types.VersionSpec) { s.Setup = ceremony(1) }, types.ErrInvalidSetup},
		{"failure: single party of two", func(s *types.VersionSpec) {
			s.Setup = ceremony(2)
			s.Setup.Kind = types.SETUP_KIND_SINGLE_PARTY_INSECURE
		}, types.ErrInvalidSetup},
		{"failure: too many contributions", func(s *types.VersionSpec) { s.Setup = ceremony(65) }, types.ErrLimit},
		{"failure: nameless contribution", func(s *types.VersionSpec) {
			s.Setup = ceremony(2)
			s.Setup.Contributions[1].Name = ""
		}, types.ErrInvalidSetup},
		{"failure: contribution without a digest", func(s *types.VersionSpec) {
			s.Setup = ceremony(2)
			s.Setup.Contributions[1].Digest = nil
		}, types.ErrInvalidDigest},
		{"failure: attestation too long", func(s *types.VersionSpec) {
			s.Setup = ceremony(2)
			s.Setup.Contributions[1].Attestation = strings.Repeat("x", 1025)
		}, types.ErrLimit},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := spec()
			tc.spoil(&s)
			require.ErrorIs(t, s.Validate(types.DefaultParams()), tc.err)
		})
	}
}

func ceremony(n int) types.SetupProvenance {
	c := types.Contribution{Name: "carol", Digest: digest(9), Attestation: "https://carol.example/attestation"}
	return types.SetupProvenance{Kind: types.SETUP_KIND_CEREMONY, Contributions: slices.Repeat([]types.Contribution{c}, n)}
}

func TestVersionSpecPublicInputs(t *testing.T) {
	for _, tc := range []struct {
		name   string
		shapes [][]uint32
		want   int
	}{
		{"success: one byte", [][]uint32{{1}}, 3},
		{"success: 31 bytes", [][]uint32{{1, 31}}, 3},
		{"success: 32 bytes", [][]uint32{{1, 32}}, 4},
		{"success: 248 bytes, the most that is packed", [][]uint32{{1, 248}}, 10},
		{"success: 249 bytes, hashed", [][]uint32{{1, 249}}, 3},
		{"success: two outputs share an element", [][]uint32{{1, 16}, {1, 15}}, 3},
		{"success: two outputs of 32 bytes", [][]uint32{{1, 16}, {4, 4}}, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := spec()
			s.Outputs = nil
			for _, shape := range tc.shapes {
				s.Outputs = append(s.Outputs, types.TensorSignature{Shape: shape})
			}
			got, err := s.PublicInputs()
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}
