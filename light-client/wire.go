package lightclient

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errWire = errors.New("malformed protobuf")

// countFields returns how often a field occurs in an encoded message, at a path of field numbers through messages. Decoding
// a message of two bytes takes fifty times that; what is hostile is counted before it is decoded.
func countFields(raw []byte, path ...uint64) (int, error) {
	count := 0
	for len(raw) > 0 {
		tag, n := binary.Uvarint(raw)
		if n <= 0 {
			return 0, errWire
		}
		raw = raw[n:]
		size, skip, ok := payload(raw, tag&7)
		if !ok {
			return 0, errWire
		}
		if tag>>3 == path[0] {
			if len(path) == 1 {
				count++
			} else {
				inner, err := countFields(raw[skip:skip+size], path[1:]...)
				if err != nil {
					return 0, err
				}
				count += inner
			}
		}
		raw = raw[skip+size:]
	}
	return count, nil
}

// payload returns where the value of a field is: its size, after skip bytes. It is within raw if ok.
func payload(raw []byte, wireType uint64) (size, skip int, ok bool) {
	switch wireType {
	case 0: // a number, which has no messages in it
		_, n := binary.Uvarint(raw)
		return 0, n, n > 0
	case 1:
		return 0, 8, len(raw) >= 8
	case 2:
		length, n := binary.Uvarint(raw)
		return int(length), n, n > 0 && length <= uint64(len(raw)-n)
	case 5:
		return 0, 4, len(raw) >= 4
	}
	return 0, 0, false // groups are not used any more
}

// bound is the most that a field may occur, at a path of field numbers.
type bound struct {
	most int
	path []uint64
	what string
}

// within checks bounds of an encoded message.
func within(raw []byte, bounds []bound) error {
	for _, b := range bounds {
		n, err := countFields(raw, b.path...)
		if err != nil {
			return err
		}
		if n > b.most {
			return fmt.Errorf("expected at most %d %s, got %d", b.most, b.what, n)
		}
	}
	return nil
}
