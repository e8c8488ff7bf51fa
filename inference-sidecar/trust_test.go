package sidecar

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/zkml/ort"
)

func slogTo(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// verify brings the home's light client up to date, as a sidecar does.
func (p *place) verify() error {
	p.t.Helper()
	c, err := lightclient.Open(p.t.Context(), lightConfig(p.config(), p.now, slogTo(p.t)))
	require.NoError(p.t, err)
	defer c.Close()
	_, err = c.Update(p.t.Context())
	return err
}

func TestTrustAfterDivergence(t *testing.T) {
	p := newPlace(t)
	require.NoError(t, p.verify())
	p.chain.Advance(5)
	fork := httptest.NewServer(chaintest.NewNode(p.chain.Fork(chaintest.Fork{From: 13, AppHash: bytes.Repeat([]byte{7}, 32)})))
	t.Cleanup(fork.Close)
	t.Setenv("ASSAY_SIDECAR_CHAIN_ENDPOINTS", p.urls[0]+","+fork.URL)
	require.ErrorIs(t, p.verify(), lightclient.ErrHalted)

	// It is on record, and said.
	found := p.examine()
	p.finds(found, "divergence", VerdictWrong, "lunatic at height", "trust resume --exclude")
	p.finds(found, "endpoints agree", VerdictWrong, "header 15", "chain.endpoints")
	out := p.must("trust", "show")
	require.Contains(t, out, "divergence     lunatic at height 15")
	require.Contains(t, out, fork.URL+" has ")
	require.Contains(t, out, "signed both: 4 validators")
	require.Regexp(t, `evidence of \d+ bytes to http.*: taken`, out)
	var shown trustResult
	require.NoError(t, json.Unmarshal([]byte(p.must("--json", "trust", "show")), &shown))
	require.EqualValues(t, 10, shown.Height)
	require.Len(t, shown.Divergence.Evidence, 2)

	// The same endpoints diverge again; an unknown one cannot be left out.
	status, _, errs := p.run("trust", "resume")
	require.Equal(t, 1, status)
	require.Contains(t, errs, "halted after a divergence")
	require.Contains(t, errs, "hint: the endpoints still show two chains")
	status, _, errs = p.run("trust", "resume", "--exclude", "http://nobody.example")
	require.Equal(t, 1, status)
	require.Contains(t, errs, "endpoint to exclude")
	p.finds(p.examine(), "divergence", VerdictWrong, "lunatic", "")

	// Without the wrong one it goes on.
	out = p.must("trust", "resume", "--exclude", fork.URL)
	require.Contains(t, out, "verified head  height 15")
	require.Contains(t, out, "none on record")
	require.Contains(t, out, "warning: remove the excluded endpoints from chain.endpoints")
	t.Setenv("ASSAY_SIDECAR_CHAIN_ENDPOINTS", p.urls[0]+","+p.urls[1])
	p.chain.Advance(3)
	require.NoError(t, p.verify())
	p.finds(p.examine(), "divergence", VerdictOK, "none", "")
}

// bundle makes one for the device from a header on, and writes it to a file.
func (p *place) bundle(from int64, read func(*lightclient.Client, lightclient.Trust) (*lightclient.Bundle, error)) string {
	p.t.Helper()
	root, err := p.chain.LightBlock(from)
	require.NoError(p.t, err)
	trust := lightclient.Trust{Height: from, Hash: root.Hash()}
	c, err := lightclient.Open(p.t.Context(), lightclient.Config{ChainID: "plant-7", Endpoints: p.urls, Trust: trust})
	require.NoError(p.t, err)
	defer c.Close()
	_, err = c.Update(p.t.Context())
	require.NoError(p.t, err)
	b, err := read(c, trust)
	require.NoError(p.t, err)
	raw, err := b.Encode()
	require.NoError(p.t, err)
	path := filepath.Join(p.home, "stick", "bundle")
	require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(p.t, os.WriteFile(path, raw, 0o600))
	return path
}

// full reads what is ordered for the device, and headers nothing.
func (p *place) full(c *lightclient.Client, from lightclient.Trust) (*lightclient.Bundle, error) {
	return c.MakeBundle(p.t.Context(), from, readFor(p.key.Address(), placeModel))
}

// offline takes the network away.
func (p *place) offline() {
	p.t.Helper()
	p.t.Setenv("ASSAY_SIDECAR_CHAIN_ENDPOINTS", "http://"+dead(p.t))
	p.t.Setenv("ASSAY_SIDECAR_ARTIFACTS_FILE_ROOTS", filepath.Join(p.home, "stick"))
}

func TestBundleApply(t *testing.T) {
	active := fleettypes.Device{Confirmed: true, Standing: fleettypes.StandingActive}
	t.Run("success: a device that never saw the chain", func(t *testing.T) {
		if _, err := ort.Find(); err != nil {
			t.Skipf("needs ONNX Runtime: %v", err)
		}
		p := newPlace(t)
		p.enrol(active, "*")
		p.order(p.release("1.0.0"))
		p.chain.Advance(2)
		path := p.bundle(3, p.full)
		p.offline()
		out := p.must("bundle", "apply", path)
		require.Contains(t, out, "verified  height 12")
		require.Contains(t, out, "device    active")
		require.Contains(t, out, "@1.0.0 on record, "+placeModel+"@1.0.0 serving")
		require.Contains(t, p.must("trust", "show"), "verified head  height 12")
		p.finds(p.examine(), "state of vibration", VerdictOK, "@1.0.0 is served after a restart", "")

		// The next start serves it, without the network.
		d, err := New(p.config(), slogTo(t))
		require.NoError(t, err)
		require.NoError(t, d.ready())
		d.close(t.Context())

		// Again it changes nothing; a newer one goes on from there.
		require.Contains(t, p.must("bundle", "apply", path), "verified  height 12")
		p.order(p.release("1.1.0"))
		p.chain.Advance(2)
		t.Setenv("ASSAY_SIDECAR_CHAIN_ENDPOINTS", strings.Join(p.urls, ","))
		path = p.bundle(12, p.full)
		p.offline()
		require.Contains(t, p.must("bundle", "apply", path), "@1.1.0 on record, "+placeModel+"@1.1.0 serving")
	})
	t.Run("failure: no addresses that can be read", func(t *testing.T) {
		if _, err := ort.Find(); err != nil {
			t.Skipf("needs ONNX Runtime: %v", err)
		}
		p := newPlace(t)
		p.enrol(active, "*")
		p.order(p.release("1.0.0"))
		p.chain.Advance(2)
		path := p.bundle(3, p.full)
		p.offline()
		t.Setenv("ASSAY_SIDECAR_ARTIFACTS_FILE_ROOTS", "")
		status, out, errs := p.run("bundle", "apply", path)
		require.Equal(t, 1, status)
		require.Contains(t, out, "@1.0.0 on record, - serving")
		require.Contains(t, errs, placeModel+"@1.0.0 is not ready")
		require.Contains(t, errs, "hint: the cause is above; the next start tries again")
	})
	t.Run("success: files beside the bundle, under other names", func(t *testing.T) {
		if _, err := ort.Find(); err != nil {
			t.Skipf("needs ONNX Runtime: %v", err)
		}
		p := newPlace(t)
		p.enrol(active, "*")
		v := p.release("1.0.0")
		stick := filepath.Join(p.home, "stick")
		for i := range v.Artifacts {
			a := &v.Artifacts[i]
			a.Uris = []string{"http://" + dead(t) + "/" + a.Name}
			require.NoError(t, os.Rename(filepath.Join(stick, a.Name), filepath.Join(stick, a.Name+" of 1.0.0")))
			lie := filepath.Join(stick, "a "+a.Name) // of the same size
			require.NoError(t, os.WriteFile(lie, make([]byte, a.Size_), 0o600))
		}
		p.order(v)
		p.chain.Advance(2)
		path := p.bundle(3, p.full)
		p.offline()
		t.Setenv("ASSAY_SIDECAR_ARTIFACTS_FILE_ROOTS", "")
		require.Contains(t, p.must("bundle", "apply", path, "--artifacts", stick), placeModel+"@1.0.0 serving")
		status, _, errs := p.run("bundle", "apply", path, "--artifacts", stick+"-none")
		require.Equal(t, 1, status)
		require.Contains(t, errs, "--artifacts: ")
	})
	t.Run("failure: headers alone", func(t *testing.T) {
		p := newPlace(t)
		p.enrol(active, "*")
		p.chain.Advance(2)
		path := p.bundle(3, func(c *lightclient.Client, from lightclient.Trust) (*lightclient.Bundle, error) {
			return c.MakeBundle(t.Context(), from, readFor(nil))
		})
		p.offline()
		status, out, errs := p.run("bundle", "apply", path)
		require.Equal(t, 1, status)
		require.Contains(t, out, "verified  height 12")
		require.Contains(t, errs, "headers taken over, orders not")
		require.Contains(t, errs, "hint: make the bundle with --device "+p.key.String())
	})
	t.Run("failure: onnx runtime is missing", func(t *testing.T) {
		p := newPlace(t)
		p.enrol(active, "*")
		p.order(p.release("1.0.0"))
		p.chain.Advance(2)
		path := p.bundle(3, p.full)
		p.offline()
		t.Setenv("ASSAY_SIDECAR_RUNTIME_LIBRARY", "/nonexistent/libonnxruntime.so.1")
		status, _, errs := p.run("bundle", "apply", path)
		require.Equal(t, 1, status)
		require.Contains(t, errs, "headers taken over, orders not")
		require.NoDirExists(t, filepath.Join(p.home, "slots"))
	})
	t.Run("failure: it begins after the device's head", func(t *testing.T) {
		p := newPlace(t)
		p.chain.Advance(2)
		path := p.bundle(8, func(c *lightclient.Client, from lightclient.Trust) (*lightclient.Bundle, error) {
			return c.MakeBundle(t.Context(), from, readFor(nil))
		})
		p.offline()
		status, _, errs := p.run("bundle", "apply", path)
		require.Equal(t, 1, status)
		require.Contains(t, errs, "hint: the first bundle of a device begins with the header of chain.trust_height: assay bundle make --trust-height 3")
	})
	t.Run("failure: of another chain, and none at all", func(t *testing.T) {
		p := newPlace(t)
		path := p.bundle(3, func(c *lightclient.Client, from lightclient.Trust) (*lightclient.Bundle, error) {
			return c.MakeBundle(t.Context(), from, readFor(nil))
		})
		p.offline()
		t.Setenv("ASSAY_SIDECAR_CHAIN_ID", "plant-8")
		status, _, errs := p.run("bundle", "apply", path)
		require.Equal(t, 1, status)
		require.Contains(t, errs, `expected "plant-8", got "plant-7"`)
		t.Setenv("ASSAY_SIDECAR_CHAIN_ID", "plant-7")
		require.NoError(t, os.WriteFile(path, []byte("noise"), 0o600))
		status, _, errs = p.run("bundle", "apply", path)
		require.Equal(t, 1, status)
		require.Contains(t, errs, "bundle")
		require.NoDirExists(t, filepath.Join(p.home, "slots"))
	})
}

// readFor reads what a device runs of models; nothing for no device.
func readFor(device []byte, models ...string) func(context.Context, *lightclient.Snapshot) error {
	return func(ctx context.Context, s *lightclient.Snapshot) error {
		if device == nil {
			return nil
		}
		d, _, err := s.Device(ctx, device)
		if err != nil {
			return err
		}
		for _, m := range models {
			o, _, err := s.Directive(ctx, d.FleetId, m)
			if err != nil {
				return err
			}
			for _, id := range []string{o.Version, o.Candidate} {
				if id == "" {
					continue
				}
				if _, _, err := s.Version(ctx, id); err != nil {
					return err
				}
			}
		}
		return nil
	}
}
