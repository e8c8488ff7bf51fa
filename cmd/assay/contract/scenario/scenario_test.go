// Package scenario_test holds the reading of scenarios to its format: what is wrong is found, with its line, before anything
// runs. What scenarios do is tested in package contract.
package scenario_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/cmd/assay/contract/local"
	"github.com/assay-chain/assay/cmd/assay/contract/scenario"
	"github.com/assay-chain/assay/x/contract/values"
)

func TestParse(t *testing.T) {
	const before = "contract c c.wasm\n"
	for _, tc := range []struct {
		name, text string
		err        error
		says       string
	}{
		{name: "success: call", text: "init c by ann with 5uassay gas 7 : a \"b c\" : d"},
		{name: "success: no arguments", text: "query c"},
		{name: "success: Windows", text: "query c : value\r\n  ok\r\n"},
		{name: "success: expectations", text: "decide_step c : 1\n\tvote wait\n  fail abort x\n  event a b=c\n  state k v\n  gas <= 7"},
		{name: "failure: contract without file", text: "contract c", err: scenario.ErrSyntax, says: "s:2: expected contract NAME FILE"},
		{name: "failure: option without value", text: "init c by", err: scenario.ErrSyntax, says: "expected init NAME [by NAME]"},
		{name: "failure: arguments without colon", text: "query c value x", err: scenario.ErrSyntax, says: `option "value"`},
		{name: "failure: to is for migrate", text: "query c to x", err: scenario.ErrSyntax, says: `option "to"`},
		{name: "failure: migrate to nothing", text: "migrate c : x", err: scenario.ErrSyntax, says: "expected migrate NAME to FILE"},
		{name: "failure: no contract", text: "init : x", err: scenario.ErrSyntax, says: "expected init NAME"},
		{name: "failure: gas", text: "init c gas 0", err: scenario.ErrSyntax, says: `gas "0"`},
		{name: "failure: coins", text: "init c with 5", err: local.ErrCoins},
		{name: "failure: account", text: "account ann", err: scenario.ErrSyntax, says: "expected account NAME COINS"},
		{name: "failure: block 0", text: "block 0", err: scenario.ErrSyntax, says: `height "0"`},
		{name: "failure: time", text: "block 1 noon", err: scenario.ErrSyntax, says: `time "noon"`},
		{name: "failure: seconds", text: "block 1 +x", err: scenario.ErrSyntax, says: `time "+x"`},
		{name: "failure: record", text: "record", err: scenario.ErrSyntax, says: "expected record KIND"},
		{name: "failure: quotes", text: `init "c`, err: values.ErrArgument, says: "s:2: column 6"},
		{name: "failure: expectation of no call", text: "block 1\n  ok", err: scenario.ErrSyntax, says: `s:3: "ok" below "block"`},
		{name: "failure: kind", text: "query c\n  fail badly", err: scenario.ErrSyntax, says: `expectation "fail badly"`},
		{name: "failure: vote of a query", text: "query c\n  vote yes", err: scenario.ErrSyntax, says: `"vote yes" of query`},
		{name: "failure: wait is no answer", text: "allow_publish c\n  vote wait", err: scenario.ErrSyntax, says: `"vote wait"`},
		{name: "failure: gas above", text: "query c\n  gas >= 5", err: scenario.ErrSyntax, says: `"gas >= 5"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := scenario.Parse("s", []byte(before+tc.text))
			require.ErrorIs(t, err, tc.err)
			if tc.err != nil {
				require.ErrorContains(t, err, tc.says)
			}
		})
	}
}

// FuzzParse: any text is a scenario or an error of a kind that is documented, and nothing is run.
func FuzzParse(f *testing.F) {
	f.Add("contract c c.wasm\ninit c by ann with 5uassay : 7\n  ok\nblock +1 +60\n")
	f.Add("on_attestation c : 7\n  vote \"yes\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := scenario.Parse("s", []byte(text))
		ok := err == nil || errors.Is(err, scenario.ErrSyntax) || errors.Is(err, values.ErrArgument) || errors.Is(err, local.ErrCoins)
		require.True(t, ok, "%v", err)
	})
}
