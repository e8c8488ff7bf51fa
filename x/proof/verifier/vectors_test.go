package verifier_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/verifier"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
)

var update = flag.Bool("update", false, "write new test vectors and the fuzz corpora that hold them")

// vector is a key with a proof that it accepts. They are stored so that a change of any
// serialization, hash or check shows, and so that fuzzing starts from good data.
type vector struct {
	Commitments int
	Key         string   // hex
	Inputs      []string // hex, 32 bytes each
	Proof       string   // hex
}

const vectorFile = "testdata/vectors.json"

func (v vector) item(tb testing.TB) (verifier.Item, []byte) {
	tb.Helper()
	key := unhex(tb, v.Key)
	k, err := verifier.ParseKey(key)
	require.NoError(tb, err)
	var inputs []fr.Element
	for _, s := range v.Inputs {
		e, err := verifier.ParseElement(unhex(tb, s))
		require.NoError(tb, err)
		inputs = append(inputs, e)
	}
	return verifier.Item{Key: k, Inputs: inputs, Proof: unhex(tb, v.Proof)}, key
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(tb, err)
	return b
}

func loadVectors(tb testing.TB) []vector {
	tb.Helper()
	b, err := os.ReadFile(vectorFile)
	require.NoError(tb, err)
	var vs []vector
	require.NoError(tb, json.Unmarshal(b, &vs))
	return vs
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	for _, v := range loadVectors(t) {
		t.Run(fmt.Sprintf("success: %d commitments", v.Commitments), func(t *testing.T) {
			item, key := v.item(t)
			require.Equal(t, v.Commitments, item.Key.Commitments())
			require.NoError(t, verifier.Check(item))
			require.NoError(t, verifiertest.GnarkVerify(key, item.Proof, item.Inputs))
		})
	}
}

func writeVectors(tb testing.TB) {
	tb.Helper()
	var vs []vector
	for commitments := range 3 {
		f, _ := newKey(tb, 3, commitments)
		inputs := verifiertest.Inputs(3, 42)
		v := vector{Commitments: commitments, Key: hex.EncodeToString(f.Key), Proof: hex.EncodeToString(prove(tb, f, inputs))}
		for i := range inputs {
			b := inputs[i].Bytes()
			v.Inputs = append(v.Inputs, hex.EncodeToString(b[:]))
		}
		vs = append(vs, v)
		writeCorpus(tb, "FuzzParseKey", v.Commitments, fmt.Sprintf("[]byte(%q)\n", f.Key))
		writeCorpus(tb, "FuzzParseProof", v.Commitments, fmt.Sprintf("[]byte(%q)\n", unhex(tb, v.Proof)))
		writeCorpus(tb, "FuzzVerify", v.Commitments, fmt.Sprintf("byte('\\x%02x')\nbyte('\\x00')\n[]byte(%q)\n", v.Commitments, unhex(tb, v.Proof)))
	}
	b, err := json.MarshalIndent(vs, "", "  ")
	require.NoError(tb, err)
	require.NoError(tb, os.WriteFile(vectorFile, append(b, '\n'), 0o644))
}

func writeCorpus(tb testing.TB, target string, commitments int, values string) {
	tb.Helper()
	dir := filepath.Join("testdata", "fuzz", target)
	require.NoError(tb, os.MkdirAll(dir, 0o755))
	name := filepath.Join(dir, fmt.Sprintf("commitments-%d", commitments))
	require.NoError(tb, os.WriteFile(name, []byte("go test fuzz v1\n"+values), 0o644))
}

// agree checks that gnark, Check and VerifyBatch give the same answer to a well-formed question.
func agree(tb testing.TB, key []byte, item, good verifier.Item) error {
	tb.Helper()
	alone := verifier.Check(item)
	gnark := verifiertest.GnarkVerify(key, item.Proof, item.Inputs)
	require.Equalf(tb, gnark == nil, alone == nil, "expected gnark's answer %v, got %v", gnark, alone)
	for _, spots := range [][]bool{{true, false}, {false, true, false, false, true}} { // where the item goes
		items, want := make([]verifier.Item, len(spots)), make([]error, len(spots))
		for i, here := range spots {
			if items[i] = good; here {
				items[i], want[i] = item, alone
			}
		}
		for i, err := range verifier.VerifyBatch(items) {
			require.Equal(tb, fmt.Sprint(want[i]), fmt.Sprint(err))
		}
	}
	return alone
}

// TestAgreesOnReplacedPoints replaces every point of a proof with points that are well-formed.
func TestAgreesOnReplacedPoints(t *testing.T) {
	_, _, g1, g2 := bn254.Generators()
	one, two := g1.Bytes(), g2.Bytes()
	for _, v := range loadVectors(t) {
		good, key := v.item(t)
		pok := len(good.Proof) - 32
		offsets := []int{atA, atB, atC}
		for at := atCommitment; at <= pok; at += 32 {
			offsets = append(offsets, at)
		}
		for _, at := range offsets {
			generator := one[:]
			if at == atB {
				generator = two[:]
			}
			points := map[string][]byte{"infinity": infinity(len(generator)), "generator": generator}
			if old := bytes.Clone(good.Proof[at:][:len(generator)]); old[0] >= 0b10<<6 {
				old[0] ^= 0b01 << 6
				points["negation"] = old
			}
			for name, point := range points {
				t.Run(fmt.Sprintf("failure: %d commitments, offset %d, %s", v.Commitments, at, name), func(t *testing.T) {
					item := good
					item.Proof = put(good.Proof, at, point)
					err := agree(t, key, item, good)
					if v.Commitments == 0 && at == pok {
						require.NoError(t, err, "a key without commitments ignores the proof of knowledge")
					} else {
						require.ErrorIs(t, err, verifier.ErrRejected)
					}
				})
			}
		}
	}
}

// TestAgreesOnFlippedBits flips single bits of good proofs. About half of the flips in a
// coordinate give another point.
func TestAgreesOnFlippedBits(t *testing.T) {
	for _, v := range loadVectors(t) {
		good, key := v.item(t)
		agreed := 0
		for at := 7; at < len(good.Proof); at += 5 {
			item := good
			item.Proof = put(good.Proof, at, []byte{good.Proof[at] ^ 1<<(at%8)})
			switch err := verifier.Check(item); {
			case errors.Is(err, verifier.ErrPointEncoding), errors.Is(err, verifier.ErrTruncated), errors.Is(err, verifier.ErrTrailing):
				// not for gnark's reader
			default:
				_ = agree(t, key, item, good)
				agreed++
			}
		}
		require.Greater(t, agreed, 20)
	}
}
