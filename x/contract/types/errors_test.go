package types_test

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/contract/types"
)

// TestErrorCodes is the list of the module's codes. They are an interface, and the last code of a hook stands in the state: the
// list only ever grows, and a code that is no longer used stays.
func TestErrorCodes(t *testing.T) {
	golden := []struct {
		code uint32
		err  *errorsmod.Error
		grpc codes.Code
		text string
	}{
		{2, types.ErrInvalidRequest, codes.InvalidArgument, "invalid request"},
		{3, types.ErrUnauthorized, codes.PermissionDenied, "unauthorized"},
		{4, types.ErrCodeNotFound, codes.NotFound, "code not found"},
		{5, types.ErrContractNotFound, codes.NotFound, "contract not found"},
		{6, types.ErrInvalidCode, codes.InvalidArgument, "invalid code"},
		{7, types.ErrUnsupportedCode, codes.InvalidArgument, "unsupported code"},
		{8, types.ErrLimit, codes.InvalidArgument, "limit exceeded"},
		{9, types.ErrExport, codes.InvalidArgument, "missing or wrong export"},
		{10, types.ErrTrap, codes.Aborted, "contract trapped"},
		{11, types.ErrOutOfGas, codes.ResourceExhausted, "contract out of gas"},
		{12, types.ErrAborted, codes.Aborted, "contract aborted"},
		{13, types.ErrEntry, codes.Unimplemented, "contract has no such entry point"},
		{14, types.ErrReentrancy, codes.Aborted, "contract is at work already"},
		{15, types.ErrDepth, codes.Aborted, "calls too deep"},
		{16, types.ErrReadOnly, codes.PermissionDenied, "query cannot write"},
		{17, types.ErrFunds, codes.FailedPrecondition, "funds cannot be sent"},
		{18, types.ErrMigration, codes.FailedPrecondition, "migration refused"},
		{19, types.ErrGenesis, codes.InvalidArgument, "invalid genesis"},
		{20, types.ErrSubscription, codes.FailedPrecondition, "subscription refused"},
		{21, types.ErrGuard, codes.PermissionDenied, "publication refused by the guard"},
		{22, types.ErrInvalidParams, codes.InvalidArgument, "invalid parameters"},
		{23, types.ErrImport, codes.InvalidArgument, "unknown import"},
		{24, types.ErrStateNotFound, codes.NotFound, "state not found"},
		{25, types.ErrAddressTaken, codes.FailedPrecondition, "address is taken"},
		{26, types.ErrVote, codes.Aborted, "not a vote"},
	}
	listed := map[uint32]bool{}
	for _, g := range golden {
		space, code, _ := errorsmod.ABCIInfo(errorsmod.Wrap(g.err, "wrapped"), false)
		require.Equal(t, types.ModuleName, space, g.text)
		require.Equal(t, g.code, code, g.text)
		require.Equal(t, g.grpc, status.Code(g.err), g.text)
		require.Equal(t, g.text, g.err.Error())
		require.False(t, listed[g.code], "code %d twice", g.code)
		listed[g.code] = true
	}
	for code := uint32(1); code < 1000; code++ {
		known := errorsmod.ABCIError(types.ModuleName, code, "x").Error() != "x: unknown"
		require.Equal(t, listed[code], known, "code %d is in the list if it is registered", code)
	}
}

// TestWithReason keeps both errors for errors.Is, and the code of the sentinel alone for consensus.
func TestWithReason(t *testing.T) {
	reason := errorsmod.Wrap(types.ErrContractNotFound, "no contract")
	err := types.WithReason(types.ErrGuard, errors.Join(reason, io.EOF))
	for _, is := range []error{types.ErrGuard, types.ErrContractNotFound, io.EOF} {
		require.ErrorIs(t, err, is)
	}
	require.NotErrorIs(t, err, types.ErrTrap)
	space, code, _ := errorsmod.ABCIInfo(errorsmod.Wrap(err, "wrapped"), false)
	require.Equal(t, types.ModuleName, space)
	require.Equal(t, types.ErrGuard.ABCICode(), code)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	require.Equal(t, "no contract: contract not found\nEOF: publication refused by the guard", err.Error())
}
