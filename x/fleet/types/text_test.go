package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/fleet/types"
)

func TestValidateText(t *testing.T) {
	for _, tc := range []struct {
		name string
		text string
		err  error
	}{
		{name: "success: shortest", text: "a"},
		{name: "success: longest", text: "1234567890"},
		{name: "success: line feed and umlaut", text: "a\nü"},
		{name: "failure: too short", text: "", err: types.ErrInvalidText},
		{name: "failure: too long", text: "12345678901", err: types.ErrInvalidText},
		{name: "failure: not UTF-8", text: "a\xc3", err: types.ErrInvalidText},
		{name: "failure: escape", text: "\x1b[2J", err: types.ErrInvalidText},
		{name: "failure: carriage return", text: "a\rb", err: types.ErrInvalidText},
		{name: "failure: NUL", text: "\x00", err: types.ErrInvalidText},
		{name: "failure: C1 control", text: "\u009b", err: types.ErrInvalidText},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, types.ValidateText("text", tc.text, 1, 10), tc.err)
		})
	}
}
