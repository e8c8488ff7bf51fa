package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/rollout/types"
)

// The codes are an interface: this table only ever grows.
func TestErrorCodes(t *testing.T) {
	for code, err := range map[uint32]error{
		2: types.ErrRolloutNotFound, 3: types.ErrUnauthorized, 4: types.ErrInvalidPlan, 5: types.ErrVersion, 6: types.ErrContributors,
		7: types.ErrActiveRollout, 8: types.ErrLimit, 9: types.ErrEnded, 10: types.ErrWrongPhase, 11: types.ErrInvalidAction,
		12: types.ErrInvalidText, 13: types.ErrNoFleet, 14: types.ErrDevice, 15: types.ErrInvalidReport, 16: types.ErrPhaseOrder,
		17: types.ErrRateLimit, 18: types.ErrInvalidPolicy, 19: types.ErrInvalidParams, 20: types.ErrInvalidGenesis,
		21: types.ErrInvalidPacket, 22: types.ErrInvalidAck, 23: types.ErrInvalidChannel, 24: types.ErrNoDecider, 25: types.ErrNotHeld,
		26: types.ErrInvalidZone, 27: types.ErrLink, 28: types.ErrManifest, 29: types.ErrInvalidRequest, 30: types.ErrRefused,
		31: types.ErrAssignmentNotFound,
	} {
		space, got, _ := errorsmod.ABCIInfo(errorsmod.Wrap(err, "wrapped"), false)
		require.Equal(t, types.ModuleName, space)
		require.Equal(t, code, got, "%v", err)
	}
}

// The codes of acknowledgements stand in other chains' states.
func TestAckCodes(t *testing.T) {
	codes := map[types.AckCode]int32{
		types.AckAccepted: 1, types.AckHeld: 2, types.AckApplied: 3, types.AckStale: 4, types.AckMalformed: 16, types.AckUnknownRollout: 17,
		types.AckPolicySource: 18, types.AckPolicyModel: 19, types.AckPolicySize: 20, types.AckPlan: 21, types.AckManifest: 22,
		types.AckVerifyingKey: 23, types.AckVersionConflict: 24, types.AckNoFleet: 25, types.AckTooManyFleets: 26, types.AckBusy: 27,
		types.AckRefused: 28, types.AckStopped: 29, types.AckInternal: 30,
	}
	require.Len(t, codes, len(types.AckCode_name)-1, "every code but the unspecified one")
	transient := []types.AckCode{types.AckBusy, types.AckInternal}
	for code, number := range codes {
		require.Equal(t, number, int32(code), "%s", code)
		require.Equal(t, number < 16, code.IsSuccess(), "%s", code)
		if code.IsTransient() {
			require.Contains(t, transient, code)
		}
	}
	require.False(t, types.AckUnspecified.IsSuccess())
	require.True(t, types.AckUnspecified.IsTransient())
}

// Numbers of enums stand in states, packets and devices.
func TestEnumNumbers(t *testing.T) {
	require.Equal(t, []int32{1, 2, 3, 4, 5, 6}, []int32{
		int32(types.PhasePending), int32(types.PhaseCanary), int32(types.PhasePaused), int32(types.PhasePromoted), int32(types.PhaseRolledBack), int32(types.PhaseAborted),
	})
	require.Equal(t, []int32{1, 2, 3, 4, 5, 6}, []int32{
		int32(types.StandingAnnounced), int32(types.StandingHeld), int32(types.StandingAccepted), int32(types.StandingRefused), int32(types.StandingStopped), int32(types.StandingLost),
	})
	require.Equal(t, []int32{1, 2, 3, 4, 5}, []int32{
		int32(types.ActionAdvance), int32(types.ActionPause), int32(types.ActionResume), int32(types.ActionRollBack), int32(types.ActionAbort),
	})
	require.Equal(t, []int32{1, 2, 3, 4, 5, 6}, []int32{
		int32(types.DevicePhaseSeen), int32(types.DevicePhaseFetched), int32(types.DevicePhaseChecked), int32(types.DevicePhaseReady), int32(types.DevicePhaseServing), int32(types.DevicePhaseFailed),
	})
}
