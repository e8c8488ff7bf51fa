// Package relay carries IBC v2 packets between two Cosmos chains: `assay relay v2`.
//
// Its job: make a light client of each chain on the other and pair them, then bring packets over, bring
// acknowledgements back, return packets whose time ran out, and keep the clients from expiring. What there
// is to do is read from the chains' state (commitments, receipts, acknowledgements) in every pass; events
// are only where the bytes behind a commitment are found, and are checked against it. So nothing is lost
// when the program is killed at any moment, and two of them at once do no harm: what the other one was
// first to bring is redundant, which chains take as no operation.
//
// Trust: a relayer is trusted with nothing but liveness. It cannot forge or change a packet, only be late
// or stop, because every message that it brings is proven to the receiving chain by a light client of the
// sending one. It trusts its nodes' RPC answers in the same measure: a false answer becomes a message that
// the other chain refuses, and costs a fee. Its key pays fees and creates the clients; whoever has it can
// spend its balance and pair a client that is not paired yet, and no more.
//
// It is not for channels of classic IBC (IBC v1), and it does not look for misbehaviour of validators.
package relay
