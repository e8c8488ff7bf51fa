package types_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/fleet/types"
)

func TestNormalizeAllow(t *testing.T) {
	limits := types.DefaultParams()
	limits.MaxAllowEntries = 3
	longest := "a" + strings.Repeat("b", 39)
	longestSource := strings.Repeat("c", 62) + "-0"
	for _, tc := range []struct {
		name    string
		entries []string
		want    []string
		err     error
	}{
		{name: "success: none", want: nil},
		{name: "success: everything", entries: []string{"*"}, want: []string{"*"}},
		{name: "success: sorted", entries: []string{"globex", "acme/wear", "acme"}, want: []string{"acme", "acme/wear", "globex"}},
		{name: "success: longest names", entries: []string{longest + "/" + longest}, want: []string{longest + "/" + longest}},
		{name: "success: of other chains", entries: []string{"channel-7:acme/wear", "channel-7:acme", "acme"}, want: []string{"acme", "channel-7:acme", "channel-7:acme/wear"}},
		{name: "success: of a client", entries: []string{"07-tendermint-3:acme"}, want: []string{"07-tendermint-3:acme"}},
		{name: "success: longest source and names", entries: []string{longestSource + ":" + longest + "/" + longest}, want: []string{longestSource + ":" + longest + "/" + longest}},
		{name: "failure: source too long", entries: []string{"c" + longestSource + ":acme"}, err: types.ErrInvalidPolicy},
		{name: "failure: empty source", entries: []string{":acme"}, err: types.ErrInvalidPolicy},
		{name: "failure: source alone", entries: []string{"channel-7:"}, err: types.ErrInvalidPolicy},
		{name: "failure: source without a number", entries: []string{"channel:acme"}, err: types.ErrInvalidPolicy},
		{name: "failure: source with a leading zero", entries: []string{"channel-07:acme"}, err: types.ErrInvalidPolicy},
		{name: "failure: source of a source", entries: []string{"channel-7:channel-8:acme"}, err: types.ErrInvalidPolicy},
		{name: "failure: source of the model", entries: []string{"acme/channel-7:wear"}, err: types.ErrInvalidPolicy},
		{name: "failure: everything of a source", entries: []string{"channel-7:*"}, err: types.ErrInvalidPolicy},
		{name: "failure: a version of a source", entries: []string{"channel-7:acme/wear@1.0.0"}, err: types.ErrInvalidPolicy},
		{name: "failure: too many", entries: []string{"abc", "abd", "abe", "abf"}, err: types.ErrInvalidPolicy},
		{name: "failure: repeated", entries: []string{"acme", "globex", "acme"}, err: types.ErrInvalidPolicy},
		{name: "failure: everything and more", entries: []string{"acme", "*"}, err: types.ErrInvalidPolicy},
		{name: "failure: everything twice", entries: []string{"*", "*"}, err: types.ErrInvalidPolicy},
		{name: "failure: empty", entries: []string{""}, err: types.ErrInvalidPolicy},
		{name: "failure: short name", entries: []string{"ab"}, err: types.ErrInvalidPolicy},
		{name: "failure: long name", entries: []string{longest + "b"}, err: types.ErrInvalidPolicy},
		{name: "failure: very long", entries: []string{strings.Repeat("a", 1000)}, err: types.ErrInvalidPolicy},
		{name: "failure: no model", entries: []string{"acme/"}, err: types.ErrInvalidPolicy},
		{name: "failure: no publisher", entries: []string{"/wear"}, err: types.ErrInvalidPolicy},
		{name: "failure: a star for a model", entries: []string{"acme/*"}, err: types.ErrInvalidPolicy},
		{name: "failure: a version", entries: []string{"acme/wear@1.0.0"}, err: types.ErrInvalidPolicy},
		{name: "failure: two slashes", entries: []string{"acme/wear/x"}, err: types.ErrInvalidPolicy},
		{name: "failure: digit first", entries: []string{"1acme"}, err: types.ErrInvalidPolicy},
		{name: "failure: hyphen last", entries: []string{"acme-"}, err: types.ErrInvalidPolicy},
		{name: "failure: upper case", entries: []string{"Acme"}, err: types.ErrInvalidPolicy},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := types.NormalizeAllow(tc.entries, limits)
			require.ErrorIs(t, err, tc.err)
			if tc.err == nil {
				require.Equal(t, tc.want, got)
			}
		})
	}
}

func TestFleetAllows(t *testing.T) {
	for _, tc := range []struct {
		allow            []string
		publisher, model string
		want             bool
		err              error
	}{
		{allow: nil, publisher: "acme", model: "wear"},
		{allow: []string{"*"}, publisher: "acme", model: "wear", want: true},
		{allow: []string{"acme"}, publisher: "acme", model: "wear", want: true},
		{allow: []string{"acme"}, publisher: "acme2", model: "wear"},
		{allow: []string{"acme"}, publisher: "acm", model: "wear", want: false},
		{allow: []string{"acme/wear"}, publisher: "acme", model: "wear", want: true},
		{allow: []string{"acme/wear"}, publisher: "acme", model: "wear2"},
		{allow: []string{"acme/wear"}, publisher: "acme/wear", model: "wear", err: types.ErrInvalidModel},
		{allow: []string{"*"}, publisher: "channel-7:acme", model: "wear", want: true},
		{allow: []string{"channel-7:acme"}, publisher: "channel-7:acme", model: "wear", want: true},
		{allow: []string{"channel-7:acme/wear"}, publisher: "channel-7:acme", model: "wear", want: true},
		{allow: []string{"channel-7:acme/wear"}, publisher: "channel-7:acme", model: "pump"},
		{allow: []string{"channel-7:acme"}, publisher: "channel-77:acme", model: "wear"},
		{allow: []string{"channel-7:acme"}, publisher: "07-tendermint-7:acme", model: "wear"},
		{allow: []string{"channel-7:acme", "channel-7:acme/wear"}, publisher: "acme", model: "wear"},
		{allow: []string{"acme", "acme/wear"}, publisher: "channel-7:acme", model: "wear"},
		{allow: []string{"*"}, publisher: ":acme", model: "wear", err: types.ErrInvalidModel},
		{allow: []string{"*"}, publisher: "acme:acme", model: "wear", err: types.ErrInvalidModel},
		{allow: []string{"*"}, publisher: "channel-7:", model: "wear", err: types.ErrInvalidModel},
		{allow: []string{"*"}, publisher: "channel-7:acme", model: "channel-7:wear", err: types.ErrInvalidModel},
		{allow: []string{"*"}, publisher: "channel-7:" + strings.Repeat("A", 300), model: "wear", err: types.ErrInvalidModel},
		{allow: []string{"*"}, publisher: "acme", model: "", err: types.ErrInvalidModel},
		{allow: []string{"*"}, publisher: strings.Repeat("A", 100), model: "wear", err: types.ErrInvalidModel},
	} {
		t.Run(fmt.Sprintf("%v %s/%s", tc.allow, tc.publisher, tc.model), func(t *testing.T) {
			got, err := types.Fleet{Allow: tc.allow}.Allows(tc.publisher, tc.model)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, tc.want, got)
		})
	}
}
