package types

import (
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"
)

var _ ibcexported.Acknowledgement = Acknowledgement{}

// NewAck returns an acknowledgement. generation is the one that the receiver has on record, or the revision.
func NewAck(code AckCode, generation uint64) Acknowledgement {
	return Acknowledgement{Code: code, Generation: generation}
}

// IsSuccess says whether the code is of one of the successes.
func (c AckCode) IsSuccess() bool { return c > AckUnspecified && c < AckMalformed }

// IsTransient says whether the same packet may fare better later.
func (c AckCode) IsTransient() bool { return c == AckBusy || c == AckInternal || c == AckUnspecified }

// Success implements ibcexported.Acknowledgement. It is always true: a refusal has written nothing by then, and core IBC
// would replace the code of an unsuccessful acknowledgement.
func (Acknowledgement) Success() bool { return true }

// Acknowledgement implements ibcexported.Acknowledgement: the strict protobuf encoding.
func (m Acknowledgement) Acknowledgement() []byte {
	bz, err := m.Marshal()
	if err != nil {
		panic(err) // two integers always encode
	}
	return bz
}

// DecodeAck decodes an acknowledgement. Errors: ErrInvalidAck.
func DecodeAck(bz []byte) (Acknowledgement, error) {
	const most = 2 * (1 + 10) // two varint fields
	var a Acknowledgement
	if len(bz) > most {
		return a, ErrInvalidAck.Wrapf("expected at most %d bytes, got %d", most, len(bz))
	}
	if err := strictUnmarshal(bz, &a); err != nil {
		return a, ErrInvalidAck.Wrap(err.Error())
	}
	if a.Code <= AckUnspecified {
		return a, ErrInvalidAck.Wrapf("no code %d", a.Code)
	}
	return a, nil
}
