package types_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/fleet/types"
)

func TestNormalizeLabels(t *testing.T) {
	limits := types.DefaultParams()
	limits.MaxLabels, limits.MaxLabelBytes = 3, 12
	for _, tc := range []struct {
		name   string
		labels []string
		want   []string
		err    error
	}{
		{name: "success: none", want: nil},
		{name: "success: sorted by key", labels: []string{"b=1", "a.b=2", "a=3"}, want: []string{"a=3", "a.b=2", "b=1"}},
		{name: "success: empty value", labels: []string{"a="}, want: []string{"a="}},
		{name: "success: key of one digit", labels: []string{"1=2"}, want: []string{"1=2"}},
		{name: "success: every mark", labels: []string{"a._-/z=._-/:@+"[:12]}, want: []string{"a._-/z=._-/:"}},
		{name: "success: longest", labels: []string{"key=12345678"}, want: []string{"key=12345678"}},
		{name: "failure: too long", labels: []string{"key=123456789"}, err: types.ErrInvalidLabels},
		{name: "failure: too many", labels: []string{"a=1", "b=1", "c=1", "d=1"}, err: types.ErrInvalidLabels},
		{name: "failure: one key twice", labels: []string{"a=1", "b=1", "a=2"}, err: types.ErrInvalidLabels},
		{name: "failure: no value", labels: []string{"a"}, err: types.ErrInvalidLabels},
		{name: "failure: no key", labels: []string{"=1"}, err: types.ErrInvalidLabels},
		{name: "failure: empty", labels: []string{""}, err: types.ErrInvalidLabels},
		{name: "failure: upper case key", labels: []string{"A=1"}, err: types.ErrInvalidLabels},
		{name: "failure: key starts with a mark", labels: []string{".a=1"}, err: types.ErrInvalidLabels},
		{name: "failure: key ends with a mark", labels: []string{"a-=1"}, err: types.ErrInvalidLabels},
		{name: "failure: space in value", labels: []string{"a=1 2"}, err: types.ErrInvalidLabels},
		{name: "failure: = in value", labels: []string{"a=1=2"}, err: types.ErrInvalidLabels},
		{name: "failure: NUL in value", labels: []string{"a=\x00"}, err: types.ErrInvalidLabels},
		{name: "failure: not ASCII", labels: []string{"a=ü"}, err: types.ErrInvalidLabels},
		{name: "failure: not UTF-8", labels: []string{"a=\xff"}, err: types.ErrInvalidLabels},
	} {
		t.Run(tc.name, func(t *testing.T) {
			given := slices.Clone(tc.labels)
			got, err := types.NormalizeLabels(tc.labels, limits)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, given, tc.labels, "argument changed")
			if tc.err == nil {
				require.Equal(t, tc.want, got)
			}
		})
	}
}

// A label that parses is made of its key and value again, and has nothing in it that the index key could confuse.
func FuzzParseLabel(f *testing.F) {
	for _, seed := range []string{"", "=", "a=", "site=bremen", "a.b/c=1:2@x+y", "a=b=c", "A=1", "a=\x00", "\xff=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, label string) {
		key, value, err := types.ParseLabel(label)
		if err != nil {
			require.ErrorIs(t, err, types.ErrInvalidLabels)
			return
		}
		require.Equal(t, label, fmt.Sprintf("%s=%s", key, value))
		require.False(t, strings.ContainsAny(key+value, "=\x00 \n"))
	})
}
