package types

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/cosmos/gogoproto/jsonpb"

	"github.com/cosmos/cosmos-sdk/codec"
)

// VersionSpecFile and VerifyingKeyFile are the names in a model directory of the files that a
// version is published from.
const (
	VersionSpecFile  = "version.json"
	VerifyingKeyFile = "vk.bin"
)

// MarshalVersionSpec returns the content of version.json: indented proto-JSON.
func MarshalVersionSpec(spec VersionSpec) ([]byte, error) {
	compact, err := codec.ProtoMarshalJSON(&spec, nil)
	if err != nil {
		return nil, fmt.Errorf("version spec: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("version spec: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// UnmarshalVersionSpec reads version.json. It refuses fields that it does not know, and what does
// not validate against the bounds in code.
func UnmarshalVersionSpec(data []byte) (VersionSpec, error) {
	var spec VersionSpec
	if !json.Valid(data) { // jsonpb stops after the first value
		return spec, fmt.Errorf("version spec: expected one JSON object")
	}
	if err := jsonpb.Unmarshal(bytes.NewReader(data), &spec); err != nil {
		return spec, fmt.Errorf("version spec: %w", err)
	}
	return spec, spec.Validate(MaxParams())
}
