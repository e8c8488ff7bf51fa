package lightclient

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCache(t *testing.T) {
	one := cost(cacheKey(1, "s", []byte("0")), Proven{Value: make([]byte, 10)})
	c := newCache(3 * one)
	for i := range 3 {
		c.put(1, "s", fmt.Append(nil, i), Proven{Found: true, Value: make([]byte, 10)})
	}
	has := func(height int64, store string, i int) bool {
		_, ok := c.get(height, store, fmt.Append(nil, i))
		return ok
	}
	require.True(t, has(1, "s", 0))
	require.False(t, has(2, "s", 0), "another height")
	require.False(t, has(1, "t", 0), "another store")

	// The least recently used gives way: 1, since 0 was looked at.
	c.put(1, "s", []byte("3"), Proven{Value: make([]byte, 10)})
	require.Equal(t, []bool{true, false, true, true}, []bool{has(1, "s", 0), has(1, "s", 1), has(1, "s", 2), has(1, "s", 3)})
	require.LessOrEqual(t, c.size, c.limit)

	// Again is no more, and what is larger than the cache is not kept.
	c.put(1, "s", []byte("3"), Proven{Value: make([]byte, 10)})
	require.Equal(t, 3*one, c.size)
	c.put(1, "s", []byte("4"), Proven{Left: &Entry{Value: make([]byte, 4*one)}})
	require.False(t, has(1, "s", 4))
	require.Equal(t, 3*one, c.size)

	c.clear()
	require.False(t, has(1, "s", 3))
	require.Zero(t, c.size)
	require.Zero(t, c.order.Len())
}

func TestChoose(t *testing.T) {
	a, b, c := &endpoint{name: "a"}, &endpoint{name: "b"}, &endpoint{name: "c"}
	for _, tc := range []struct {
		name    string
		heights [3]int64
		alone   bool
		want    *plan
	}{
		{"success: all at one height", [3]int64{12, 12, 12}, false, &plan{primary: a, witnesses: []*endpoint{b, c}, target: 12}},
		{"success: the primary is ahead", [3]int64{15, 12, 13}, false, &plan{primary: a, witnesses: []*endpoint{c}, target: 13}},
		{"success: the primary is behind", [3]int64{11, 12, 13}, false, &plan{primary: a, witnesses: []*endpoint{b, c}, target: 11}},
		{"success: the first has nothing new", [3]int64{10, 12, 13}, false, &plan{primary: b, witnesses: []*endpoint{c}, target: 12}},
		{"success: nothing new", [3]int64{10, 9, 10}, false, nil},
		{"failure: one is ahead of all", [3]int64{10, 9, 1 << 60}, false, &plan{primary: c}},
		{"success: one is ahead and may go alone", [3]int64{10, 9, 12}, true, &plan{primary: c, target: 12}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			heights := map[*endpoint]int64{a: tc.heights[0], b: tc.heights[1], c: tc.heights[2]}
			require.Equal(t, tc.want, choose([]*endpoint{a, b, c}, heights, 10, tc.alone))
		})
	}
}
