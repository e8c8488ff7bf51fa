// Package rollout brings versions of models to fleets in steps that are judged by evidence, on this chain and, over IBC,
// on others.
//
// A rollout is started on a hub by the owner of the version's publisher. It goes to zones in packets on port "rollout",
// over classic channels of version "assay-rollout-1" and over IBC v2 alike. A zone's policy accepts, holds or refuses it.
// Devices read from the zone what they may run, report how far they have come, and prove results; the zone sends the
// totals back, and the hub advances, pauses or rolls back by them.
//
// Trust: a packet is believed to come from the chain behind its channel or client, as core IBC has verified. A zone
// believes its hub about versions of the hub, which it keeps apart from its own and whose keys it checks itself; a hub
// believes a zone about that zone's devices, no others. Relayers are trusted with nothing but liveness. Devices sign
// their reports; only confirmed devices in active standing, of fleets that take part, count, once each.
//
// The package is not a light client for devices: it keeps state in a shape that one can read by proof
// (types.AssignmentStoreKey, types.ZoneRolloutStoreKey, types.Resolve).
package rollout
