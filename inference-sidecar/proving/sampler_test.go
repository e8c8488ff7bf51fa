package proving

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is a clock that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func sampler(t *testing.T, s Sampling, c *clock, random func() float64) *Sampler {
	t.Helper()
	out, err := NewSampler(s, c.Now, random)
	require.NoError(t, err)
	return out
}

func TestSample(t *testing.T) {
	values := func(v ...float64) func() float64 {
		return func() float64 {
			next := v[0]
			v = append(v[1:], next)
			return next
		}
	}
	for _, tc := range []struct {
		name     string
		sampling Sampling
		random   func() float64
		step     time.Duration
		want     string // one digit for each result
	}{
		{"success: nothing", Sampling{}, values(0), time.Second, "000000"},
		{"success: the first", Sampling{First: 2}, values(0), time.Second, "110000"},
		{"success: a share", Sampling{Share: 0.25}, values(0.9, 0.2, 0.3, 0.25, 0.1), time.Second, "010010"},
		{"success: all", Sampling{Share: 1}, values(0.999), 0, "111111"},
		{"success: the first, then a share", Sampling{First: 1, Share: 0.5}, values(0.6, 0.4), time.Second, "101010"},
		{"success: not more often than the interval", Sampling{First: 9, MinInterval: 2 * time.Second}, values(0), time.Second, "101010"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &clock{epoch}
			s := sampler(t, tc.sampling, c, tc.random)
			got := ""
			for range len(tc.want) {
				if s.Sample("v") {
					got += "1"
				} else {
					got += "0"
				}
				c.now = c.now.Add(tc.step)
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestSampleVersionsApart(t *testing.T) {
	c := &clock{epoch}
	s := sampler(t, Sampling{First: 1, MinInterval: time.Hour}, c, func() float64 { return 0.5 })
	require.True(t, s.Sample("a"))
	require.True(t, s.Sample("b"))
	require.False(t, s.Sample("a"))
	for n := range 3 * maxVersions { // remembers a bounded number
		c.now = c.now.Add(1)
		s.Sample(fmt.Sprint(n))
	}
	require.Len(t, s.versions, maxVersions)
}

func TestSampleClockBackward(t *testing.T) {
	c := &clock{epoch}
	s := sampler(t, Sampling{First: 9, MinInterval: time.Hour}, c, func() float64 { return 0.5 })
	require.True(t, s.Sample("a"))
	c.now = epoch.Add(-24 * time.Hour)
	require.True(t, s.Sample("a"), "a jump backward does not silence the sampler for a day")
	require.False(t, s.Sample("a"))
}

func TestRequestBounded(t *testing.T) {
	c := &clock{epoch}
	s := sampler(t, Sampling{Requests: 3, RequestInterval: time.Second}, c, func() float64 { return 0 })
	take := func() (n int) {
		for s.Request() {
			n++
		}
		return n
	}
	require.Equal(t, 3, take())
	c.now = c.now.Add(1500 * time.Millisecond)
	require.Equal(t, 1, take())
	c.now = c.now.Add(500 * time.Millisecond)
	require.Equal(t, 1, take(), "halves add up")
	c.now = c.now.Add(time.Hour)
	require.Equal(t, 3, take())
	c.now = c.now.Add(-time.Hour)
	require.Equal(t, 0, take())
}

func TestSamplingRefused(t *testing.T) {
	for _, s := range []Sampling{{First: -1}, {Share: -0.1}, {Share: 1.1}, {Share: math.NaN()}, {MinInterval: -1}, {Requests: -1}, {RequestInterval: -1}} {
		_, err := NewSampler(s, time.Now, func() float64 { return 0 })
		require.Error(t, err, "%+v", s)
	}
}

func TestBackoff(t *testing.T) {
	b := Backoff{Min: time.Second, Max: 5 * time.Second}
	for n, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 4: 5 * time.Second, 1 << 40: 5 * time.Second} {
		require.Equal(t, want/2, b.Delay(n, func() float64 { return 0 }), n)
		require.LessOrEqual(t, b.Delay(n, func() float64 { return 0.999 }), want, n)
	}
}
