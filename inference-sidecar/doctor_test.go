package sidecar

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/p2p"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/light-client/chaintest"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

func TestDoctorEnrolment(t *testing.T) {
	active := fleettypes.Device{Confirmed: true, Standing: fleettypes.StandingActive}
	suspect, revoked, rotating := active, active, active
	suspect.Standing, suspect.StandingReason = fleettypes.StandingSuspect, "seal broken"
	revoked.Standing = fleettypes.StandingRevoked
	rotating.PendingAddress = "assay1new"
	for _, tc := range []struct {
		name       string
		device     fleettypes.Device
		allow      []string
		check      string
		verdict    Verdict
		text, hint string
	}{
		{"success: active", active, []string{"channel-0:acme"}, "enrolment", VerdictOK, "device 7 of fleet 1, confirmed, active", ""},
		{"success: allowed", active, []string{"channel-0:acme"}, "allow-list", VerdictOK, "fleet 1 allows", ""},
		{"failure: pending", fleettypes.Device{}, nil, "enrolment", VerdictWarning, "pending in fleet 1", "start the sidecar"},
		{"failure: suspect", suspect, nil, "enrolment", VerdictWrong, `suspect: "seal broken"`, "set-device-standing 7 active"},
		{"failure: revoked", revoked, nil, "enrolment", VerdictWrong, "revoked", "a new key has to be enrolled"},
		{"failure: rotation under way", rotating, nil, "enrolment", VerdictWarning, "assay1new", "cancel-rotation 7"},
		{"failure: allowed is another source's", active, []string{"acme"}, "allow-list", VerdictWrong, "does not allow channel-0:acme/vibration", "set-fleet-policy 1 acme channel-0:acme/vibration"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			p.enrol(tc.device, tc.allow...)
			p.chain.Advance(2)
			p.finds(p.examine(), tc.check, tc.verdict, tc.text, tc.hint)
		})
	}
}

func TestDoctorOrder(t *testing.T) {
	active := fleettypes.Device{Confirmed: true, Standing: fleettypes.StandingActive}
	for _, tc := range []struct {
		name    string
		change  func(*registrytypes.Version)
		verdict Verdict
		text    string
	}{
		{"success: a version on record", func(*registrytypes.Version) {}, VerdictOK, placeModel + "@1.0.0 on record"},
		{"failure: no version", nil, VerdictWarning, "the zone has no version of " + placeModel + " for fleet 1"},
		{"failure: yanked", func(v *registrytypes.Version) { v.Yanked, v.YankReason = true, "wrong scale" }, VerdictWarning, `yanked: "wrong scale"`},
		{"failure: no device can run it", func(v *registrytypes.Version) { v.Inputs = nil }, VerdictWrong, "expected 1 input and 1 output"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			p.enrol(active, "*")
			if tc.change != nil {
				v := p.release("1.0.0")
				tc.change(&v)
				p.order(v)
			}
			p.chain.Advance(2)
			p.finds(p.examine(), "order of vibration", tc.verdict, tc.text, "")
		})
	}
}

