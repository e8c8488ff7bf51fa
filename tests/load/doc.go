// Package load asks sidecars for inferences without a pause, as the programs beside them would, and judges every answer:
// it must not fail, its output must be what the named version computes, and the version must be one that the zone's
// state, at the height that the answer names, let the device run.
//
// It trusts the model directories that expected outputs are computed from, and the zone's node that it asks afterwards.
package load
