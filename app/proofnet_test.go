package app_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/app/apptest"
	"github.com/assay-chain/assay/statement"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

const (
	proofVersion = "acme/vibration@1.0.0"
	outputBytes  = 10 // one field element, so a statement has three public inputs
)

// fixture is a verifying key, made once: its setup takes longer than most tests.
var fixture = sync.OnceValues(func() (*verifiertest.Fixture, error) { return verifiertest.NewFixture(3, true) })

// proofNet is a chain on which all accounts are devices of one fleet, and one version is published.
func proofNet(tb testing.TB, devices int, change func(*prooftypes.Params)) *apptest.Chain {
	tb.Helper()
	f, err := fixture()
	require.NoError(tb, err)
	var owners []*apptest.Account
	for i := range devices {
		owners = append(owners, apptest.NewAccount(i))
	}
	return apptest.New(tb, apptest.Options{Accounts: devices, Genesis: func(a *app.App, state app.GenesisState) {
		cdc := a.AppCodec()
		state[registrytypes.ModuleName] = cdc.MustMarshalJSON(registryGenesis(owners[0].Address.String(), f.Key))
		state[fleettypes.ModuleName] = cdc.MustMarshalJSON(fleetGenesis(owners))
		var proofs prooftypes.GenesisState
		cdc.MustUnmarshalJSON(state[prooftypes.ModuleName], &proofs)
		if change != nil {
			change(&proofs.Params)
		}
		state[prooftypes.ModuleName] = cdc.MustMarshalJSON(&proofs)
	}})
}

func registryGenesis(owner string, key []byte) *registrytypes.GenesisState {
	g := registrytypes.DefaultGenesis()
	digest, other := sha256.Sum256(key), sha256.Sum256([]byte("artifact"))
	tensor := func(n uint32) []registrytypes.TensorSignature {
		return []registrytypes.TensorSignature{{
			Name: "t", ElementType: registrytypes.ELEMENT_TYPE_INT8, Shape: []uint32{1, n}, ScaleBits: math.Float32bits(0.5),
		}}
	}
	g.Publishers = []registrytypes.Publisher{{Name: "acme", Owner: owner}}
	g.Models = []registrytypes.Model{{Publisher: "acme", Name: "vibration"}}
	g.VerifyingKeys = []registrytypes.VerifyingKey{{Digest: digest[:], Key: key, PublicInputs: 3, Commitments: 1, Registrant: owner}}
	g.Versions = []registrytypes.Version{{
		Id: proofVersion, Publisher: "acme", Model: "vibration", Number: "1.0.0",
		VersionSpec: registrytypes.VersionSpec{
			Inputs: tensor(20), Outputs: tensor(outputBytes), CircuitDigest: other[:], VerifyingKeyDigest: digest[:],
			Setup: registrytypes.SetupProvenance{Kind: registrytypes.SETUP_KIND_SINGLE_PARTY_INSECURE},
			Artifacts: []registrytypes.Artifact{{
				Name: "canonical.onnx", MediaType: "application/octet-stream", Digest: other[:], Size_: 8,
				Uris: []string{"https://example.org/canonical.onnx"},
			}},
		},
	}}
	return g
}

func fleetGenesis(devices []*apptest.Account) *fleettypes.GenesisState {
	g := fleettypes.DefaultGenesis()
	g.Fleets = []fleettypes.Fleet{{
		Id: 1, Operator: devices[0].Address.String(), Allow: []string{"acme/vibration"}, DeviceCount: uint32(len(devices)),
	}}
	for i, d := range devices {
		g.Devices = append(g.Devices, fleettypes.Device{
			Id: uint64(i + 1), FleetId: 1, Address: d.Address.String(), Standing: fleettypes.StandingActive, Confirmed: true,
		})
	}
	g.NextFleetId, g.NextDeviceId = 2, uint64(len(devices)+1)
	return g
}

// prove makes an entry of device with a nonce of its own.
func prove(tb testing.TB, device sdk.AccAddress, n uint64) prooftypes.ProofEntry {
	tb.Helper()
	f, err := fixture()
	require.NoError(tb, err)
	nonce := binary.BigEndian.AppendUint64(nil, n)
	var digest fr.Element
	digest.SetUint64(n + 1)
	output := sha256.Sum256(nonce)
	inputs, err := statement.PublicInputs(digest, output[:outputBytes], statement.Binding{
		ChainID: apptest.ChainID, Device: device, Version: proofVersion, Nonce: nonce,
	})
	require.NoError(tb, err)
	proof, err := f.Prove(inputs...)
	require.NoError(tb, err)
	raw := digest.Bytes()
	return prooftypes.ProofEntry{
		Version: proofVersion, Nonce: nonce, InputDigest: raw[:], Output: output[:outputBytes], Proof: proof,
	}
}

func submit(device sdk.AccAddress, e prooftypes.ProofEntry) *prooftypes.MsgSubmitProof {
	return &prooftypes.MsgSubmitProof{
		Device: device.String(), Version: e.Version, Nonce: e.Nonce, InputDigest: e.InputDigest, Output: e.Output, Proof: e.Proof,
	}
}
