package lightclient

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	ics23 "github.com/cosmos/ics23/go"
)

// Types of the two operations of a proof: the key in the IAVL tree of its store, and the tree's root among the stores.
const (
	opIAVL   = "ics23:iavl"
	opSimple = "ics23:simple"

	maxKeyBytes   = 1 << 10
	maxStoreBytes = 64
	maxSteps      = 128 // ics23's own limit
)

// boundsOfProof are of ics23's CommitmentProof. Batches, compressed or not, are for many keys: no node sends them for one.
var boundsOfProof = []bound{
	{most: 0, path: []uint64{3}, what: "batches"},
	{most: 0, path: []uint64{4}, what: "compressed batches"},
	{most: 1, path: []uint64{1}, what: "proofs of existence"},
	{most: 1, path: []uint64{2}, what: "proofs of absence"},
	{most: maxSteps, path: []uint64{1, 4}, what: "steps"},
	{most: maxSteps, path: []uint64{2, 2, 4}, what: "steps on the left"},
	{most: maxSteps, path: []uint64{2, 3, 4}, what: "steps on the right"},
}

// Entry is a key of a store, and its value.
type Entry struct{ Key, Value []byte }

// Proven is what a proof says about a key.
type Proven struct {
	// Found says that the key is there, with Value; a value can be empty.
	Found bool
	Value []byte
	// Left and Right are the neighbours of a key that is not there; nil where it has none on that side.
	Left, Right *Entry
}

// VerifyRead checks what a proof says about a key of a store, against the app hash of a verified header. It is pure.
// Errors: ErrProof.
func VerifyRead(appHash []byte, store string, key []byte, proof *cmtcrypto.ProofOps) (Proven, error) {
	tree, root, err := decodeProof(appHash, store, key, proof)
	if err != nil {
		return Proven{}, fmt.Errorf("%w of key %X in store %q: %w", ErrProof, key, store, err)
	}
	var p Proven
	err = guarded(ErrProof, func() (err error) {
		p, err = verifyInTree(root, key, tree)
		return err
	})
	if err != nil {
		return Proven{}, fmt.Errorf("%w of key %X in store %q: %w", ErrProof, key, store, err)
	}
	return p, nil
}

// decodeProof returns the proof in the store's tree and the tree's root, which it checks against the app hash.
func decodeProof(appHash []byte, store string, key []byte, proof *cmtcrypto.ProofOps) (*ics23.CommitmentProof, []byte, error) {
	if len(appHash) != sha256.Size {
		return nil, nil, fmt.Errorf("app hash: expected %d bytes, got %d", sha256.Size, len(appHash))
	}
	if len(key) == 0 || len(key) > maxKeyBytes || store == "" || len(store) > maxStoreBytes {
		return nil, nil, fmt.Errorf("expected a key of 1 to %d bytes and a store of 1 to %d, got %d and %d", maxKeyBytes, maxStoreBytes, len(key), len(store))
	}
	if proof == nil || len(proof.Ops) != 2 {
		return nil, nil, fmt.Errorf("expected 2 operations, got %d", len(proof.GetOps()))
	}
	inTree, err := decodeOp(proof.Ops[0], opIAVL, key)
	if err != nil {
		return nil, nil, err
	}
	ofStore, err := decodeOp(proof.Ops[1], opSimple, []byte(store))
	if err != nil {
		return nil, nil, err
	}
	root := ofStore.GetExist().GetValue()
	if len(root) != sha256.Size {
		return nil, nil, fmt.Errorf("root of the store: expected %d bytes, got %d", sha256.Size, len(root))
	}
	if err := ofStore.GetExist().Verify(ics23.TendermintSpec, appHash, []byte(store), root); err != nil {
		return nil, nil, fmt.Errorf("root of the store: %w", err)
	}
	return inTree, root, nil
}

func decodeOp(op cmtcrypto.ProofOp, kind string, key []byte) (*ics23.CommitmentProof, error) {
	if op.Type != kind {
		return nil, fmt.Errorf("operation: expected type %q, got %q", kind, excerpt(op.Type))
	}
	if !bytes.Equal(op.Key, key) {
		return nil, fmt.Errorf("operation %q: expected key %X, got %d other bytes", kind, key, len(op.Key))
	}
	if err := within(op.Data, boundsOfProof); err != nil {
		return nil, fmt.Errorf("operation %q: %w", kind, err)
	}
	p := new(ics23.CommitmentProof)
	if err := p.Unmarshal(op.Data); err != nil {
		return nil, fmt.Errorf("operation %q: %w", kind, err)
	}
	if exist := p.GetExist(); exist != nil {
		if !complete(exist) {
			return nil, fmt.Errorf("operation %q: incomplete", kind)
		}
		return p, nil
	}
	non := p.GetNonexist()
	if kind != opIAVL || non == nil || (non.Left != nil && !complete(non.Left)) || (non.Right != nil && !complete(non.Right)) {
		return nil, fmt.Errorf("operation %q: expected a proof of a key or of its absence, got %T", kind, p.Proof)
	}
	return p, nil
}

