package verifier

import "github.com/consensys/gnark-crypto/ecc/bn254"

// lines are the line functions of a Miller loop with a fixed point of G2.
type lines = [2][len(bn254.LoopCounter)]bn254.LineEvaluationAff

// precomputed holds what every verification under one key shares.
type precomputed struct {
	alphaBeta        bn254.GT // e(α, β)
	beta             lines    // of β
	gammaNeg         lines    // of -γ
	deltaNeg         lines    // of -δ
	commitmentG      lines    // of the base of the commitment keys
	commitmentGSigma []lines  // of each commitment key's other point
}

func (k *Key) precompute() error {
	ab, err := bn254.Pair([]bn254.G1Affine{k.alpha}, []bn254.G2Affine{k.beta})
	if err != nil {
		return err
	}
	k.pre.alphaBeta = ab
	k.pre.beta = bn254.PrecomputeLines(k.beta)
	var neg bn254.G2Affine
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
