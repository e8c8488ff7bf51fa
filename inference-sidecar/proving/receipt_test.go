package proving

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/journal"
	"github.com/assay-chain/assay/statement"
)

func receiptOf(t testing.TB, output int) *Receipt {
	t.Helper()
	e := journal.Entry{ID: journal.ID{1, 2}, Version: "acme/m@1.0.0", Input: []byte("input"), Output: make([]byte, output), Time: epoch}
	r, err := NewReceipt(testChain, "assay1qqqq", &e)
	require.NoError(t, err)
	return r
}

func TestReceipt(t *testing.T) {
	digest, err := statement.Digest([]byte("input"))
	require.NoError(t, err)
	b := digest.Bytes()
	r := receiptOf(t, 4)
	require.Equal(t, b[:], r.InputDigest)
	require.Equal(t, make([]byte, 4), r.Output)
	require.Empty(t, r.OutputSHA256)
	long := receiptOf(t, MaxReceiptOutput+1)
	require.Empty(t, long.Output)
	require.Len(t, long.OutputSHA256, 32)
	for _, r := range []*Receipt{r, long, receiptOf(t, MaxReceiptOutput)} {
		text, err := json.Marshal(r)
		require.NoError(t, err)
		got, err := DecodeReceipt(text)
		require.NoError(t, err)
		require.Equal(t, r, got)
	}
	require.NotEqual(t, NewID(), NewID())
}

func TestReceiptRefused(t *testing.T) {
	for name, change := range map[string]func(r *Receipt){
		"failure: no chain":         func(r *Receipt) { r.ChainID = "" },
		"failure: no device":        func(r *Receipt) { r.Device = "" },
		"failure: short nonce":      func(r *Receipt) { r.Nonce = r.Nonce[1:] },
		"failure: digest too large": func(r *Receipt) { r.InputDigest = []byte(strings.Repeat("\xff", 32)) },
		"failure: no output":        func(r *Receipt) { r.Output = nil },
		"failure: both outputs":     func(r *Receipt) { r.OutputSHA256 = make([]byte, 32) },
		"failure: short sha256":     func(r *Receipt) { r.Output, r.OutputSHA256 = nil, make([]byte, 31) },
		"failure: no time":          func(r *Receipt) { r.Time = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			r := receiptOf(t, 4)
			change(r)
			require.Error(t, r.Validate())
		})
	}
	for name, text := range map[string]string{
		"failure: unknown field": `{"chain_id":"a","more":1}`, "failure: trailing": `{} {}`, "failure: not json": `[`, "failure: empty": `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeReceipt([]byte(text))
			require.Error(t, err)
		})
	}
	_, err := NewReceipt(testChain, "d", &journal.Entry{Version: "v", Time: epoch})
	require.ErrorIs(t, err, statement.ErrSize)
}

func FuzzDecodeReceipt(f *testing.F) {
	text, err := json.Marshal(receiptOf(f, 4))
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := DecodeReceipt(data)
		if err != nil {
			return
		}
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkReceipt is dominated by Poseidon2 over the input.
func BenchmarkReceipt(b *testing.B) {
	for _, size := range []int{64, 640, 3072, 27_648, 150_528} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			e := journal.Entry{ID: journal.ID{1}, Version: "acme/m@1.0.0", Input: make([]byte, size), Output: make([]byte, 4), Time: epoch}
			for b.Loop() {
				if _, err := NewReceipt(testChain, "assay1qqqq", &e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
