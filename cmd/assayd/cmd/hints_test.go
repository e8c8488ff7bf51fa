package cmd

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExplain(t *testing.T) {
	for _, tc := range []struct{ name, err, message, hint string }{
		{"success: no hint", "something else", "something else", ""},
		{"success: lines become one", "first\n  second", "first second", ""},
		{"success: the command's own hint", "vk.bin: no such file or directory\nhint: run setup\n  again", "vk.bin: no such file or directory", "run setup again"},
		{
			"success: the place in the SDK's code is left out",
			"bob.info: key not found [cosmos/cosmos-sdk@v0.54.4/crypto/keyring/keyring.go:534]",
			"bob.info: key not found", "list the keys with 'assayd keys list'; --keyring-backend and --home choose the keyring",
		},
		{
			"success: a suggestion of cobra", "unknown command \"ban\" for \"query\"\n\nDid you mean this?\n\tbank\n",
			`unknown command "ban" for "query"`, "did you mean bank?",
		},
		{
			"success: no account", "rpc error: code = NotFound desc = account assay1xyz not found: key not found",
			"rpc error: code = NotFound desc = account assay1xyz not found: key not found",
			"an account exists once it holds coins: assayd tx bank send FROM ADDRESS 1000000uassay",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			message, hint := explain(errors.New(tc.err))
			require.Equal(t, tc.message, message)
			require.Equal(t, tc.hint, hint)
		})
	}
}
