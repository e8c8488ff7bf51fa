package journal

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// BenchmarkJournalAppend appends durably from 1, 8 and 64 callers, inputs of 64 bytes and 150 KB, plain and encrypted.
func BenchmarkJournalAppend(b *testing.B) {
	for _, size := range []int{64, 150_528} {
		for _, key := range [][]byte{nil, make([]byte, KeyBytes)} {
			for _, callers := range []int{1, 8, 64} {
				b.Run(fmt.Sprintf("bytes=%d/encrypted=%v/callers=%d", size, key != nil, callers), func(b *testing.B) {
					j, err := Open(filepath.Join(b.TempDir(), "journal"), Options{Key: key, MaxBytes: 64 << 20})
					if err != nil {
						b.Fatal(err)
					}
					defer j.Close()
					b.SetParallelism(callers)
					b.SetBytes(int64(size))
					var n atomic.Int64
					b.RunParallel(func(pb *testing.PB) {
						input := make([]byte, size)
						for pb.Next() {
							e := entry(int(n.Add(1)))
							e.Input = input
							if err := j.Append(context.Background(), e); err != nil {
								b.Error(err)
							}
						}
					})
					b.ReportMetric(float64(j.Stats().Writes)/float64(b.N), "writes/op")
				})
			}
		}
	}
}

// BenchmarkJournalOffer is what the caller of an inference waits for.
func BenchmarkJournalOffer(b *testing.B) {
	for _, size := range []int{64, 150_528} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			j, err := Open(filepath.Join(b.TempDir(), "journal"), Options{MaxBytes: 64 << 20, unsynced: true})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			input := make([]byte, size)
			for n := 0; b.Loop(); n++ {
				e := entry(n)
				e.Input = input
				_ = j.Offer(e) // busy is an answer
			}
		})
	}
}