func TestDoctorFees(t *testing.T) {
	coins := func(n int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin("uassay", n)) }
	past, soon := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	grant := func(a encoded, name string) func() (encoded, error) {
		return func() (encoded, error) {
			raw, err := a.Marshal()
			any := &codectypes.Any{TypeUrl: "/cosmos.feegrant.v1beta1." + name, Value: raw}
			return &feegrant.QueryAllowanceResponse{Allowance: &feegrant.Grant{Allowance: any}}, err
		}
	}
	basic := func(b feegrant.BasicAllowance) func() (encoded, error) { return grant(&b, "BasicAllowance") }
	balance := func(c sdk.Coins) func() (encoded, error) {
		return func() (encoded, error) { return &banktypes.QueryAllBalancesResponse{Balances: c}, nil }
	}
	const granter = "assay1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq08jxf0"
	for _, tc := range []struct {
		name    string
		granter string
		answer  func() (encoded, error)
		verdict Verdict
		text    string
	}{
		{"success: a grant without limit", granter, basic(feegrant.BasicAllowance{}), VerdictOK, "without limit"},
		{"success: a grant", granter, basic(feegrant.BasicAllowance{SpendLimit: coins(10_000_000)}), VerdictOK, "10000000uassay left"},
		{
			"success: a grant by periods", granter,
			grant(&feegrant.PeriodicAllowance{Basic: feegrant.BasicAllowance{SpendLimit: coins(10_000_000)}}, "PeriodicAllowance"), VerdictOK, "10000000uassay left",
		},
		{"failure: little is left", granter, basic(feegrant.BasicAllowance{SpendLimit: coins(2_000)}), VerdictWarning, "2000uassay left"},
		{"failure: nothing is left", granter, basic(feegrant.BasicAllowance{SpendLimit: coins(10)}), VerdictWrong, "10uassay left"},
		{"failure: expired", granter, basic(feegrant.BasicAllowance{Expiration: &past}), VerdictWrong, "expired on"},
		{"failure: expires soon", granter, basic(feegrant.BasicAllowance{Expiration: &soon}), VerdictWarning, "it expires in"},
		{"failure: no grant", granter, func() (encoded, error) { return nil, errors.New("fee-grant not found") }, VerdictWrong, "grants the device no fees"},
		{"failure: refused", granter, func() (encoded, error) { return nil, errors.New("busy") }, VerdictUnchecked, "busy"},
		{"failure: a grant of an unknown type", granter, grant(&feegrant.BasicAllowance{}, "Strange"), VerdictUnchecked, "unknown type"},
		{"failure: a limit that is none", granter, basic(feegrant.BasicAllowance{SpendLimit: sdk.Coins{{Denom: "uassay"}}}), VerdictUnchecked, "spend limit"},
		{"failure: a balance that is none", "", balance(sdk.Coins{{Denom: "uassay"}}), VerdictUnchecked, "balance"},
		{"success: the device pays", "", balance(coins(10_000_000)), VerdictOK, "has 10000000uassay"},
		{"failure: the device has nothing", "", balance(nil), VerdictWrong, "has nothing"},
		{"failure: the device has other coins", "", balance(sdk.NewCoins(sdk.NewInt64Coin("other", 1e9))), VerdictWrong, "has 1000000000other"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			t.Setenv("ASSAY_SIDECAR_DEVICE_FEE_GRANTER", tc.granter)
			p.answer(map[string]func() (encoded, error){
				"/cosmos.feegrant.v1beta1.Query/Allowance": tc.answer, "/cosmos.bank.v1beta1.Query/AllBalances": tc.answer,
			})
			found := p.examine()
			p.finds(found, "fees", tc.verdict, tc.text, "")
			if tc.verdict != VerdictUnchecked { // what comes from an endpoint is said to
				p.finds(found, "fees", tc.verdict, "(unverified)", "")
			}
		})
	}
}

func TestDoctorClock(t *testing.T) {
	t.Run("failure: behind the newest header", func(t *testing.T) {
		p := newPlace(t)
		p.now = func() time.Time { return time.Now().Add(-time.Hour) }
		found := p.examine()
		p.finds(found, "clock", VerdictWrong, "behind the newest header", "timedatectl")
		p.finds(found, "verification", VerdictWrong, "header from the future", "timedatectl")
	})
	t.Run("success: an endpoint that lies about its time is not believed", func(t *testing.T) {
		p := newPlace(t)
		p.nodes[1].Methods = map[string]chaintest.Method{"status": func(chaintest.Params) (any, error) {
			s := coretypes.ResultStatus{NodeInfo: p2p.DefaultNodeInfo{Network: "plant-7"}}
			s.SyncInfo.LatestBlockHeight, s.SyncInfo.LatestBlockTime = 10, time.Now().AddDate(100, 0, 0)
			return &s, nil
		}}
		found := p.examine()
		p.finds(found, "clock", VerdictOK, "", "")
		p.finds(found, "endpoint "+p.urls[0], VerdictOK, "", "")
		p.finds(found, "endpoint "+p.urls[1], VerdictWarning, "ahead of this device's clock", "")
	})
	t.Run("failure: ahead of the endpoints' clocks", func(t *testing.T) {
		p := newPlace(t)
		p.now = func() time.Time { return time.Now().Add(time.Hour) }
		p.finds(p.examine(), "clock", VerdictWrong, "ahead of the endpoints' clocks", "timedatectl")
	})
	t.Run("failure: went backwards, without any network", func(t *testing.T) {
		p := newPlace(t)
		p.save(slots.Order{}, reference)
		t.Setenv("ASSAY_SIDECAR_CHAIN_ENDPOINTS", "http://"+dead(t))
		p.now = func() time.Time { return time.Now().Add(-48 * time.Hour) }
		p.finds(p.examine(), "clock", VerdictWrong, "before a header that was verified", "timedatectl")
	})
}

