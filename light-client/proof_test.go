package lightclient_test

import (
	"bytes"
	"fmt"
	"testing"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	ics23 "github.com/cosmos/ics23/go"
	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
)

// stateWorld has the given endpoints and state: in "registry" the keys "b", "d" (with an empty value) and "f", and "b" with
// another value in "fleet"; "b" had the value "old" before.
func stateWorld(t *testing.T, nodes ...string) *world {
	t.Helper()
	w := newWorld(t, nodes...)
	w.chain.Set("registry", []byte("b"), []byte("old"))
	w.advance(5)
	w.chain.Set("registry", []byte("b"), []byte("new"))
	w.chain.Set("registry", []byte("d"), []byte{})
	w.chain.Set("registry", []byte("f"), []byte("last"))
	w.chain.Set("fleet", []byte("b"), []byte("of fleet"))
	w.advance(5)
	return w
}

func TestRead(t *testing.T) {
	w := stateWorld(t, "a", "b")
	c := w.open()
	w.mustUpdate(c)
	s := w.mustSnapshot(c)
	require.Equal(t, w.chain.Height()-1, s.Height())
	require.Equal(t, w.chain.Time(w.chain.Height()), s.Time())
	for _, tc := range []struct {
		store, key string
		value      []byte // nil for none
	}{
		{"registry", "b", []byte("new")},
		{"registry", "d", []byte{}},
		{"registry", "f", []byte("last")},
		{"fleet", "b", []byte("of fleet")},
		{"registry", "a", nil}, // before the first but one
		{"registry", "c", nil}, // beside an empty value
		{"registry", "e", nil},
		{"registry", "g", nil}, // after the last
		{"fleet", "c", nil},
		{"proof", "b", nil}, // a store of one entry
	} {
		for range 2 { // from an endpoint, and from the cache
			value, found, err := s.Read(t.Context(), tc.store, []byte(tc.key))
			require.NoError(t, err, tc.key)
			require.Equal(t, tc.value != nil, found, tc.key)
			require.Equal(t, tc.value, value, tc.key)
		}
	}
	require.Equal(t, 1+10, w.nodes["a"].Requests("query"), "one for the unbonding period and one for each key")
	require.Zero(t, w.nodes["b"].Requests("query"))
}

func TestRange(t *testing.T) {
	w := stateWorld(t, "a", "b")
	c := w.open()
	w.mustUpdate(c)
	s := w.mustSnapshot(c)
	b, d, f := lightclient.Entry{Key: []byte("b"), Value: []byte("new")}, lightclient.Entry{Key: []byte("d"), Value: []byte{}}, lightclient.Entry{Key: []byte("f"), Value: []byte("last")}
	for _, tc := range []struct {
		from, below string
		limit       int
		want        []lightclient.Entry
		more        bool
	}{
		{"a", "z", 10, []lightclient.Entry{b, d, f}, false},
		{"b", "f", 10, []lightclient.Entry{b, d}, false},
		{"c", "z", 1, []lightclient.Entry{d}, true},
		{"f", "z", 1, []lightclient.Entry{f}, false},
		{"g", "z", 10, nil, false},
		{"b", "b", 10, nil, false},
		{"a", "z", 0, nil, true},
	} {
		got, more, err := s.Range(t.Context(), "registry", []byte(tc.from), []byte(tc.below), tc.limit)
		require.NoError(t, err)
		require.Equal(t, tc.want, got, "%s to %s", tc.from, tc.below)
		require.Equal(t, tc.more, more, "%s to %s", tc.from, tc.below)
	}
}

