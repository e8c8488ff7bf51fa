package relay

import (
	"context"
	"fmt"

	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	hostv2 "github.com/cosmos/ibc-go/v11/modules/core/24-host/v2"
	ibcclient "github.com/cosmos/ibc-go/v11/modules/core/client"
)

// prover proves values of a chain's IBC store against one header.
type prover struct {
	ctx    context.Context
	chain  *chain
	header int64
}

func (p prover) height() clienttypes.Height { return p.chain.height(p.header) }

// prove returns the proof that the key has the value it has, or that it has none.
func (p prover) prove(key []byte) ([]byte, error) {
	// The library asks for the state one block below the height that it is given.
	_, proof, at, err := ibcclient.QueryTendermintProof(p.chain.at(p.ctx, p.header), key)
	if err != nil {
		return nil, fmt.Errorf("%s: proof at header %d: %w", p.chain.id(), p.header, err)
	}
	if !at.EQ(p.height()) {
		return nil, fmt.Errorf("%s: expected a proof at header %s, got %s", p.chain.id(), p.height(), at)
	}
	return proof, nil
}

func (p prover) commitment(clientID string, sequence uint64) ([]byte, error) {
	return p.prove(hostv2.PacketCommitmentKey(clientID, sequence))
}

func (p prover) acknowledgement(clientID string, sequence uint64) ([]byte, error) {
	return p.prove(hostv2.PacketAcknowledgementKey(clientID, sequence))
}

// receiptAbsence proves that a packet was not received.
func (p prover) receiptAbsence(clientID string, sequence uint64) ([]byte, error) {
	return p.prove(hostv2.PacketReceiptKey(clientID, sequence))
}