func TestDoctorSlots(t *testing.T) {
	spec := func(p *place, number string) *slots.Spec {
		s, err := chain.Spec(p.release(number))
		require.NoError(p.t, err)
		return s
	}
	t.Run("success: served after a restart", func(t *testing.T) {
		p := newPlace(t)
		p.save(slots.Order{Version: spec(p, "1.0.0")}, reference)
		found := p.examine()
		p.finds(found, "state of vibration", VerdictOK, "@1.0.0 is served after a restart", "")
		p.finds(found, "artifacts", VerdictOK, "in use", "")
	})
	t.Run("failure: a file rotted", func(t *testing.T) {
		p := newPlace(t)
		s := spec(p, "1.0.0")
		p.save(slots.Order{Version: s}, reference)
		path := artifacts.Path(p.config().Artifacts.Dir, s.Needs()[0].Digest)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		data[0] ^= 1
		require.NoError(t, os.WriteFile(path, data, 0o600))
		p.finds(p.examine(), "state of vibration", VerdictWrong, "digest mismatch", "restart the sidecar with the network")
		require.FileExists(t, path)
	})
	t.Run("failure: a file is gone", func(t *testing.T) {
		p := newPlace(t)
		s := spec(p, "1.0.0")
		p.save(slots.Order{Version: s}, reference)
		require.NoError(t, os.Remove(artifacts.Path(p.config().Artifacts.Dir, s.Needs()[0].Digest)))
		p.finds(p.examine(), "state of vibration", VerdictWrong, "not in the store", "restart")
	})
	t.Run("failure: the candidate failed", func(t *testing.T) {
		p := newPlace(t)
		p.save(slots.Order{Candidate: spec(p, "1.1.0"), Number: 4, Generation: 1, Weight: 10}, func([]byte, map[string]string) (slots.Engine, error) {
			return nil, errors.New("bad node")
		})
		found := p.examine()
		p.finds(found, "state of vibration", VerdictWrong, "candidate "+placeModel+"@1.1.0 failed: load: bad node", "runtime.provider")
		p.finds(found, "state of vibration", VerdictWarning, "a restart serves nothing", "")
	})
	t.Run("failure: the store is full of what is in use", func(t *testing.T) {
		p := newPlace(t)
		s := spec(p, "1.0.0")
		p.save(slots.Order{Version: s}, reference)
		d := &doctor{config: p.config(), now: time.Now}
		kept, largest := d.inUse()
		require.Equal(t, kept, largest)
		d.config.Artifacts.Limit.Bytes = kept + largest
		require.Equal(t, VerdictOK, d.checkStore(artifacts.Usage{Bytes: kept}).Verdict)
		require.Equal(t, VerdictWarning, d.checkStore(artifacts.Usage{Bytes: kept + largest}).Verdict)
		d.config.Artifacts.Limit.Bytes--
		f := d.checkStore(artifacts.Usage{Bytes: kept})
		require.Equal(t, VerdictWrong, f.Verdict)
		require.Contains(t, f.Hint, "artifacts.limit: raise it to 1MiB or more")
	})
}

func TestDoctorDisk(t *testing.T) {
	d := &doctor{}
	free, err := freeBytes(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, free)
	require.Equal(t, VerdictWarning, d.checkDisk("disk", t.TempDir(), 1<<60).Verdict)
	deep, err := freeBytes(t.TempDir() + "/not/there")
	require.NoError(t, err)
	require.Positive(t, deep)
}

// A running sidecar is asked, its state left alone.
func TestDoctorRunning(t *testing.T) {
	p := newPlace(t)
	p.enrol(fleettypes.Device{Confirmed: true, Standing: fleettypes.StandingActive}, "*")
	p.chain.Advance(2)
	stop := p.start()
	found := p.examine()
	p.finds(found, "sidecar", VerdictOK, "runs for", "")
	p.finds(found, "api.socket", VerdictOK, "answers", "")
	p.finds(found, "api.grpc_socket", VerdictOK, "answers", "")
	p.finds(found, "journal", VerdictOK, "0 entries", "")
	p.finds(found, "enrolment", VerdictOK, "confirmed, active", "")
	p.finds(found, "model vibration", VerdictWarning, "the chain ordered nothing yet", "")
	for _, command := range [][]string{
		{"trust", "set", "--height", "4", "--hash", strings.Repeat("ab", 32)}, {"trust", "resume"}, {"bundle", "apply", "nothing"},
	} {
		status, _, errs := p.run(command...)
		require.Equal(t, 1, status)
		require.Contains(t, errs, "the sidecar runs", command)
		require.Contains(t, errs, "hint: stop it first: systemctl stop assay-sidecar", command)
	}
	require.Contains(t, p.must("trust", "show"), "verified head  height 12")
	stop()
	p.finds(p.examine(), "sidecar", VerdictWarning, "does not run", "systemctl start")
}

