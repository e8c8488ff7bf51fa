// Package ibc runs two and three chains in one process and lets their rollouts meet: the real application on each side,
// core IBC and its light clients between them, and a relayer that the test drives packet by packet.
//
// A counterparty is honest where it is the application itself, and hostile where the test sends bytes of its own
// through the other chain's channel, as a chain of other people's making could. Real nodes and a real relayer are in
// tests/e2e.
package ibc
