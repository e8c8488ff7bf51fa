package proving

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/journal/record"
	"github.com/assay-chain/assay/zkml/model"
)

func smallJob() Job {
	return Job{
		ID: [16]byte{1}, Attempt: 2, ChainID: testChain, Device: testDevice, Version: "acme/m@1.0.0", Input: []byte("input"),
		Artifacts: []artifacts.Artifact{
			{Name: model.CanonicalFile, MediaType: "application/onnx", Size: 7, URIs: []string{"https://a.example", "oci://b.example/x"}},
			{Name: model.ProvingFile, Size: 9},
		},
		CircuitDigest: [32]byte{3}, KeyDigest: [32]byte{4},
	}
}

func TestJobRoundTrip(t *testing.T) {
	j := smallJob()
	got, err := DecodeJob(EncodeJob(&j))
	require.NoError(t, err)
	require.Equal(t, j, got)
}

func TestJobRefused(t *testing.T) {
	for name, change := range map[string]func(j *Job){
		"failure: short device": func(j *Job) { j.Device = j.Device[1:] },
		"failure: no version":   func(j *Job) { j.Version = "" },
		"failure: no chain":     func(j *Job) { j.ChainID = "" },
		"failure: no input":     func(j *Job) { j.Input = nil },
		"failure: many artifacts": func(j *Job) {
			j.Artifacts = make([]artifacts.Artifact, maxArtifacts+1)
		},
		"failure: long uri":     func(j *Job) { j.Artifacts[0].URIs[0] = strings.Repeat("x", maxURIBytes+1) },
		"failure: many uris":    func(j *Job) { j.Artifacts[0].URIs = make([]string, maxURIs+1) },
		"failure: huge size":    func(j *Job) { j.Artifacts[0].Size = 1 << 50 },
		"failure: no key":       func(j *Job) { j.Artifacts = j.Artifacts[:1] },
		"failure: no canonical": func(j *Job) { j.Artifacts = j.Artifacts[1:] },
	} {
		t.Run(name, func(t *testing.T) {
			j := smallJob()
			change(&j)
			_, err := DecodeJob(EncodeJob(&j))
			require.Error(t, err)
		})
	}
}

func TestAnswerRoundTrip(t *testing.T) {
	good := Answer{ID: [16]byte{1}, Proof: Proof{Proof: make([]byte, 196), Output: []byte{1}, InputDigest: make([]byte, 32)}}
	got, err := DecodeAnswer(EncodeAnswer(&good))
	require.NoError(t, err)
	require.Equal(t, good, got)
	for _, tc := range []struct{ err, want error }{
		{ErrMemory, ErrMemory},
		{fmt.Errorf("x: %w", ErrCircuit), ErrCircuit},
		{ErrJob, ErrJob},
		{ErrArtifact, ErrArtifact},
		{io.EOF, ErrProver},
		{errors.New(strings.Repeat("\xff", 9999)), ErrProver},
	} {
		got, err := DecodeAnswer(EncodeAnswer(&Answer{ID: [16]byte{1}, Proof: good.Proof, Err: tc.err}))
		require.NoError(t, err)
		require.ErrorIs(t, got.Err, tc.want)
		require.Equal(t, Proof{}, got.Proof)
	}
}

func TestAnswerRefused(t *testing.T) {
	good := EncodeAnswer(&Answer{Proof: Proof{Proof: []byte{1}, Output: []byte{2}, InputDigest: []byte{3}}})
	for name, data := range map[string][]byte{
		"failure: empty":                   nil,
		"failure: trailing":                append(bytes.Clone(good), 0),
		"failure: another format":          append([]byte{9}, good[1:]...),
		"failure: unknown status":          append(append(bytes.Clone(good[:17]), 99), good[18:]...),
		"failure: a proof with an error":   append(append(bytes.Clone(good[:17]), 1), good[18:]...),
		"failure: a proof without a proof": EncodeAnswer(&Answer{}),
		"failure: a long proof":            EncodeAnswer(&Answer{Proof: Proof{Proof: make([]byte, 1000), Output: []byte{2}, InputDigest: []byte{3}}}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeAnswer(data)
			require.ErrorIs(t, err, record.ErrMalformed)
		})
	}
}

func TestFrames(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, writeFrame(&b, []byte("one")))
	require.NoError(t, writeFrame(&b, nil))
	one, err := readFrame(&b)
	require.NoError(t, err)
	require.Equal(t, "one", string(one))
	none, err := readFrame(&b)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = readFrame(&b)
	require.ErrorIs(t, err, io.EOF)
	_, err = readFrame(strings.NewReader("\xff\xff\xff\xff"))
	require.Error(t, err)
	_, err = readFrame(strings.NewReader("\x00\x00\x00\x05abc"))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Error(t, writeFrame(&b, make([]byte, maxFrame+1)))
}

func FuzzDecodeJob(f *testing.F) {
	j := smallJob()
	f.Add(EncodeJob(&j))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := DecodeJob(data)
		if err == nil && !bytes.Equal(EncodeJob(&j), data) {
			t.Fatalf("expected one encoding of %+v", j)
		}
	})
}

func FuzzDecodeAnswer(f *testing.F) {
	f.Add(EncodeAnswer(&Answer{ID: [16]byte{1}, Proof: Proof{Proof: make([]byte, 196), Output: []byte{1}, InputDigest: make([]byte, 32)}}))
	f.Add(EncodeAnswer(&Answer{ID: [16]byte{1}, Err: ErrMemory}))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := DecodeAnswer(data)
		if err == nil && a.Err == nil && !bytes.Equal(EncodeAnswer(&a), data) {
			t.Fatalf("expected one encoding of %+v", a)
		}
	})
}

func FuzzDecodeRequest(f *testing.F) {
	f.Add(encodeRequest(&request{job: smallJob(), canonical: "/a", key: "/b"}))
	f.Add(encodeChildConfig(childConfig{memory: 1, threads: 2, nice: 3}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if q, err := decodeRequest(data); err == nil && !bytes.Equal(encodeRequest(q), data) {
			t.Fatalf("expected one encoding of %+v", q)
		}
		if c, err := decodeChildConfig(data); err == nil && !bytes.Equal(encodeChildConfig(c), data) {
			t.Fatalf("expected one encoding of %+v", c)
		}
	})
}
