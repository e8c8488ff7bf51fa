//go:build e2e

package e2e

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/assay-chain/assay/statement"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

const outputBytes = 8

// world is a publisher with a version, and a fleet with devices whose fees the operator pays.
type world struct {
	*network
	operator *account
	fleet    uint64
	version  string
	fixture  *verifiertest.Fixture
	devices  []*account
}

// newWorld publishes a version whose circuit is a tiny one: it proves any statement in milliseconds,
// which is what traffic needs. The models' own circuits have tests of their own.
func newWorld(n *network, devices int) *world {
	t := n.t
	fixture, err := verifiertest.NewFixture(2+statement.OutputElements(outputBytes), true)
	require.NoError(t, err)
	w := &world{network: n, operator: n.validatorAccount(0), fixture: fixture}
	w.version = w.publish("acme", "traffic", "1.0.0", outputBytes, fixture.Key)
	w.enroll(devices)
	return w
}

// publish makes the publisher and the model and publishes a version with the key; it returns the version id.
func (w *world) publish(publisher, model, number string, outputLen int, key []byte) string {
	owner := w.operator.String()
	digest, content := sha256.Sum256(key), sha256.Sum256([]byte(publisher+model+number))
	tensor := func(name string, n int) []registrytypes.TensorSignature {
		return []registrytypes.TensorSignature{{
			Name: name, ElementType: registrytypes.ELEMENT_TYPE_INT8, Shape: []uint32{1, uint32(n)}, ScaleBits: math.Float32bits(0.5),
		}}
	}
	w.must(w.nodes[0], w.operator, txOptions{gas: 20_000_000},
		&registrytypes.MsgCreatePublisher{Owner: owner, Name: publisher, Description: "test"},
		&registrytypes.MsgCreateModel{Owner: owner, Publisher: publisher, Name: model, Description: "test"},
		&registrytypes.MsgPublishVersion{Owner: owner, Publisher: publisher, Model: model, Number: number, VerifyingKey: key, Spec: registrytypes.VersionSpec{
			Description: "test",
			Artifacts:   []registrytypes.Artifact{{Name: "canonical.onnx", MediaType: "application/onnx", Digest: content[:], Size_: 1, Uris: []string{"https://example.org/canonical.onnx"}}},
			Inputs:      tensor("input", outputLen), Outputs: tensor("output", outputLen),
			CircuitDigest: content[:], VerifyingKeyDigest: digest[:],
			Setup: registrytypes.SetupProvenance{Kind: registrytypes.SETUP_KIND_SINGLE_PARTY_INSECURE},
		}})
	return publisher + "/" + model + "@" + number
}

// enroll makes a fleet with n devices: the operator pays for them, they confirm themselves.
func (w *world) enroll(n int) {
	t := w.t
	res := w.must(w.nodes[0], w.operator, txOptions{}, &fleettypes.MsgCreateFleet{Operator: w.operator.String(), Description: "test", Allow: []string{"acme"}})
	var created fleettypes.MsgCreateFleetResponse
	response(t, res.TxResult.Data, &created)
	w.fleet = created.FleetId

	var addresses []string
	var grants []sdk.Msg
	for range n {
		d := newAccount()
		w.devices = append(w.devices, d)
		addresses = append(addresses, d.String())
		grant, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, w.operator.addr, d.addr)
		require.NoError(t, err)
		grants = append(grants, grant)
	}
	w.must(w.nodes[0], w.operator, txOptions{}, append(grants, &fleettypes.MsgEnrollDevice{Operator: w.operator.String(), FleetId: w.fleet, Addresses: addresses})...)
	for _, d := range w.devices {
		w.must(w.nodes[0], d, txOptions{granter: w.operator.addr}, &fleettypes.MsgConfirmDevice{Address: d.String(), FleetId: w.fleet})
	}
}

// response decodes the first message's response of a transaction.
func response(t testing.TB, data []byte, into proto.Message) {
	t.Helper()
	var all sdk.TxMsgData
	require.NoError(t, proto.Unmarshal(data, &all))
	require.NotEmpty(t, all.MsgResponses)
	require.NoError(t, proto.Unmarshal(all.MsgResponses[0].Value, into))
}

// proof is a true statement with its proof.
func (w *world) proof(d *account, nonce uint64) *prooftypes.MsgSubmitProof {
	t := w.t
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], nonce)
	output := sha256.Sum256(n[:])
	digest := fr.NewElement(nonce)
	publics, err := statement.PublicInputs(digest, output[:outputBytes],
		statement.Binding{ChainID: w.chainID, Device: d.addr, Version: w.version, Nonce: n[:]})
	require.NoError(t, err)
	proof, err := w.fixture.Prove(publics...)
	require.NoError(t, err)
	in := digest.Bytes()
	return &prooftypes.MsgSubmitProof{Device: d.String(), Version: w.version, Nonce: n[:], InputDigest: in[:], Output: output[:outputBytes], Proof: proof}
}

// forged is the same with an output that the proof is not about.
func (w *world) forged(d *account, nonce uint64) *prooftypes.MsgSubmitProof {
	m := w.proof(d, nonce)
	m.Output[0] ^= 1
	return m
}
