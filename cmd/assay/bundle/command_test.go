package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

var deviceAddress = bytes.Repeat([]byte{0xAB}, fleettypes.DeviceAddressBytes)

type record interface{ Marshal() ([]byte, error) }

func set(t *testing.T, c *chaintest.Chain, store string, key []byte, err error, value record) {
	t.Helper()
	require.NoError(t, err)
	raw, err := value.Marshal()
	require.NoError(t, err)
	c.Set(store, key, raw)
}

// serve makes a chain whose fleet 1 has a device and a rollout of acme/vibration under way, and serves it.
func serve(t *testing.T) (*chaintest.Chain, string) {
	t.Helper()
	c := chaintest.New(chaintest.Options{Start: time.Now().Add(-time.Hour)})
	address, err := sdk.Bech32ifyAddressBytes(prefix, deviceAddress)
	require.NoError(t, err)
	key, err := fleettypes.DeviceByAddressStoreKey(deviceAddress)
	require.NoError(t, err)
	c.Set(fleettypes.StoreKey, key, binary.BigEndian.AppendUint64(nil, 7))
	key, err = fleettypes.DeviceStoreKey(7)
	set(t, c, fleettypes.StoreKey, key, err, &fleettypes.Device{Id: 7, FleetId: 1, Address: address, Standing: fleettypes.StandingActive, Confirmed: true})
	for _, number := range []string{"1.0.0", "2.0.0"} {
		id := "acme/vibration@" + number
		key, err = registrytypes.VersionStoreKey(id)
		set(t, c, registrytypes.StoreKey, key, err, &registrytypes.Version{Id: id, Publisher: "acme", Model: "vibration", Number: number})
	}
	key, err = rollouttypes.AssignmentStoreKey(1, "acme/vibration")
	set(t, c, rollouttypes.StoreKey, key, err, &rollouttypes.Assignment{Fleet: 1, Model: "acme/vibration", Version: "acme/vibration@1.0.0", Number: 3})
	key, err = rollouttypes.ZoneRolloutStoreKey(3)
	set(t, c, rollouttypes.StoreKey, key, err, &rollouttypes.ZoneRollout{
		Number: 3, Version: "acme/vibration@2.0.0", Phase: rollouttypes.PhaseCanary, Standing: rollouttypes.StandingAccepted,
		Steps: []rollouttypes.Step{{Weight: 10}}, Step: 0, Generation: 2,
	})
	c.Advance(100)
	server := httptest.NewServer(chaintest.NewNode(c))
	t.Cleanup(server.Close)
	return c, server.URL
}

func run(args ...string) (string, error) {
	cmd := Command()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.PersistentFlags().Bool("json", false, "")
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.Execute()
	return out.String(), err
}

func TestMakeAndVerify(t *testing.T) {
	c, url := serve(t)
	root, err := c.LightBlock(3)
	require.NoError(t, err)
	trust := []string{"--trust-height", "3", "--trust-hash", fmt.Sprintf("%X", root.Hash())}
	address, err := sdk.Bech32ifyAddressBytes(prefix, deviceAddress)
	require.NoError(t, err)
	for _, tc := range []struct {
		name string
		args []string
		want []string
		not  []string
	}{
		{"success: device", []string{"--device", address}, []string{
			"7 of fleet 1", `version "acme/vibration@1.0.0", candidate "acme/vibration@2.0.0" with 10 per cent`, "acme/vibration@2.0.0, 0 artifacts, yanked: false",
		}, nil},
		{"success: fleet and model", []string{"--fleet", "1", "--model", "acme/vibration"}, []string{`candidate "acme/vibration@2.0.0"`}, []string{"7 of fleet 1"}},
		{"success: absent model", []string{"--fleet", "1", "--model", "acme/other"}, []string{"absent"}, []string{"candidate"}},
		{"success: version", []string{"--version", "acme/vibration@1.0.0"}, []string{"acme/vibration@1.0.0, 0 artifacts"}, []string{"candidate"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "f.bundle")
			made, err := run(append(append([]string{"make", "--node", url, "--chain-id", c.ID(), "--out", file}, trust...), tc.args...)...)
			require.NoError(t, err)
			verified, err := run(append([]string{"verify", file}, trust...)...)
			require.NoError(t, err)
			for _, w := range tc.want {
				require.Contains(t, made, w)
				require.Contains(t, verified, w)
			}
			for _, n := range tc.not {
				require.NotContains(t, verified, n)
			}
			asJSON, err := run(append([]string{"verify", file, "--json"}, trust...)...)
			require.NoError(t, err)
			require.Contains(t, asJSON, `"chain_id": "chaintest-1"`)
		})
	}
}

func TestRefused(t *testing.T) {
	c, url := serve(t)
	root, err := c.LightBlock(3)
	require.NoError(t, err)
	hash := fmt.Sprintf("%X", root.Hash())
	file := filepath.Join(t.TempDir(), "f.bundle")
	with := func(args ...string) []string {
		return append([]string{"make", "--node", url, "--chain-id", c.ID(), "--out", file, "--trust-height", "3", "--trust-hash", hash}, args...)
	}
	_, err = run(with()...)
	require.NoError(t, err)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	broken := filepath.Join(t.TempDir(), "broken.bundle")
	raw[len(raw)/2] ^= 1
	require.NoError(t, os.WriteFile(broken, raw, 0o600))
	for _, tc := range []struct {
		name string
		args []string
		want error  // nil: the text alone
		text string // a part of the error
	}{
		{"failure: unknown version", with("--version", "acme/vibration@9.0.0"), nil, "not on record"},
		{"failure: version id", with("--version", "acme"), registrytypes.ErrInvalidVersionID, "acme"},
		{"failure: unknown device", with("--device", sdk.MustBech32ifyAddressBytes(prefix, bytes.Repeat([]byte{1}, 20))), nil, "no confirmed device"},
		{"failure: address", with("--device", "cosmos1qqqq"), nil, "--device"},
		{"failure: model without fleet", with("--model", "acme/vibration"), nil, "--fleet"},
		{"failure: trust period", with("--trust-period", "504h"), lightclient.ErrTrustPeriod, ""},
		{"failure: folder", with("--out", filepath.Join(file, "x")), nil, "not a directory"},
		{"failure: other hash", []string{"verify", file, "--trust-height", "3", "--trust-hash", fmt.Sprintf("%064d", 1)}, lightclient.ErrTrust, ""},
		{"failure: other height", []string{"verify", file, "--trust-height", "4", "--trust-hash", hash}, lightclient.ErrBundleGap, ""},
		{"failure: short hash", []string{"verify", file, "--trust-height", "3", "--trust-hash", "AB"}, nil, "64 hexadecimal digits"},
		{"failure: height", []string{"verify", file, "--trust-height", "0", "--trust-hash", hash}, nil, "1 or more"},
		{"failure: later", []string{"verify", file, "--trust-height", "3", "--trust-hash", hash, "--at", "2100-01-01T00:00:00Z"}, lightclient.ErrTrustExpired, ""},
		{"failure: time", []string{"verify", file, "--trust-height", "3", "--trust-hash", hash, "--at", "now"}, nil, "--at"},
		{"failure: broken", []string{"verify", broken, "--trust-height", "3", "--trust-hash", hash}, nil, "broken.bundle"},
		{"failure: no file", []string{"verify", file + "x", "--trust-height", "3", "--trust-hash", hash}, os.ErrNotExist, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := run(tc.args...)
			require.ErrorContains(t, err, tc.text)
			if tc.want != nil {
				require.ErrorIs(t, err, tc.want)
			}
			left, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".bundle-*"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}
