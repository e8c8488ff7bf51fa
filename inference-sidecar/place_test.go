package sidecar

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

const placeModel = "channel-0:acme/vibration"

// place is a device's home and its zone, of which two nodes answer.
type place struct {
	t     *testing.T
	home  string
	chain *chaintest.Chain
	nodes []*chaintest.Node
	urls  []string
	now   func() time.Time
	key   *chain.Key
}

// newPlace has a home that init made, for a model of fleet 1. Options of the configuration come by variables.
func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, home: placeDir(t), now: time.Now}
	p.chain = chaintest.New(chaintest.Options{ChainID: "plant-7", Start: time.Now().Add(-30 * time.Second)})
	p.chain.Advance(7)
	for range 2 {
		n := chaintest.NewNode(p.chain)
		s := httptest.NewServer(n)
		t.Cleanup(s.Close)
		p.nodes, p.urls = append(p.nodes, n), append(p.urls, s.URL)
	}
	root, err := p.chain.LightBlock(3)
	require.NoError(t, err)
	t.Setenv("ASSAY_SIDECAR_TELEMETRY_METRICS", dead(t))
	p.must("init", "--chain-id", "plant-7", "--endpoint", p.urls[0], "--endpoint", p.urls[1], "--model", placeModel, "--fleet", "1",
		"--trust-height", "3", "--trust-hash", config.Hex(root.Hash()).String())
	p.key, err = chain.ReadKey(filepath.Join(p.home, "device.key"))
	require.NoError(t, err)
	return p
}

// placeDir is a temporary folder whose path leaves room for the names of sockets.
func placeDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sidecar-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// run runs a command on the home.
func (p *place) run(args ...string) (status int, stdout, stderr string) {
	p.t.Helper()
	var out, errs bytes.Buffer
	status = Main(append([]string{"--home", p.home}, args...), &out, &errs)
	return status, out.String(), errs.String()
}

func (p *place) must(args ...string) string {
	p.t.Helper()
	status, out, errs := p.run(args...)
	require.Zero(p.t, status, "%s%s", out, errs)
	return out
}

func (p *place) config() config.Config {
	p.t.Helper()
	c, err := config.Load(config.Path(p.home))
	require.NoError(p.t, err)
	return c
}

// examine has the doctor look, and returns what it found by check.
func (p *place) examine() map[string][]Finding {
	p.t.Helper()
	var out bytes.Buffer
	err := runDoctor(p.t.Context(), &terminal{stdout: &out, home: p.home, json: true}, p.now)
	var all []Finding
	require.NoError(p.t, json.Unmarshal(out.Bytes(), &all))
	if count(all, VerdictWrong) > 0 {
		require.ErrorIs(p.t, err, errWrong)
	} else {
		require.NoError(p.t, err)
	}
	found := map[string][]Finding{}
	for _, f := range all {
		found[f.Check] = append(found[f.Check], f)
		if f.Verdict == VerdictWrong {
			require.NotEmpty(p.t, f.Hint, "%+v", f)
		}
	}
	return found
}

// finds requires that a check came to a verdict, once, with a text; and what is wrong, what the hint says.
func (p *place) finds(found map[string][]Finding, check string, v Verdict, text, hint string) {
	p.t.Helper()
	require.Contains(p.t, found, check, "%+v", found)
	for _, f := range found[check] {
		if f.Verdict == v && strings.Contains(f.Text, text) && strings.Contains(f.Hint, hint) {
			return
		}
	}
	p.t.Fatalf("%s: expected %s with text %q and hint %q, got %+v", check, v, text, hint, found[check])
}

type encoded interface{ Marshal() ([]byte, error) }

// put sets a record of the chain. Blocks have to be made for it to be seen.
func (p *place) put(store string, key []byte, err error, value encoded) {
	p.t.Helper()
	require.NoError(p.t, err)
	raw, err := value.Marshal()
	require.NoError(p.t, err)
	p.chain.Set(store, key, raw)
}

// enrol puts the device and its fleet on record.
func (p *place) enrol(d fleettypes.Device, allow ...string) {
	p.t.Helper()
	d.Id, d.FleetId, d.Address = 7, 1, p.key.String()
	key, err := fleettypes.DeviceStoreKey(7)
	p.put(fleettypes.StoreKey, key, err, &d)
	var index []byte
	if d.Confirmed {
		index, err = fleettypes.DeviceByAddressStoreKey(p.key.Address())
	} else {
		index, err = fleettypes.EnrollmentStoreKey(p.key.Address(), 1)
	}
	require.NoError(p.t, err)
	p.chain.Set(fleettypes.StoreKey, index, binary.BigEndian.AppendUint64(nil, 7))
	p.put(fleettypes.StoreKey, append(fleettypes.FleetsPrefix.Bytes(), 0, 0, 0, 0, 0, 0, 0, 1), nil, &fleettypes.Fleet{Id: 1, Allow: allow})
}

// order puts a version on record for the fleet.
func (p *place) order(v registrytypes.Version) {
	p.t.Helper()
	key, err := registrytypes.VersionStoreKey(v.Id)
	p.put(registrytypes.StoreKey, key, err, &v)
	key, err = rollouttypes.AssignmentStoreKey(1, placeModel)
	p.put(rollouttypes.StoreKey, key, err, &rollouttypes.Assignment{Fleet: 1, Model: placeModel, Number: 3})
	key, err = rollouttypes.ZoneRolloutStoreKey(3)
	p.put(rollouttypes.StoreKey, key, err, &rollouttypes.ZoneRollout{
		Number: 3, Version: v.Id, Phase: rollouttypes.PhasePromoted, Standing: rollouttypes.StandingAccepted, Generation: 1,
	})
}

