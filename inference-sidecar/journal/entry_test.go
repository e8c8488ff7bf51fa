package journal

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/journal/record"
)

func TestEntryRoundTrip(t *testing.T) {
	for _, e := range []Entry{entry(1), requested(2), {ID: ID{1}, Version: "v", Input: []byte{0}, Output: []byte{0}, Time: time.Unix(0, 1).UTC()}} {
		got, err := decodeEntry(encodeEntry(&e))
		require.NoError(t, err)
		require.Equal(t, e, got)
	}
}

func TestStateNames(t *testing.T) {
	require.Equal(t, "pending proving proved submitted failed", strings.Join(stateNames[1:], " "))
	require.Equal(t, "state 9", State(9).String())
}

func TestText(t *testing.T) {
	require.Len(t, text(errors.New(strings.Repeat("x", 9999)), ""), MaxReasonBytes)
	require.Equal(t, "unknown", text(nil, "unknown"))
}

func FuzzDecodeEntry(f *testing.F) {
	e := requested(1)
	f.Add(encodeEntry(&e))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decodeEntry(data)
		if err != nil {
			if !errors.Is(err, record.ErrMalformed) && !errors.Is(err, ErrEntry) {
				t.Fatalf("expected a sentinel, got %v", err)
			}
			return
		}
		if again := encodeEntry(&e); !bytes.Equal(again, data) {
			t.Fatalf("expected one encoding, got %x for %x", again, data)
		}
	})
}

func FuzzDecodeStanding(f *testing.F) {
	for _, s := range []standing{
		{id: ID{1}, state: Pending, version: "v"},
		{id: ID{1}, state: Proved, version: "v", proof: proof},
		{id: ID{1}, state: Submitted, version: "v", attestation: 1, settled: 2},
		{id: ID{1}, state: Failed, version: "v", reason: "r"},
	} {
		f.Add(encodeStanding(&s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decodeStanding(data)
		if err != nil {
			if !errors.Is(err, record.ErrMalformed) {
				t.Fatalf("expected a sentinel, got %v", err)
			}
			return
		}
		if again := encodeStanding(&s); !bytes.Equal(again, data) {
			t.Fatalf("expected one encoding, got %x for %x", again, data)
		}
	})
}
