package keeper

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/x/proof/types"
)

// publicInputs rebuilds the public inputs of a claim. No element comes from the sender but the input digest, whose
// preimage is private. The result is shared: it is for reading.
//
// Hashing a long output takes longer than verifying its proof in a batch, and a claim comes by up to three times: in
// CheckTx, at the start of its block, in its execution. So inputs with a hashed output are remembered.
func (k Keeper) publicInputs(chainID string, c claim) ([]fr.Element, error) {
	if !statement.OutputHashed(len(c.entry.Output)) {
		return rebuildInputs(chainID, c)
	}
	id := claimID(chainID, c)
	if inputs, ok := k.inputs.get(id); ok {
		return inputs, nil
	}
	inputs, err := rebuildInputs(chainID, c)
	if err == nil {
		k.inputs.put(id, inputs)
	}
	return inputs, err
}

func rebuildInputs(chainID string, c claim) ([]fr.Element, error) {
	digest, err := types.InputDigestElement(c.entry.InputDigest)
	if err != nil {
		return nil, err
	}
	return statement.PublicInputs(digest, c.entry.Output, statement.Binding{
		ChainID: chainID,
		Device:  c.device,
		Version: c.entry.Version,
		Nonce:   c.entry.Nonce,
	})
}

// claimID is the SHA-256 of all that public inputs are made of, each field behind its length.
func claimID(chainID string, c claim) [sha256.Size]byte {
	h := sha256.New()
	for _, f := range [][]byte{[]byte(chainID), c.device, []byte(c.entry.Version), c.entry.Nonce, c.entry.InputDigest, c.entry.Output} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(f)))
		h.Write(n[:])
		h.Write(f)
	}
	var id [sha256.Size]byte
	h.Sum(id[:0])
	return id
}

// inputsPerGeneration bounds what is remembered, twice over: 3 MB in all. It exceeds the proofs of a full block.
const inputsPerGeneration = 8192

// inputsMemo remembers public inputs. It is not state: what it holds is a function of its key. It is safe for
// concurrent use, and forgets the older half when it is full.
type inputsMemo struct {
	mu         sync.Mutex
	young, old map[[sha256.Size]byte][]fr.Element
}

func newInputsMemo() *inputsMemo {
	return &inputsMemo{young: make(map[[sha256.Size]byte][]fr.Element)}
}

func (m *inputsMemo) get(id [sha256.Size]byte) ([]fr.Element, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if inputs, ok := m.young[id]; ok {
		return inputs, true
	}
	inputs, ok := m.old[id]
	return inputs, ok
}

func (m *inputsMemo) put(id [sha256.Size]byte, inputs []fr.Element) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= inputsPerGeneration {
		m.old, m.young = m.young, make(map[[sha256.Size]byte][]fr.Element)
	}
	m.young[id] = inputs
}
