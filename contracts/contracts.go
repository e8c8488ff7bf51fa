// Package contracts holds the contracts that come with the chain, as they are stored on it: policies that are used as they
// are, and examples of how one is written.
//
// The binaries are built from the sources beside them by scripts/contracts.sh, byte for byte the same each time, and are
// checked in so that what imports this package needs no compiler of contracts. They are trusted no more than any other code
// that is stored: the chain checks them as it checks all.
package contracts

import _ "embed"

// AccuracyGate votes on steps of rollouts: verified outputs have to agree with labels that an oracle posted. See
// accuracy-gate/README.md.
//
//go:embed accuracy-gate/accuracy-gate.wasm
var AccuracyGate []byte

// Bounty is an escrow that pays a device for each verified proof of a version, once per nonce. See bounty/README.md.
//
//go:embed bounty/bounty.wasm
var Bounty []byte

// PublisherGuild guards the registry: its members vote on who may publish. See publisher-guild/README.md.
//
//go:embed publisher-guild/publisher-guild.wasm
var PublisherGuild []byte