// release is the project's own model as a version on record, with its files in a folder of the device.
func (p *place) release(number string) registrytypes.Version {
	p.t.Helper()
	source, err := os.ReadFile("../models/vibration/vibration.onnx")
	require.NoError(p.t, err)
	g, _, err := onnx.Import(source, onnx.Options{Name: "vibration"})
	require.NoError(p.t, err)
	canonical, err := g.Marshal()
	require.NoError(p.t, err)
	vectors, err := model.NewSelfTest(g, nil)
	require.NoError(p.t, err)
	selfTest, err := vectors.Encode()
	require.NoError(p.t, err)
	v := registrytypes.Version{
		Id:          placeModel + "@" + number,
		VersionSpec: registrytypes.VersionSpec{Inputs: signature(&g.Values[g.Input]), Outputs: signature(&g.Values[g.Output])},
	}
	for key, value := range onnx.SessionOptions() {
		v.SessionOptions = append(v.SessionOptions, registrytypes.SessionOption{Key: key, Value: value})
	}
	for name, data := range map[string][]byte{model.CanonicalFile: canonical, model.SelfTestFile: selfTest} {
		path := filepath.Join(p.home, "stick", name)
		require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(p.t, os.WriteFile(path, data, 0o600))
		digest := sha256.Sum256(data)
		v.Artifacts = append(v.Artifacts, registrytypes.Artifact{
			Name: name, MediaType: "application/octet-stream", Digest: digest[:], Size_: uint64(len(data)), Uris: []string{"file://" + path},
		})
	}
	return v
}

// save has slots apply an order and end, as a sidecar that ran and stopped.
func (p *place) save(o slots.Order, load slots.Loader) {
	p.t.Helper()
	c := p.config()
	store, err := artifacts.Open(c.Artifacts.Dir, artifacts.Options{FileRoots: []string{filepath.Join(p.home, "stick")}, Rounds: 1})
	require.NoError(p.t, err)
	m, err := slots.New(placeModel, slots.Options{Dir: filepath.Join(p.home, "slots"), Store: store, Loader: load})
	require.NoError(p.t, err)
	o.Model, o.Height, o.Time = placeModel, p.chain.Height()-1, p.chain.Time(p.chain.Height())
	require.NoError(p.t, m.Apply(o))
	settle(p.t.Context(), m)
	require.NoError(p.t, m.Close(context.WithoutCancel(p.t.Context())))
	require.NoError(p.t, store.Close())
}

// reference loads a model into the integer reference executor, in place of ONNX Runtime.
func reference(data []byte, _ map[string]string) (slots.Engine, error) {
	g, err := onnx.ReadCanonical(data)
	if err != nil {
		return nil, err
	}
	return &executor{g}, nil
}

type executor struct{ g *onnx.Graph }

func end(v *onnx.Value) ort.Tensor {
	return ort.Tensor{Name: v.Name, Type: v.Type.String(), Shape: v.Shape, Size: v.Len()}
}

func (e *executor) Input() ort.Tensor                 { return end(&e.g.Values[e.g.Input]) }
func (e *executor) Output() ort.Tensor                { return end(&e.g.Values[e.g.Output]) }
func (e *executor) WarmUp(context.Context, int) error { return nil }
func (e *executor) Recycle(*engine.Frame)             {}
func (e *executor) Close() error                      { return nil }

func (e *executor) Frame() *engine.Frame {
	return &engine.Frame{In: make([]byte, e.Input().Size), Out: make([]byte, e.Output().Size)}
}

func (e *executor) Run(f *engine.Frame) error {
	out, err := e.g.Run(f.In)
	copy(f.Out, out)
	return err
}

// answer makes the nodes answer gRPC queries by path; an error is a refusal by the application.
func (p *place) answer(answers map[string]func() (encoded, error)) {
	for _, n := range p.nodes {
		n.Methods = map[string]chaintest.Method{"abci_query": func(q chaintest.Params) (any, error) {
			path := q.String("path")
			if store, isKey := strings.CutSuffix(strings.TrimPrefix(path, "/store/"), "/key"); isKey {
				return storeAnswer(n, store, q)
			}
			make, ok := answers[path]
			if !ok {
				return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Code: 6, Codespace: "sdk", Log: "unknown query path"}}, nil
			}
			answer, err := make()
			if err != nil {
				return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Code: 22, Codespace: "sdk", Log: err.Error()}}, nil
			}
			raw, err := answer.Marshal()
			return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Value: raw}}, err
		}}
	}
}

// storeAnswer is what a node answers about a key.
func storeAnswer(n *chaintest.Node, store string, q chaintest.Params) (any, error) {
	height, err := q.Int("height")
	if err != nil {
		return nil, err
	}
	var key config.Hex
	if err := key.UnmarshalText([]byte(q.String("data"))); err != nil {
		return nil, err
	}
	answer, err := n.Remote().Query(context.Background(), store, key, height)
	if err != nil {
		return nil, err
	}
	return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Key: key, Value: answer.Value, ProofOps: answer.Proof, Height: height}}, nil
}

var _ lightclient.Remote = carrier{}
