// Package keeper holds the state of x/rollout and moves it.
//
// One chain plays two parts, often both at once. Where a rollout is started, a Rollout and a ZoneState for each of its
// zones are on record; the state machine of package types judges them, at the end of a block, when evidence or the clock
// moved. Where the devices are, a ZoneRollout follows the hub's commands and counts what devices report. Between the two
// go packets; a rollout's zone "local" is this chain itself, and what would be packets are calls.
//
// Packets are trusted to come from the chain behind their channel or client, which core IBC has verified, and nothing
// else: what they say is checked, and a refusal writes nothing. All work at the end of a block is taken from queues, in
// order of height, at most so much in a block as the parameters say.
package keeper