// complete says whether the parts that ics23 reads without a check are there.
func complete(p *ics23.ExistenceProof) bool {
	if p.Leaf == nil {
		return false
	}
	for _, step := range p.Path {
		if step == nil {
			return false
		}
	}
	return true
}

func verifyInTree(root, key []byte, proof *ics23.CommitmentProof) (Proven, error) {
	if exist := proof.GetExist(); exist != nil {
		if !bytes.Equal(exist.Key, key) {
			return Proven{}, fmt.Errorf("expected the key, got a proof of %X", exist.Key)
		}
		if err := verifyExistence(root, exist); err != nil {
			return Proven{}, err
		}
		return Proven{Found: true, Value: nonNil(exist.Value)}, nil
	}
	non := proof.GetNonexist()
	if err := verifyAbsence(root, key, non); err != nil {
		return Proven{}, err
	}
	return Proven{Left: entryOf(non.Left), Right: entryOf(non.Right)}, nil
}

func entryOf(p *ics23.ExistenceProof) *Entry {
	if p == nil {
		return nil
	}
	return &Entry{Key: p.Key, Value: nonNil(p.Value)}
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// verifyExistence checks that the tree of the root has the proof's key with its value. ics23 takes no empty value, which
// entries of sets have; for those the leaf is hashed here, by the same rule.
func verifyExistence(root []byte, p *ics23.ExistenceProof) error {
	if len(p.Value) > 0 {
		return p.Verify(ics23.IavlSpec, root, p.Key, p.Value)
	}
	if err := p.CheckAgainstSpec(ics23.IavlSpec); err != nil {
		return err
	}
	if len(p.Key) == 0 {
		return fmt.Errorf("expected a key")
	}
	hash := emptyLeaf(p.Leaf.Prefix, p.Key)
	var err error
	for _, step := range p.Path {
		if hash, err = step.Apply(hash); err != nil {
			return err
		}
	}
	if !bytes.Equal(hash, root) {
		return fmt.Errorf("expected root %X, got %X", root, hash)
	}
	return nil
}

// emptyLeaf is the hash of an IAVL leaf with an empty value: prefix, then the key and the value's SHA-256, each after its length.
func emptyLeaf(prefix, key []byte) []byte {
	empty := sha256.Sum256(nil)
	h := sha256.New()
	h.Write(prefix)
	h.Write(binary.AppendUvarint(nil, uint64(len(key))))
	h.Write(key)
	h.Write([]byte{sha256.Size})
	h.Write(empty[:])
	return h.Sum(nil)
}

// verifyAbsence checks that the key lies between two neighbours, or beside the first or last entry. It is what
// NonExistenceProof.Verify does, and takes empty values.
func verifyAbsence(root, key []byte, p *ics23.NonExistenceProof) error {
	if !bytes.Equal(p.Key, key) {
		return fmt.Errorf("expected the absence of the key, got that of %X", p.Key)
	}
	for _, side := range []*ics23.ExistenceProof{p.Left, p.Right} {
		if side == nil {
			continue
		}
		if err := verifyExistence(root, side); err != nil {
			return fmt.Errorf("neighbour %X: %w", side.Key, err)
		}
	}
	switch {
	case p.Left != nil && bytes.Compare(p.Left.Key, key) >= 0:
		return fmt.Errorf("left neighbour %X: expected it below the key", p.Left.Key)
	case p.Right != nil && bytes.Compare(p.Right.Key, key) <= 0:
		return fmt.Errorf("right neighbour %X: expected it above the key", p.Right.Key)
	case p.Left == nil && p.Right == nil:
		return fmt.Errorf("expected a neighbour")
	case p.Left == nil && !ics23.IsLeftMost(ics23.IavlSpec.InnerSpec, p.Right.Path):
		return fmt.Errorf("right neighbour %X: expected the first entry", p.Right.Key)
	case p.Right == nil && !ics23.IsRightMost(ics23.IavlSpec.InnerSpec, p.Left.Path):
		return fmt.Errorf("left neighbour %X: expected the last entry", p.Left.Key)
	case p.Left != nil && p.Right != nil && !ics23.IsLeftNeighbor(ics23.IavlSpec.InnerSpec, p.Left.Path, p.Right.Path):
		return fmt.Errorf("expected neighbours, got %X and %X", p.Left.Key, p.Right.Key)
	}
	return nil
}
