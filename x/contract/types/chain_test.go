package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/types"
)

func TestModelNames(t *testing.T) {
	for _, tc := range []struct {
		name, model string
		publisher   string
		short       string
		mirror      bool
		err         error
	}{
		{"success: of this chain", "acme/vibration", "acme", "vibration", false, nil},
		{"success: of a mirror", "channel-7:acme/vibration", "channel-7:acme", "vibration", true, nil},
		{"failure: empty", "", "", "", false, types.ErrInvalidRequest},
		{"failure: a publisher alone", "acme", "", "", false, types.ErrInvalidRequest},
		{"failure: no model", "acme/", "", "", false, types.ErrInvalidRequest},
		{"failure: no publisher", "/vibration", "", "", false, types.ErrInvalidRequest},
		{"failure: three parts", "acme/vibration/x", "", "", false, types.ErrInvalidRequest},
		{"failure: a version", "acme/vibration@1.0.0", "", "", false, types.ErrInvalidRequest},
		{"failure: upper case", "acme/Vibration", "", "", false, types.ErrInvalidRequest},
		{"failure: no source", ":acme/vibration", "", "", false, types.ErrInvalidRequest},
		{"failure: a source that is none", "hub:acme/vibration", "", "", false, types.ErrInvalidRequest},
		{"failure: two sources", "channel-7:channel-8:acme/vibration", "", "", false, types.ErrInvalidRequest},
		{"failure: a NUL", "acme/vibration\x00", "", "", false, types.ErrInvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			publisher, short, err := types.SplitModel(tc.model)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, []string{tc.publisher, tc.short}, []string{publisher, short})
			require.Equal(t, tc.mirror, types.IsMirror(publisher))
		})
	}
}

// TestModelOfVersion finds the model that subscriptions name, whose name SplitModel takes.
func TestModelOfVersion(t *testing.T) {
	for id, want := range map[string]string{
		"acme/vibration@1.0.0":           "acme/vibration",
		"channel-7:acme/vibration@1.0.0": "channel-7:acme/vibration",
	} {
		got, err := types.ModelOfVersion(id)
		require.NoError(t, err)
		require.Equal(t, want, got)
		_, _, err = types.SplitModel(got)
		require.NoError(t, err)
		require.NoError(t, types.ValidateVersionID(id))
	}
	for _, id := range []string{"", "acme/vibration", "acme@1.0.0", "acme/vibration@", "acme/vibration@one", "hub:acme/vibration@1.0.0"} {
		_, err := types.ModelOfVersion(id)
		require.Error(t, err, id)
		require.Error(t, types.ValidateVersionID(id), id)
	}
}

// TestWords pins the words for standings and phases. Contracts compare them, so each is part of the ABI.
func TestWords(t *testing.T) {
	standings := []string{"unspecified", "active", "suspect", "revoked"}
	for i, want := range standings {
		d := types.Device{}
		for range i {
			d.Standing++
		}
		require.Equal(t, want, types.StandingWord(d))
	}
	phases := []string{"unspecified", "pending", "canary", "paused", "promoted", "rolled-back", "aborted"}
	for i, want := range phases {
		r := types.Rollout{}
		for range i {
			r.Phase++
		}
		require.Equal(t, want, types.PhaseWord(r))
	}
	require.Equal(t, []int{0, 1, 2}, []int{int(types.VoteWait), int(types.VoteYes), int(types.VoteNo)}, "what decide_step returns")
}

// TestEntries pins the names of entry points.
func TestEntries(t *testing.T) {
	require.Equal(t, []string{"init", "execute", "query", "migrate", "on_attestation", "decide_step", "allow_publish"}, []string{
		types.EntryInit, types.EntryExecute, types.EntryQuery, types.EntryMigrate, types.EntryOnAttestation, types.EntryDecideStep, types.EntryAllowPublish,
	})
}
