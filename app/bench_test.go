package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/app/apptest"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
)

const (
	benchDevices = 10
	benchProofs  = 1000 // in a block
)

// BenchmarkBlock executes a block of proofs that the node has not seen before, from FinalizeBlock's
// request to its app hash, on a database in memory: "submit-1" with a proof to a transaction,
// "submit-100" with a hundred. Every round opens the application anew, so that nothing is remembered.
func BenchmarkBlock(b *testing.B) {
	entries := make([][]prooftypes.ProofEntry, benchDevices)
	for d := range entries {
		for i := range benchProofs / benchDevices {
			entries[d] = append(entries[d], prove(b, apptest.NewAccount(d).Address, uint64(d*benchProofs+i)))
		}
	}
	b.Run("submit-1", func(b *testing.B) { benchBlock(b, entries, 1) })
	b.Run("submit-100", func(b *testing.B) { benchBlock(b, entries, 100) })
}

func benchBlock(b *testing.B, entries [][]prooftypes.ProofEntry, perTx int) {
	c := proofNet(b, benchDevices, func(p *prooftypes.Params) { p.MaxProofsPerMsg = 100 })
	var txs [][]byte
	for d, list := range entries {
		device := c.Accounts[d]
		o := apptest.TxOptions{Gas: 1_000_000 * uint64(perTx)}
		for len(list) > 0 {
			if perTx == 1 {
				txs = append(txs, c.SignWith(o, device, submit(device.Address, list[0])))
			} else {
				msg := &prooftypes.MsgSubmitProofs{Device: device.Address.String(), Entries: list[:perTx]}
				txs = append(txs, c.SignWith(o, device, msg))
			}
			list = list[perTx:]
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		c.Restart()
		b.StartTimer()
		res, err := c.App.FinalizeBlock(c.Request(c.Height()+1, txs))
		b.StopTimer()
		require.NoError(b, err)
		for _, r := range res.TxResults {
			require.Zero(b, r.Code, r.Log)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(benchProofs*b.N)/b.Elapsed().Seconds(), "attestations/s")
}
