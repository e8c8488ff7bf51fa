package verifier

import (
	"encoding/binary"

	"github.com/consensys/gnark-crypto/ecc/bn254"
)

func appendG1(out []byte, p *bn254.G1Affine) []byte {
	b := p.Bytes()
	return append(out, b[:]...)
}

func appendG2(out []byte, p *bn254.G2Affine) []byte {
	b := p.Bytes()
	return append(out, b[:]...)
}

func appendUint32(out []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(out, uint32(n))
}
