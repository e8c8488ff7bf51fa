package sidecar

import (
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/light-client/chaintest"
	"github.com/assay-chain/assay/zkml/ort"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"assay-sidecar": func() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScript runs the commands as a user does. Each script has chains of its own:
//
//	$A, $B          two endpoints of plant-7, whose newest block is seconds old
//	$OTHER          an endpoint of another chain of the same name
//	$STRANGE        an endpoint of another chain
//	$OLD            an endpoint of plant-7 as it was months ago; $OLD_HEIGHT and $OLD_HASH are a header of it
//	$DEAD           an address where nobody listens
//	$HEIGHT, $HASH  a header of plant-7
//
// Conditions: [ort] for ONNX Runtime, [root] for a user whom file modes do not stop.
func TestScript(t *testing.T) {
	library, missing := ort.Find()
	if missing != nil {
		t.Logf("scripts that need ONNX Runtime are skipped: %v", missing)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Condition: func(cond string) (bool, error) {
			return cond == "ort" && missing == nil || cond == "root" && os.Geteuid() == 0, nil
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv(ort.LibraryEnv, library)
			env.Setenv("ASSAY_SIDECAR_TELEMETRY_METRICS", dead(t))
			env.Setenv("DEAD", "http://"+dead(t))
			env.Setenv("TMPDIR", filepath.Join(env.WorkDir, ".tmp"))
			return setChains(env)
		},
	})
}

func setChains(env *testscript.Env) error {
	recent := chaintest.Options{ChainID: "plant-7", Start: time.Now().Add(-20 * time.Second)}
	chain, other := chaintest.New(recent), chaintest.New(withSeed(recent, "other"))
	strange, old := chaintest.New(withID(recent, "strange")), chaintest.New(withID(chaintest.Options{}, "plant-7"))
	for name, c := range map[string]*chaintest.Chain{"A": chain, "B": chain, "OTHER": other, "STRANGE": strange, "OLD": old} {
		if c.Height() == 3 {
			c.Advance(10)
		}
		s := httptest.NewServer(chaintest.NewNode(c))
		env.Defer(s.Close)
		env.Setenv(name, s.URL)
	}
	for prefix, of := range map[string]struct {
		chain  *chaintest.Chain
		height int64
	}{"": {chain, 5}, "OLD_": {old, 4}} {
		root, err := of.chain.LightBlock(of.height)
		if err != nil {
			return err
		}
		env.Setenv(prefix+"HEIGHT", strconv.FormatInt(root.Height, 10))
		env.Setenv(prefix+"HASH", config.Hex(root.Hash()).String())
	}
	return nil
}

func withSeed(o chaintest.Options, seed string) chaintest.Options {
	o.Seed = seed
	return o
}

func withID(o chaintest.Options, id string) chaintest.Options {
	o.ChainID = id
	return o
}

// dead is an address of this machine where nobody listens.
func dead(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
