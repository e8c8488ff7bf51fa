package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/proof/types"
)

// Devices and relying parties act on codes, so they never change.
func TestErrorCodesAreStable(t *testing.T) {
	for code, err := range map[uint32]*errorsmod.Error{
		2:  types.ErrInvalidDevice,
		3:  types.ErrInvalidVersion,
		4:  types.ErrInvalidNonce,
		5:  types.ErrInvalidInputDigest,
		6:  types.ErrOutputSize,
		7:  types.ErrProofSize,
		8:  types.ErrEntryCount,
		9:  types.ErrDeviceUnknown,
		10: types.ErrDeviceUnconfirmed,
		11: types.ErrDeviceRevoked,
		12: types.ErrVersionUnknown,
		13: types.ErrVersionYanked,
		14: types.ErrOutputMismatch,
		15: types.ErrNotAllowed,
		16: types.ErrNonceUsed,
		17: types.ErrKeyUnknown,
		18: types.ErrPublicInputs,
		19: types.ErrProofMalformed,
		20: types.ErrProofCommitments,
		21: types.ErrProofInvalid,
		22: types.ErrInvalidParams,
		23: types.ErrUnauthorized,
		24: types.ErrAttestationUnknown,
		25: types.ErrInvalidGenesis,
	} {
		require.Equal(t, code, err.ABCICode(), err)
		require.Equal(t, types.ModuleName, err.Codespace())
	}
}
