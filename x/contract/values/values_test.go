// Package values_test holds the encoding of messages and records to its form: one encoding for each list, and an error that
// says where for all that is none.
package values_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/values"
)

// The bytes are written out: contracts in other languages read and write them.
func TestEncoding(t *testing.T) {
	list := []values.Value{values.T("pay"), values.B([]byte{0xff}), values.N(258), values.T("")}
	encoded := values.Encode(list...)
	require.Equal(t, "7403000000706179"+"6201000000ff"+"6e080000000201000000000000"+"7400000000", hex.EncodeToString(encoded))
	decoded, err := values.Decode(encoded)
	require.NoError(t, err)
	require.Equal(t, list, decoded)
	require.NoError(t, values.Check(list...))
}

func TestDecode(t *testing.T) {
	number := "n\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"
	for _, tc := range []struct {
		name    string
		encoded string
		want    []values.Value
		err     string
	}{
		{name: "success: nothing"},
		{name: "success: number", encoded: number, want: []values.Value{values.N(1)}},
		{name: "success: largest", encoded: "b\xfb\xff\x00\x00" + strings.Repeat("x", 65531), want: []values.Value{values.B(bytes.Repeat([]byte("x"), 65531))}},
		{name: "success: most values", encoded: strings.Repeat("t\x00\x00\x00\x00", 256), want: slicesOf(values.T(""), 256)},
		{name: "failure: too large", encoded: "b\xfc\xff\x00\x00" + strings.Repeat("x", 65532), err: "expected at most 65536 bytes, got 65537"},
		{name: "failure: too many", encoded: strings.Repeat("t\x00\x00\x00\x00", 257), err: "byte 1280: expected at most 256 values"},
		{name: "failure: tag", encoded: "x\x00\x00\x00\x00", err: "value 0 at byte 0: tag 0x78: expected t, b or n"},
		{name: "failure: header cut off", encoded: number + "t\x00\x00\x00", err: "value 1 at byte 13: header: expected 5 bytes, got 4"},
		{name: "failure: payload cut off", encoded: "t\x02\x00\x00\x00a", err: "length 2: expected at most the 1 bytes that are left"},
		{name: "failure: huge length", encoded: "b\xff\xff\xff\xffa", err: "length 4294967295"},
		{name: "failure: short number", encoded: "n\x07\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00", err: "number: expected 8 bytes, got 7"},
		{name: "failure: long number", encoded: "n\x09\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00", err: "number: expected 8 bytes, got 9"},
		{name: "failure: text is not UTF-8", encoded: "t\x01\x00\x00\x00\xff", err: "text: expected UTF-8"},
		{name: "failure: trailing byte", encoded: number + "n", err: "value 1 at byte 13"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			list, err := values.Decode([]byte(tc.encoded))
			if tc.err != "" {
				require.ErrorIs(t, err, values.ErrMalformed)
				require.ErrorContains(t, err, tc.err)
				require.Nil(t, list)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, list)
		})
	}
}

func slicesOf(v values.Value, n int) []values.Value {
	out := make([]values.Value, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// What is decoded stays what it was when the bytes change.
func TestDecodeCopies(t *testing.T) {
	encoded := values.Encode(values.B([]byte("ab")))
	list, err := values.Decode(encoded)
	require.NoError(t, err)
	encoded[5] = 'x'
	require.Equal(t, "ab", string(list[0].Bytes))
}

func TestEncodeMakesTextValid(t *testing.T) {
	list, err := values.Decode(values.Encode(values.T("a\xffb")))
	require.NoError(t, err)
	require.Equal(t, "a\ufffdb", list[0].Text)
}

func TestCheck(t *testing.T) {
	require.ErrorIs(t, values.Check(slicesOf(values.N(0), 257)...), values.ErrLimit)
	require.ErrorIs(t, values.Check(values.B(make([]byte, 65532))), values.ErrLimit)
	require.NoError(t, values.Check(values.B(make([]byte, 65531))))
	require.ErrorIs(t, values.Check(values.T("\xff")), values.ErrMalformed)
	require.ErrorIs(t, values.Check(values.Value{}), values.ErrMalformed)
}

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name string
		arg  string
		want values.Value
		bad  bool
	}{
		{name: "success: digits", arg: "123", want: values.N(123)},
		{name: "success: zero", arg: "0", want: values.N(0)},
		{name: "success: largest number", arg: "18446744073709551615", want: values.N(1<<64 - 1)},
		{name: "success: leading zero is text", arg: "0123", want: values.T("0123")},
		{name: "success: negative is text", arg: "-1", want: values.T("-1")},
		{name: "success: bytes", arg: "0xAbff", want: values.B([]byte{0xab, 0xff})},
		{name: "success: no bytes", arg: "0x", want: values.B([]byte{})},
		{name: "success: word", arg: "pay", want: values.T("pay")},
		{name: "success: empty", arg: "", want: values.T("")},
		{name: "success: forced text", arg: "text:123", want: values.T("123")},
		{name: "success: forced text twice", arg: "text:text:", want: values.T("text:")},
		{name: "success: forced bytes", arg: "hex:00", want: values.B([]byte{0})},
		{name: "success: forced number", arg: "number:007", want: values.N(7)},
		{name: "failure: number too large", arg: "18446744073709551616", bad: true},
		{name: "failure: forced number with a sign", arg: "number:+7", bad: true},
		{name: "failure: no digits", arg: "number:", bad: true},
		{name: "failure: half a byte", arg: "0xabc", bad: true},
		{name: "failure: not hexadecimal", arg: "hex:zz", bad: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			list, err := values.Parse([]string{tc.arg})
			if tc.bad {
				require.ErrorIs(t, err, values.ErrArgument)
				require.ErrorContains(t, err, "argument 1 ")
				return
			}
			require.NoError(t, err)
			require.Equal(t, []values.Value{tc.want}, list)
		})
	}
	_, err := values.Parse([]string{"ok", "a\xff"})
	require.ErrorIs(t, err, values.ErrMalformed)
	_, err = values.Parse(make([]string, 257))
	require.ErrorIs(t, err, values.ErrLimit)
}

func TestFormat(t *testing.T) {
	list := []values.Value{
		values.T("pay"), values.N(5), values.B([]byte{0xab}), values.T("5"), values.T(""), values.T("two words"), values.T(`"`), values.T("#"), values.T("0x"),
	}
	line := values.Format(list)
	require.Equal(t, `pay 5 0xab text:5 "" "two words" "\"" "#" text:0x`, line)
	words, err := values.Split(line + " # a remark")
	require.NoError(t, err)
	back, err := values.Parse(words)
	require.NoError(t, err)
	require.Equal(t, list, back)
}

func TestSplit(t *testing.T) {
	words, err := values.Split("\t a  b\"c d\"e \"f g\" \"\" h#i key=\"\\u00e9 \\\"\" #j")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "bc de", "f g", "", "h#i", `key=é "`}, words)
	for _, tc := range []struct{ line, place string }{
		{`a "b`, "column 3"},
		{`a b"c`, "column 4"},
		{`"\q"`, "column 1"},
	} {
		_, err := values.Split(tc.line)
		require.ErrorIs(t, err, values.ErrArgument, tc.line)
		require.ErrorContains(t, err, tc.place)
	}
}
