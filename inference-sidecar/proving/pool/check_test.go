package pool

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/proving/pool/embedded"
)

func TestCheck(t *testing.T) {
	t.Run("success: an embedded server", func(t *testing.T) {
		s := server(t, embedded.Options{})
		require.NoError(t, Check(t.Context(), Connection{InProcess: s, Logger: logger(t)}, time.Minute))
	})
	t.Run("failure: nobody there", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.Error(t, Check(t.Context(), Connection{URL: "nats://" + l.Addr().String()}, time.Minute))
	})
	t.Run("failure: another token", func(t *testing.T) {
		s := server(t, embedded.Options{Token: "one", Listen: "127.0.0.1:0"})
		require.ErrorContains(t, Check(t.Context(), Connection{URL: s.ClientURL(), Token: "another"}, time.Minute), "Authorization Violation")
	})
	t.Run("failure: no address", func(t *testing.T) {
		require.Error(t, Check(t.Context(), Connection{}, time.Minute))
	})
}