// A lie about a value. Each is told by endpoint a, which is asked first, about key of "registry".
func TestForgedValues(t *testing.T) {
	query := func(w *world, store, key string, height int64) *lightclient.Answer {
		value, ops, err := w.chain.Query(store, []byte(key), height)
		require.NoError(t, err)
		return &lightclient.Answer{Value: value, Proof: ops}
	}
	for _, tc := range []struct {
		name, key string
		lie       func(w *world, height int64, honest *lightclient.Answer) *lightclient.Answer
	}{
		{"failure: another value", "b", func(_ *world, _ int64, a *lightclient.Answer) *lightclient.Answer {
			return &lightclient.Answer{Value: []byte("lie"), Proof: a.Proof}
		}},
		{"failure: another value in the proof", "b", func(_ *world, _ int64, a *lightclient.Answer) *lightclient.Answer {
			return &lightclient.Answer{Value: []byte("lie"), Proof: changed(t, a.Proof, func(p *ics23.CommitmentProof) { p.GetExist().Value = []byte("lie") })}
		}},
		{"failure: no proof", "b", func(_ *world, _ int64, a *lightclient.Answer) *lightclient.Answer {
			return &lightclient.Answer{Value: a.Value}
		}},
		{"failure: replayed, of an earlier height", "b", func(w *world, _ int64, _ *lightclient.Answer) *lightclient.Answer {
			return query(w, "registry", "b", 12)
		}},
		{"failure: absence before it was there", "f", func(w *world, _ int64, _ *lightclient.Answer) *lightclient.Answer {
			return query(w, "registry", "f", 12)
		}},
		{"failure: another key", "b", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer {
			return query(w, "registry", "f", h)
		}},
		{"failure: another key under the name of this", "b", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer {
			a := query(w, "registry", "f", h)
			a.Proof.Ops[0].Key = []byte("b")
			return a
		}},
		{"failure: an operation of another name", "b", func(_ *world, _ int64, a *lightclient.Answer) *lightclient.Answer {
			a.Proof.Ops[0].Key = []byte("f")
			return a
		}},
		{"failure: another store", "b", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer { return query(w, "fleet", "b", h) }},
		{"failure: another store under the name of this", "b", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer {
			a := query(w, "fleet", "b", h)
			a.Proof.Ops[1] = query(w, "registry", "b", h).Proof.Ops[1]
			return a
		}},
		{"failure: absent key shown as present", "c", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer {
			a := query(w, "registry", "b", h)
			a.Proof = changed(t, a.Proof, func(p *ics23.CommitmentProof) { p.GetExist().Key = []byte("c") })
			a.Proof.Ops[0].Key = []byte("c")
			return a
		}},
		{"failure: absent key shown as present and empty", "c", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer {
			a := query(w, "registry", "d", h)
			a.Proof = changed(t, a.Proof, func(p *ics23.CommitmentProof) { p.GetExist().Key = []byte("c") })
			a.Proof.Ops[0].Key = []byte("c")
			return a
		}},
		{"failure: present key shown as absent", "b", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer {
			a := query(w, "registry", "c", h)
			a.Proof = changed(t, a.Proof, func(p *ics23.CommitmentProof) { p.GetNonexist().Key = []byte("b") })
			a.Proof.Ops[0].Key = []byte("b")
			return a
		}},
		{"failure: present key hidden between neighbours that are none", "d", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer {
			return hidden(t, query(w, "registry", "b", h), query(w, "registry", "f", h), "d")
		}},
		{"failure: present key hidden after a last entry that is not", "f", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer {
			return hidden(t, query(w, "registry", "d", h), nil, "f")
		}},
		{"failure: present key hidden before a first entry that is not", "b", func(w *world, h int64, _ *lightclient.Answer) *lightclient.Answer {
			return hidden(t, nil, query(w, "registry", "d", h), "b")
		}},
		{"failure: absence without neighbours", "c", func(_ *world, _ int64, a *lightclient.Answer) *lightclient.Answer { return hidden(t, nil, nil, "c") }},
		{"failure: value beside a proof of absence", "c", func(_ *world, _ int64, a *lightclient.Answer) *lightclient.Answer {
			return &lightclient.Answer{Value: []byte("lie"), Proof: a.Proof}
		}},
		{"failure: operations of another order", "b", func(_ *world, _ int64, a *lightclient.Answer) *lightclient.Answer {
			return &lightclient.Answer{Value: a.Value, Proof: &cmtcrypto.ProofOps{Ops: []cmtcrypto.ProofOp{a.Proof.Ops[1], a.Proof.Ops[0]}}}
		}},
		{"failure: batch", "b", func(_ *world, _ int64, a *lightclient.Answer) *lightclient.Answer {
			return &lightclient.Answer{Value: a.Value, Proof: changed(t, a.Proof, func(p *ics23.CommitmentProof) {
				p.Proof = &ics23.CommitmentProof_Batch{Batch: &ics23.BatchProof{Entries: []*ics23.BatchEntry{{Proof: &ics23.BatchEntry_Exist{Exist: p.GetExist()}}}}}
			})}
		}},
		{"failure: bytes that are none", "b", func(_ *world, _ int64, a *lightclient.Answer) *lightclient.Answer {
			a.Proof.Ops[0].Data = []byte{0xff, 0xff}
			return a
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := stateWorld(t, "a", "b")
			c, alone := w.open(), w.open("a")
			w.mustUpdate(c)
			w.mustUpdate(alone)
			value, ops, err := w.chain.Query("registry", []byte(tc.key), w.chain.Height()-1)
			require.NoError(t, err)
			w.nodes["a"].Answer = func(_ string, _ []byte, height int64, honest *lightclient.Answer) *lightclient.Answer {
				return tc.lie(w, height, honest)
			}

			// The other endpoint answers, and the liar is demoted.
			got, found, err := w.mustSnapshot(c).Read(t.Context(), "registry", []byte(tc.key))
			require.NoError(t, err)
			require.Equal(t, value, got)
			require.Equal(t, value != nil, found)
			require.NotNil(t, ops)
			require.Equal(t, lightclient.RoleDemoted, role(t, c, "a"))

			_, _, err = w.mustSnapshot(alone).Read(t.Context(), "registry", []byte(tc.key))
			require.ErrorIs(t, err, lightclient.ErrProof)
		})
	}
}

