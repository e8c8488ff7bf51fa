package validate_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// oracle compiles with wazero's interpreter, core specification 2.0.
type oracle struct{ runtime wazero.Runtime }

func newOracle(tb testing.TB) oracle {
	tb.Helper()
	ctx := context.Background()
	config := wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(api.CoreFeaturesV2)
	r := wazero.NewRuntimeWithConfig(ctx, config)
	tb.Cleanup(func() { require.NoError(tb, r.Close(ctx)) })
	return oracle{r}
}

func (o oracle) compile(code []byte) error {
	ctx := context.Background()
	m, err := o.runtime.CompileModule(ctx, code)
	if err != nil {
		return err
	}
	return m.Close(ctx)
}

// withoutCustom drops the custom sections: wazero reads those that hold names, and refuses bad ones, which the
// specification says to ignore.
func withoutCustom(code []byte) []byte {
	out := append([]byte(nil), code[:8]...)
	for at := 8; at < len(code); {
		size, n, shift := 0, 1, 0
		for ; ; n++ {
			size |= int(code[at+n]&0x7f) << shift
			shift += 7
			if code[at+n] < 0x80 {
				break
			}
		}
		end := at + n + 1 + size
		if code[at] != 0 {
			out = append(out, code[at:end]...)
		}
		at = end
	}
	return out
}

// FuzzValidate: what is accepted here, wazero accepts, and its bodies can be read to their ends; all else is one
// error with a place. What is refused is not for wazero: it makes room for whatever number a module declares.
func FuzzValidate(f *testing.F) {
	code, _ := bt.Sample()
	f.Add(code)
	f.Add(plainSample())
	o := newOracle(f)
	l := binary.DefaultLimits()
	f.Fuzz(func(t *testing.T, code []byte) {
		m, info, err := check(code, l)
		if err != nil {
			var at *binary.Error
			require.ErrorAs(t, err, &at)
			require.True(t, at.Offset >= 0 && at.Offset <= len(code), at.Offset)
			return
		}
		require.Len(t, info.MaxStack, len(m.Funcs))
		longer := false
		for i, fn := range m.Funcs {
			require.LessOrEqual(t, int(info.MaxStack[i]), len(fn.Body))
			r := binary.NewReader(fn.Body, fn.Offset)
			var in binary.Instr
			n := uint32(0)
			for ; !r.Done(); n++ {
				require.NoError(t, r.Next(&in))
			}
			longer = longer || longerOpcode(fn.Body)
			require.Equal(t, info.Instrs[i], n)
			require.Equal(t, binary.OpEnd, in.Op)
		}
		if !longer {
			require.NoError(t, o.compile(withoutCustom(code)))
		}
	})
}

// signBits is in errors about what wazero accepts: of the four bits that repeat the sign of a signed integer of
// five bytes, it leaves the last one out.
const signBits = "i32.const: integer: the unused bits"

// FuzzBody puts any bytes where a function's body is: wazero accepts what is accepted here, and refuses what is
// malformed or invalid here.
func FuzzBody(f *testing.F) {
	sample, _ := bt.Sample()
	m, err := binary.Decode(sample, binary.DefaultLimits())
	require.NoError(f, err)
	f.Add(byte(0), m.Funcs[0].Body)
	f.Add(byte(1), m.Funcs[1].Body)
	f.Add(byte(2), []byte{0x02, 0x7f, 0x41, 0, 0x41, 0, 0x0d, 0, 0x0b, 0x0b})
	f.Add(byte(2), []byte{0x41, 0, 0x04, 0x7f, 0x00, 0x05, 0x03, 0x7f, 0x0c, 0, 0x0b, 0x0b, 0x0b})
	o := newOracle(f)
	l := binary.DefaultLimits()
	f.Fuzz(func(t *testing.T, typ byte, body []byte) {
		code, _ := bodyCase{typ: uint32(typ % 3), locals: 3, body: body}.module(false)
		_, _, err := check(code, l)
		switch {
		case errors.Is(err, binary.ErrUnsupported), errors.Is(err, binary.ErrLimit), longerOpcode(body):
		case err != nil && strings.Contains(err.Error(), signBits):
		case err == nil:
			require.NoError(t, o.compile(code))
		default:
			require.Error(t, o.compile(code), "wazero accepts what is refused here: %v", err)
		}
	})
}

// longerOpcode says that the number after a prefix is in a longer form somewhere (5.2.2), which wazero's
// interpreter does not read.
func longerOpcode(body []byte) bool {
	r := binary.NewReader(body, 0)
	var in binary.Instr
	for !r.Done() && r.Next(&in) == nil {
		if in.Op > 0xff && body[in.Offset+1] >= 0x80 {
			return true
		}
	}
	return false
}

// plainSample is the sample without what wazero does not read: a longer form of the number after a prefix, and a
// custom section with an empty name at the end of the module.
func plainSample() []byte {
	code, _ := bt.Sample()
	return withoutCustom(bytes.Replace(code, []byte{0xfc, 0x8b, 0x00, 0}, []byte{0xfc, 0x0b, 0, 0x01}, 1))
}

// TestOracleEveryByteChanged gives every byte of a module every value, and compares the verdict with wazero's.
func TestOracleEveryByteChanged(t *testing.T) {
	o := newOracle(t)
	code := plainSample()
	require.NoError(t, o.compile(code))
	counts := map[string]int{}
	for i, old := range code {
		for b := range 256 {
			code[i] = byte(b)
			switch m, _, err := check(code, binary.DefaultLimits()); {
			case err == nil && !slices.ContainsFunc(m.Funcs, func(f binary.Func) bool { return longerOpcode(f.Body) }):
				require.NoError(t, o.compile(withoutCustom(code)), "byte %d is %#02x", i, b)
				counts["accepted"]++
			case err == nil, strings.Contains(err.Error(), signBits):
			case strings.Contains(err.Error(), "import"): // for a type or table that it reads there, wazero takes a GiB
			case errors.Is(err, binary.ErrMalformed), errors.Is(err, binary.ErrInvalid):
				require.Error(t, o.compile(code), "byte %d is %#02x: wazero accepts: %v", i, b, err)
				counts["refused"]++
			}
		}
		code[i] = old
	}
	require.Greater(t, counts["accepted"], 10_000)
	require.Greater(t, counts["refused"], 30_000)
}

// TestOracleOfficial compares the verdict on every official module with wazero's.
func TestOracleOfficial(t *testing.T) {
	o := newOracle(t)
	accepted := 0
	for _, c := range officialSuite(t, "v2") {
		code, err := os.ReadFile(c.Filename)
		require.NoError(t, err)
		_, _, err = check(code, wideLimits())
		switch {
		case err == nil:
			require.NoError(t, o.compile(withoutCustom(code)), filepath.Base(c.Filename))
			accepted++
		case !errors.Is(err, binary.ErrUnsupported):
			require.Error(t, o.compile(code), filepath.Base(c.Filename))
		}
	}
	require.Greater(t, accepted, 300)
}
