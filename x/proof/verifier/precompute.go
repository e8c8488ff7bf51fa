package verifier

import (
	"sync"
	"sync/atomic"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// lines are the line functions of a Miller loop with a fixed point of G2, 17 KB.
type lines = [2][len(bn254.LoopCounter)]bn254.LineEvaluationAff

// precomputed holds what every verification under one key shares.
type precomputed struct {
	alphaBeta        bn254.GT // e(α, β)
	beta             lines    // of β
	gammaNeg         lines    // of -γ
	deltaNeg         lines    // of -δ
	commitmentG      lines    // of the base of the commitment keys
	commitmentGSigma []lines  // of each commitment key's other point
	uses             atomic.Int64
	buildCombs       sync.Once
	combs            []comb // of the points K, and of -α at the end: see Key.combs
}

// combsAfter is the number of uses after which the combs of a key pay: building them takes as long as verifying a
// proof or two, and saves a fifth of one.
const combsAfter = 8

// takesCombs says whether the key has few enough points for tables.
func (k *Key) takesCombs() bool { return len(k.k) < maxCombs }

// combs returns the tables of the points K and of -α, or none for keys with many inputs and those that are hardly
// used. They change how long a sum takes, not what it is.
func (k *Key) combs() []comb {
	if !k.takesCombs() || k.pre.uses.Add(1) <= combsAfter {
		return nil
	}
	k.pre.buildCombs.Do(func() {
		k.pre.combs = newCombs(append(append([]bn254.G1Affine(nil), k.k...), k.alphaNeg()))
	})
	return k.pre.combs
}

func (k *Key) precompute() error {
	ab, err := bn254.Pair([]bn254.G1Affine{k.alpha}, []bn254.G2Affine{k.beta})
	if err != nil {
		return err
	}
	k.pre.alphaBeta = ab
	var neg bn254.G2Affine
	k.pre.beta = bn254.PrecomputeLines(k.beta)
	k.pre.gammaNeg = bn254.PrecomputeLines(*neg.Neg(&k.gamma))
	k.pre.deltaNeg = bn254.PrecomputeLines(*neg.Neg(&k.delta))
	if len(k.commitmentKeys) > 0 {
		k.pre.commitmentG = bn254.PrecomputeLines(k.commitmentKeys[0].g)
	}
	for i := range k.commitmentKeys {
		k.pre.commitmentGSigma = append(k.pre.commitmentGSigma, bn254.PrecomputeLines(k.commitmentKeys[i].gSigmaNeg))
	}
	return nil
}

func (k *Key) alphaNeg() bn254.G1Affine {
	var neg bn254.G1Affine
	return *neg.Neg(&k.alpha)
}

// scaleAlphaNeg returns -s·α.
func (k *Key) scaleAlphaNeg(s fr.Element) bn254.G1Affine {
	if c := k.combs(); len(c) > 0 {
		return combine(c[len(c)-1:], []fr.Element{s})
	}
	neg := k.alphaNeg()
	return scale(&neg, &s)
}

// combineInputs returns the sum of the points K, weighted with as many scalars.
func (k *Key) combineInputs(scalars []fr.Element) bn254.G1Affine {
	if c := k.combs(); len(c) > 0 {
		return combine(c[:len(c)-1], scalars)
	}
	var sum bn254.G1Affine
	_, _ = sum.MultiExp(k.k, scalars, ecc.MultiExpConfig{NbTasks: 1}) // fails only for unequal lengths
	return sum
}
