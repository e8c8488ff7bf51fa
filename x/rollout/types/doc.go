// Package types holds the messages, packets and records of x/rollout, their validation, and the state machine of a
// rollout as pure functions: Rollout.Judge says which transition is due, Rollout.Apply makes it, ZoneRollout.Obey
// follows a hub's command. Nothing here reads state, so what a rollout can become is tested without a chain.
//
// Packets have one encoding. DecodePacket trusts nothing about its bytes; what it returns is well-formed and within hard
// bounds, and still a claim of the counterparty.
package types
