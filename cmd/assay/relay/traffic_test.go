package relay

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNextStep(t *testing.T) {
	p := packetFrom(hereID, thereID, 1) // its time is over at second 1000
	for _, tc := range []struct {
		name string
		at   time.Time
		want step
	}{
		{"success: in time", time.Unix(900, 0), stepReceive},
		{"success: in the last moment", time.Unix(999, 999_999_999), stepReceive},
		{"success: the second that is named is too late", time.Unix(1000, 0), stepTimeout},
		{"success: long over", time.Unix(5000, 0), stepTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, nextStep(p, tip{height: 9, time: tc.at}))
		})
	}
}

func TestSets(t *testing.T) {
	require.Equal(t, []uint64{2, 5}, intersect([]uint64{1, 2, 5}, []uint64{2, 3, 5, 9}))
	require.Equal(t, []uint64{1}, without([]uint64{1, 2, 5}, []uint64{2, 3, 5, 9}))
	require.Empty(t, intersect(nil, []uint64{1}))
	require.Equal(t, []uint64{1}, without([]uint64{1}, nil))
}
