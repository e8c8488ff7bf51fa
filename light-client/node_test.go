package lightclient_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	lightclient "github.com/assay-chain/assay/light-client"
)

// TestNode follows a running chain of this repository, such as `make localnet` starts. It needs ASSAY_RPC, the RPC URLs of
// its nodes with commas between; state is read beside what the fleet module was given by hand.
func TestNode(t *testing.T) {
	endpoints := os.Getenv("ASSAY_RPC")
	if endpoints == "" {
		t.Skip("ASSAY_RPC is not set: no node to follow")
	}
	urls := strings.Split(endpoints, ",")
	trust, chainID := rootOf(t, urls[0], 5)
	ctx := t.Context()
	c, err := lightclient.Open(ctx, lightclient.Config{ChainID: chainID, Endpoints: urls, Trust: trust, Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	head, err := c.Update(ctx)
	require.NoError(t, err)
	require.Greater(t, head.Height, int64(5))
	t.Logf("head %d of %s, status %+v", head.Height, head.Time, c.Status())

	s, err := c.Snapshot(ctx)
	require.NoError(t, err)
	readAll(ctx, t, s)
}

func readAll(ctx context.Context, t *testing.T, s *lightclient.Snapshot) {
	t.Helper()
	for _, store := range []string{"registry", "rollout", "fleet", "proof", "staking"} {
		for _, prefix := range []byte{0, 10, 11, 20, 21, 22, 23, 24, 30, 31, 32, 33, 35, 37, 38, 50, 0x51, 255} {
			_, _, err := s.Read(ctx, store, []byte{prefix})
			require.NoError(t, err, "%s %d", store, prefix)
		}
		entries, more, err := s.Range(ctx, store, []byte{0}, []byte{255}, 50)
		require.NoError(t, err)
		t.Logf("%s: %d entries, more: %t", store, len(entries), more)
		for _, e := range entries {
			t.Logf("  %X = %d bytes", e.Key, len(e.Value))
		}
	}
	d, found, err := s.DeviceByID(ctx, 1)
	require.NoError(t, err)
	t.Logf("device 1: %t %+v", found, d)
	if found {
		address, err := sdk.GetFromBech32(d.Address, "assay")
		require.NoError(t, err)
		same, found, err := s.Device(ctx, address)
		require.NoError(t, err)
		require.Equal(t, d.Confirmed, found)
		if found {
			require.Equal(t, d, same)
		}
	}
	all, _, err := s.Directives(ctx, 1, 10)
	require.NoError(t, err)
	t.Logf("directives of fleet 1: %+v", all)
}

func rootOf(t *testing.T, url string, height int64) (lightclient.Trust, string) {
	t.Helper()
	res, err := http.Get(url + "/commit?height=" + strconv.FormatInt(height, 10))
	require.NoError(t, err)
	defer res.Body.Close()
	var got struct {
		Result struct {
			SignedHeader struct {
				Header struct {
					ChainID string `json:"chain_id"`
				} `json:"header"`
				Commit struct {
					BlockID struct {
						Hash string `json:"hash"`
					} `json:"block_id"`
				} `json:"commit"`
			} `json:"signed_header"`
		} `json:"result"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&got))
	hash, err := hex.DecodeString(got.Result.SignedHeader.Commit.BlockID.Hash)
	require.NoError(t, err)
	return lightclient.Trust{Height: height, Hash: hash}, got.Result.SignedHeader.Header.ChainID
}
