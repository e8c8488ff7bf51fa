package statement_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"

	"github.com/assay-chain/assay/statement"
)

func TestPack(t *testing.T) {
	for _, tc := range []struct {
		name string
		n    int
		want int
	}{
		{"success: one byte", 1, 1},
		{"success: a full element", 31, 1},
		{"success: one byte over", 32, 2},
		{"success: eight elements", 248, 8},
		{"success: nothing", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			data := bytes.Repeat([]byte{0xff}, tc.n)
			got := statement.Pack(data)
			if len(got) != tc.want || statement.Elements(tc.n) != tc.want {
				t.Fatalf("expected %d elements, got %d and %d", tc.want, len(got), statement.Elements(tc.n))
			}
			for i, e := range got { // against big.Int, which is big endian
				chunk := data[31*i : min(31*i+31, len(data))]
				var be big.Int
				for j := len(chunk) - 1; j >= 0; j-- {
					be.Lsh(&be, 8).Or(&be, big.NewInt(int64(chunk[j])))
				}
				var v big.Int
				if e.BigInt(&v); v.Cmp(&be) != 0 {
					t.Fatalf("element %d: expected %s, got %s", i, &be, &v)
				}
			}
		})
	}
}

func TestDigestIsPoseidon2OverLengthThenElements(t *testing.T) {
	data := []byte("thirty-one bytes and then a few more")
	want := poseidon2.NewMerkleDamgardHasher()
	for _, e := range append([]fr.Element{fr.NewElement(uint64(len(data)))}, statement.Pack(data)...) {
		b := e.Bytes()
		want.Write(b[:])
	}
	got, err := statement.Digest(data)
	if b := got.Bytes(); err != nil || !bytes.Equal(b[:], want.Sum(nil)) {
		t.Fatalf("expected %x, got %x, %v", want.Sum(nil), b, err)
	}
	// The length is part of it: trailing zeros change the digest though not the packed integer.
	longer, _ := statement.Digest(append(bytes.Clone(data), 0))
	if longer.Equal(&got) {
		t.Fatal("a trailing zero did not change the digest")
	}
}

func TestOutput(t *testing.T) {
	for _, tc := range []struct {
		name   string
		n      int
		want   int
		hashed bool
	}{
		{"success: a class score", 12, 1, false},
		{"success: eight elements stay raw", 248, 8, false},
		{"success: more is one digest", 249, 1, true},
		{"success: an autoencoder's 640 bytes", 640, 1, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := statement.Output(make([]byte, tc.n))
			if err != nil || len(got) != tc.want || statement.OutputElements(tc.n) != tc.want || statement.OutputHashed(tc.n) != tc.hashed {
				t.Fatalf("expected %d elements, hashed %v; got %d, %v, %v", tc.want, tc.hashed, len(got), statement.OutputHashed(tc.n), err)
			}
		})
	}
	if _, err := statement.Output(nil); !errors.Is(err, statement.ErrSize) {
		t.Fatalf("failure: no output: expected ErrSize, got %v", err)
	}
}

func binding() statement.Binding {
	return statement.Binding{ChainID: "hub-1", Device: make([]byte, 20), Version: "acme/vibration@1.0.0", Nonce: []byte{7}}
}

// TestContextVector pins the encoding: changing it would orphan every proof ever made.
func TestContextVector(t *testing.T) {
	var msg []byte
	msg = append(msg, "assay/context/v1"...)
	msg = append(msg, 0, 0, 0, 5)
	msg = append(msg, "hub-1"...)
	msg = append(msg, 0, 0, 0, 20)
	msg = append(msg, make([]byte, 20)...)
	msg = append(msg, 0, 0, 0, 20)
	msg = append(msg, "acme/vibration@1.0.0"...)
	msg = append(msg, 0, 0, 0, 1, 7)
	sum := sha256.Sum256(msg)
	want := statement.Pack(sum[:31])[0]
	got, err := binding().Context()
	if err != nil || !got.Equal(&want) {
		t.Fatalf("expected %s, got %s, %v", want.String(), got.String(), err)
	}
}

func TestContextBindsEveryField(t *testing.T) {
	base, _ := binding().Context()
	for name, change := range map[string]func(*statement.Binding){
		"chain id": func(b *statement.Binding) { b.ChainID = "hub-2" },
		"device":   func(b *statement.Binding) { b.Device = bytes.Repeat([]byte{1}, 20) },
		"version":  func(b *statement.Binding) { b.Version = "acme/vibration@1.0.1" },
		"nonce":    func(b *statement.Binding) { b.Nonce = []byte{7, 0} },
		"a byte moved between fields": func(b *statement.Binding) {
			b.ChainID, b.Version = "hub-1a", "cme/vibration@1.0.0"
		},
	} {
		b := binding()
		change(&b)
		if got, err := b.Context(); err != nil || got.Equal(&base) {
			t.Errorf("%s: the context did not change (%v)", name, err)
		}
	}
}

func TestContextRejects(t *testing.T) {
	for name, change := range map[string]func(*statement.Binding){
		"failure: no chain id":       func(b *statement.Binding) { b.ChainID = "" },
		"failure: long chain id":     func(b *statement.Binding) { b.ChainID = string(make([]byte, 257)) },
		"failure: short device":      func(b *statement.Binding) { b.Device = b.Device[:19] },
		"failure: long device":       func(b *statement.Binding) { b.Device = make([]byte, 32) },
		"failure: no version":        func(b *statement.Binding) { b.Version = "" },
		"failure: no nonce":          func(b *statement.Binding) { b.Nonce = nil },
		"failure: a nonce too large": func(b *statement.Binding) { b.Nonce = make([]byte, 33) },
	} {
		b := binding()
		change(&b)
		if _, err := b.Context(); !errors.Is(err, statement.ErrSize) {
			t.Errorf("%s: expected ErrSize, got %v", name, err)
		}
	}
}

func FuzzPublicInputs(f *testing.F) {
	f.Add([]byte{1, 2, 3}, "hub-1", "acme/m@1.0.0", []byte{1})
	f.Add(make([]byte, 249), "hub-1", "acme/m@1.0.0", make([]byte, 32))
	f.Add([]byte{}, "", "", []byte{})
	f.Fuzz(func(t *testing.T, output []byte, chain, version string, nonce []byte) {
		b := statement.Binding{ChainID: chain, Device: make([]byte, 20), Version: version, Nonce: nonce}
		got, err := statement.PublicInputs(fr.Element{}, output, b)
		if err == nil && len(got) != 2+statement.OutputElements(len(output)) {
			t.Fatalf("expected %d public inputs, got %d", 2+statement.OutputElements(len(output)), len(got))
		}
	})
}