// changed returns a copy of a proof whose part in the tree is changed.
func changed(t *testing.T, ops *cmtcrypto.ProofOps, change func(*ics23.CommitmentProof)) *cmtcrypto.ProofOps {
	t.Helper()
	p := new(ics23.CommitmentProof)
	require.NoError(t, p.Unmarshal(ops.Ops[0].Data))
	change(p)
	raw, err := p.Marshal()
	require.NoError(t, err)
	return &cmtcrypto.ProofOps{Ops: []cmtcrypto.ProofOp{{Type: ops.Ops[0].Type, Key: ops.Ops[0].Key, Data: raw}, ops.Ops[1]}}
}

// hidden makes a proof of absence from proofs of two entries, either of which may be missing.
func hidden(t *testing.T, left, right *lightclient.Answer, key string) *lightclient.Answer {
	t.Helper()
	non := &ics23.NonExistenceProof{Key: []byte(key)}
	out := &lightclient.Answer{Proof: &cmtcrypto.ProofOps{Ops: make([]cmtcrypto.ProofOp, 2)}}
	for side, a := range map[**ics23.ExistenceProof]*lightclient.Answer{&non.Left: left, &non.Right: right} {
		if a == nil {
			continue
		}
		p := new(ics23.CommitmentProof)
		require.NoError(t, p.Unmarshal(a.Proof.Ops[0].Data))
		*side = p.GetExist()
		out.Proof.Ops[1] = a.Proof.Ops[1]
	}
	raw, err := (&ics23.CommitmentProof{Proof: &ics23.CommitmentProof_Nonexist{Nonexist: non}}).Marshal()
	require.NoError(t, err)
	out.Proof.Ops[0] = cmtcrypto.ProofOp{Type: "ics23:iavl", Key: []byte(key), Data: raw}
	return out
}

// A store of many entries, some empty: every key that is there and every key beside one is proven as what it is.
func TestVerifyRead(t *testing.T) {
	chain := chaintest.New(chaintest.Options{})
	for i := range 100 {
		chain.Set("registry", fmt.Appendf(nil, "k%02d", i), bytes.Repeat([]byte{1}, i%3))
	}
	chain.Advance(2)
	block, err := chain.LightBlock(chain.Height())
	require.NoError(t, err)
	for i := range 100 {
		key := fmt.Appendf(nil, "k%02d", i)
		_, ops, err := chain.Query("registry", key, chain.Height()-1)
		require.NoError(t, err)
		p, err := lightclient.VerifyRead(block.AppHash, "registry", key, ops)
		require.NoError(t, err)
		require.True(t, p.Found)
		require.Equal(t, bytes.Repeat([]byte{1}, i%3), p.Value)

		key = append(key, 'x')
		_, ops, err = chain.Query("registry", key, chain.Height()-1)
		require.NoError(t, err)
		p, err = lightclient.VerifyRead(block.AppHash, "registry", key, ops)
		require.NoError(t, err)
		require.False(t, p.Found)
		require.Equal(t, fmt.Appendf(nil, "k%02d", i), p.Left.Key)
		require.Equal(t, i == 99, p.Right == nil)
		_, err = lightclient.VerifyRead(bytes.Repeat([]byte{1}, 32), "registry", key, ops)
		require.ErrorIs(t, err, lightclient.ErrProof)
		_, err = lightclient.VerifyRead(block.AppHash[1:], "registry", key, ops)
		require.ErrorIs(t, err, lightclient.ErrProof)
	}
}

// No bytes prove a value that the tree does not have, and none make the verification panic.
func FuzzVerifyRead(f *testing.F) {
	chain := chaintest.New(chaintest.Options{})
	chain.Set("registry", []byte("b"), []byte("value"))
	chain.Set("registry", []byte("d"), []byte{})
	chain.Advance(2)
	block, err := chain.LightBlock(chain.Height())
	require.NoError(f, err)
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		_, ops, err := chain.Query("registry", []byte(key), chain.Height()-1)
		require.NoError(f, err)
		f.Add([]byte(key), ops.Ops[0].Data, ops.Ops[1].Data)
	}
	truth := map[string]string{"b": "value", "d": "", "\x00": "\x01"}
	f.Fuzz(func(t *testing.T, key, inTree, ofStore []byte) {
		ops := &cmtcrypto.ProofOps{Ops: []cmtcrypto.ProofOp{{Type: "ics23:iavl", Key: key, Data: inTree}, {Type: "ics23:simple", Key: []byte("registry"), Data: ofStore}}}
		p, err := lightclient.VerifyRead(block.AppHash, "registry", key, ops)
		if err != nil {
			require.ErrorIs(t, err, lightclient.ErrProof)
			return
		}
		value, found := truth[string(key)]
		require.Equal(t, found, p.Found)
		require.Equal(t, value, string(p.Value))
	})
}
