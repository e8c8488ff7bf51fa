package types

import errorsmod "cosmossdk.io/errors"

// Hard bounds of the parameters, which no vote can exceed. They keep one message below what a block
// and a mempool carry by default (1 MiB and more), and one block's pruning in the milliseconds.
const (
	maxProofBytes       = 64 << 10
	maxOutputBytes      = 1 << 20
	maxProofsPerMsg     = 1024
	maxPreparedPerBlock = 1 << 16
	maxPrunedPerBlock   = 1 << 16
	maxGas              = 1 << 40 // of each price; the sum over a proof cannot overflow
)

// DefaultParams returns the parameters of a new chain. The README of the module says how the prices
// were measured: one gas stands for about 7 ns of one core of the reference machine.
func DefaultParams() Params {
	return Params{
		MaxProofBytes:        1024,
		MaxOutputBytes:       16 << 10,
		MaxStoredOutputBytes: 1024,
		MaxProofsPerMsg:      64,
		MaxPreparedPerBlock:  4096,
		RetentionBlocks:      0,
		MaxPrunedPerBlock:    4096,
		GasPerProof:          150_000,
		GasPerPublicInput:    2_000,
		GasPerCommitment:     60_000,
		GasPerOutputByte:     40,
	}
}

// Validate returns ErrInvalidParams where a parameter is out of range.
func (p Params) Validate() error {
	for _, l := range []struct {
		name     string
		got      uint64
		low, top uint64
	}{
		{"max_proof_bytes", uint64(p.MaxProofBytes), 1, maxProofBytes},
		{"max_output_bytes", uint64(p.MaxOutputBytes), 1, maxOutputBytes},
		{"max_stored_output_bytes", uint64(p.MaxStoredOutputBytes), 0, uint64(p.MaxOutputBytes)},
		{"max_proofs_per_msg", uint64(p.MaxProofsPerMsg), 1, maxProofsPerMsg},
		{"max_prepared_per_block", uint64(p.MaxPreparedPerBlock), 0, maxPreparedPerBlock},
		{"max_pruned_per_block", uint64(p.MaxPrunedPerBlock), 1, maxPrunedPerBlock},
		{"gas_per_proof", p.GasPerProof, 1, maxGas},
		{"gas_per_public_input", p.GasPerPublicInput, 0, maxGas},
		{"gas_per_commitment", p.GasPerCommitment, 0, maxGas},
		{"gas_per_output_byte", p.GasPerOutputByte, 0, maxGas},
	} {
		if l.got < l.low || l.got > l.top {
			return errorsmod.Wrapf(ErrInvalidParams, "%s: expected %d to %d, got %d", l.name, l.low, l.top, l.got)
		}
	}
	return nil
}

// VerificationGas is what is charged for one proof before it is verified, whichever way the answer is
// found: the price of verifying it alone. Gas for reading and writing state comes on top.
//
//	gas_per_proof + inputs·gas_per_public_input + commitments·gas_per_commitment + output·gas_per_output_byte
//
// The counts are those of the verifying key and the output's length in bytes; none exceeds 2^32, so that with
// parameters that passed Validate the sum stays below 2^64 for every key that a registry accepts (each count
// below 2^22).
func (p Params) VerificationGas(publicInputs, commitments uint32, outputBytes int) uint64 {
	return p.GasPerProof +
		uint64(publicInputs)*p.GasPerPublicInput +
		uint64(commitments)*p.GasPerCommitment +
		uint64(outputBytes)*p.GasPerOutputByte
}