// start runs a sidecar until stop is called, and returns when it has verified state.
func (p *place) start() (stop func()) {
	p.t.Helper()
	d, err := New(p.config(), slogTo(p.t))
	require.NoError(p.t, err)
	seen := make(chan struct{}, 1)
	tell := d.follower.onState
	d.follower.onState = func(s chain.State) {
		tell(s)
		select {
		case seen <- struct{}{}:
		default:
		}
	}
	ctx, cancel := context.WithCancel(p.t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	select {
	case <-seen:
	case err := <-done:
		p.t.Fatal(err)
	}
	return func() { cancel(); require.NoError(p.t, <-done) }
}

func TestJudgeUnit(t *testing.T) {
	for name, tc := range map[string]struct {
		shown   string
		verdict Verdict
	}{
		"success: active":               {"ActiveState=active\nSubState=running\nUnitFileState=enabled\nNRestarts=0\n", VerdictOK},
		"failure: failed":               {"ActiveState=failed\nSubState=failed\nUnitFileState=enabled\nResult=exit-code\n", VerdictWrong},
		"failure: starts again":         {"ActiveState=activating\nSubState=auto-restart\nUnitFileState=enabled\nResult=signal\nNRestarts=9\n", VerdictWrong},
		"failure: masked":               {"ActiveState=inactive\nUnitFileState=masked\n", VerdictWrong},
		"failure: not with the machine": {"ActiveState=active\nSubState=running\nUnitFileState=disabled\n", VerdictWarning},
		"failure: stopped":              {"ActiveState=inactive\nSubState=dead\nUnitFileState=enabled\n", VerdictWarning},
		"failure: nothing":              {"", VerdictWarning},
	} {
		require.Equal(t, tc.verdict, judgeUnit(tc.shown).Verdict, name)
	}
}

func TestCheckEnvironment(t *testing.T) {
	file := "# ASSAY_A=1\nASSAY_B=\"two\"\n ASSAY_C=3\nOTHER=4\nASSAY_SIDECAR_DEVICE_MEMO=secret\n"
	require.Empty(t, checkEnvironment(file, []string{"ASSAY_B=two", "ASSAY_C=3", "ASSAY_SIDECAR_DEVICE_MEMO=secret"}))
	found := checkEnvironment(file, []string{"ASSAY_B=three", "ASSAY_C=3"})
	require.Len(t, found, 1)
	require.Contains(t, found[0].Text, "ASSAY_B, ASSAY_SIDECAR_DEVICE_MEMO")
	require.NotContains(t, found[0].Text, "secret")
}

// What others wrote, such as an endpoint's error, does not look like a finding.
func TestPrintFindings(t *testing.T) {
	var out bytes.Buffer
	printFindings(&out, []Finding{wrong("endpoint a", "does not answer: %s", "x\nok           endpoint b  fine\x1b[2J"+strings.Repeat("é", 5000)).means("m").hint("h")})
	lines := strings.Split(out.String(), "\n")
	require.Len(t, lines, 6)
	require.Contains(t, lines[0], "wrong        endpoint a  does not answer: x; ok")
	require.NotContains(t, lines[0], "\x1b")
	require.LessOrEqual(t, len(lines[0]), maxLine+100)
	require.Equal(t, "0 ok, 0 warning, 1 wrong, 0 not checked", lines[4])
}

// An answer that is too long is none, however well-formed.
func TestSurveyBounds(t *testing.T) {
	p := newPlace(t)
	p.nodes[0].Methods = map[string]chaintest.Method{"status": func(chaintest.Params) (any, error) {
		info := p2p.DefaultNodeInfo{Network: "plant-7", Moniker: strings.Repeat("x", maxAnswer)}
		return &coretypes.ResultStatus{NodeInfo: info, SyncInfo: coretypes.SyncInfo{LatestBlockHeight: 10, LatestBlockTime: time.Now()}}, nil
	}}
	found := p.examine()
	p.finds(found, "endpoint "+p.urls[0], VerdictWrong, "does not answer", "chain.endpoints")
	p.finds(found, "endpoint "+p.urls[1], VerdictOK, "height", "")
}
