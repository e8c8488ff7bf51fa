package lightclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	cmtbytes "github.com/cometbft/cometbft/libs/bytes"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/cometbft/cometbft/types"
)

// Sizes that an answer may have. An honest one is far below: a validator or a signature takes about 300 bytes of JSON, and a
// proven value about 2.7 times its own size and some kilobytes.
const (
	maxStatusBytes     = 64 << 10
	maxCommitBytes     = 256 << 10
	maxValidatorsBytes = 64 << 10 // a page
	maxQueryBytes      = 1 << 20
	maxEvidenceBytes   = 64 << 10

	// maxValidators bounds the work that a header can cause. CometBFT takes up to 10,000; chains have up to about 200.
	maxValidators     = 500
	validatorsPerPage = 100 // the most that CometBFT gives
)

// What CometBFT says of a height that it does not have yet, or has no more. There is no code for it.
var missingHeight = regexp.MustCompile(`height \d+ (is not available|must be less than or equal to)|could not find|version does not exist`)

// rpcRemote is a node that speaks CometBFT's JSON-RPC over HTTP.
type rpcRemote struct {
	chainID string
	url     string
	client  *http.Client
	sets    *sets
}

func newHTTPClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:    5 * time.Second,
			DisableCompression:     true, // a small body must not grow
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
}

func dialHTTP(chainID, endpoint string, client *http.Client, known *sets) (Remote, error) {
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("%w: endpoint: expected a URL: %w", ErrConfig, unwrapURL(err))
	}
	if u.Scheme == "tcp" {
		u.Scheme = "http"
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("%w: endpoint %q: expected an http, https or tcp URL with a host", ErrConfig, redacted(endpoint))
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // an endpoint names no other
	return &rpcRemote{chainID: chainID, url: u.String(), client: &own, sets: known}, nil
}

func (r *rpcRemote) Tip(ctx context.Context) (int64, error) {
	// A part of coretypes.ResultStatus: the rest of it is of no use and would have to be decoded.
	var status struct {
		NodeInfo struct {
			Network string `json:"network"`
		} `json:"node_info"`
		SyncInfo struct {
			LatestBlockHeight int64 `json:"latest_block_height"`
		} `json:"sync_info"`
	}
	if err := r.call(ctx, "status", nil, maxStatusBytes, &status); err != nil {
		return 0, err
	}
	if status.NodeInfo.Network != r.chainID {
		return 0, fmt.Errorf("%w: chain: expected %q, got %q", ErrResponse, r.chainID, status.NodeInfo.Network)
	}
	if status.SyncInfo.LatestBlockHeight < 1 {
		return 0, fmt.Errorf("%w: no block yet", ErrNotFound)
	}
	return status.SyncInfo.LatestBlockHeight, nil
}

func (r *rpcRemote) LightBlock(ctx context.Context, height int64) (*types.LightBlock, error) {
	var commit coretypes.ResultCommit
	if err := r.call(ctx, "commit", map[string]any{"height": height}, maxCommitBytes, &commit); err != nil {
		return nil, err
	}
	if commit.Header == nil || commit.Commit == nil {
		return nil, fmt.Errorf("%w: commit of height %d: empty", ErrNotFound, height)
	}
	count := len(commit.Commit.Signatures) // one for each validator
	if count < 1 || count > maxValidators {
		return nil, fmt.Errorf("%w: commit of height %d: expected 1 to %d signatures, got %d", ErrResponse, height, maxValidators, count)
	}
	set := r.sets.get(commit.ValidatorsHash)
	if set == nil {
		validators, err := r.validators(ctx, height, count)
		if err != nil {
			return nil, err
		}
		if set, err = newSet(validators); err != nil {
			return nil, err
		}
		r.sets.put(set)
	}
	return &types.LightBlock{SignedHeader: &commit.SignedHeader, ValidatorSet: set}, nil
}

// validators fetches the set of a height, of which there are count.
func (r *rpcRemote) validators(ctx context.Context, height int64, count int) ([]*types.Validator, error) {
	out := make([]*types.Validator, 0, count)
	for page := 1; len(out) < count; page++ {
		var got coretypes.ResultValidators
		params := map[string]any{"height": height, "page": page, "per_page": validatorsPerPage}
		if err := r.call(ctx, "validators", params, maxValidatorsBytes, &got); err != nil {
			return nil, err
		}
		if len(got.Validators) != min(validatorsPerPage, count-len(out)) {
			return nil, fmt.Errorf("%w: validators of height %d, page %d: expected %d of %d, got %d",
				ErrResponse, height, page, min(validatorsPerPage, count-len(out)), count, len(got.Validators))
		}
		out = append(out, got.Validators...)
	}
	return out, nil
}

// newSet makes a set of validators. Proposers' priorities are dropped: no hash covers them, so an endpoint could say anything,
// and nothing here needs them.
func newSet(validators []*types.Validator) (*types.ValidatorSet, error) {
	if err := checkValidators(validators); err != nil {
		return nil, err
	}
	own := make([]*types.Validator, len(validators))
	for i, v := range validators {
		own[i] = &types.Validator{Address: v.PubKey.Address(), PubKey: v.PubKey, VotingPower: v.VotingPower}
	}
	set, err := types.ValidatorSetFromExistingValidators(own)
	if err != nil {
		return nil, fmt.Errorf("%w: validators: %w", ErrResponse, err)
	}
	return set, nil
}

// checkValidators checks what CometBFT's sets panic on, and does not check: each validator once, with the key of its address.
func checkValidators(validators []*types.Validator) error {
	seen := make(map[string]bool, len(validators))
	for i, v := range validators {
		if v == nil || v.PubKey == nil {
			return fmt.Errorf("%w: validator %d: expected one with a key", ErrResponse, i)
		}
		address := string(v.PubKey.Address())
		if address != string(v.Address) {
			return fmt.Errorf("%w: validator %d: expected address %X, got %X", ErrResponse, i, address, v.Address)
		}
		if seen[address] {
			return fmt.Errorf("%w: validator %d: expected %X once", ErrResponse, i, address)
		}
		seen[address] = true
	}
	return nil
}

func (r *rpcRemote) Query(ctx context.Context, store string, key []byte, height int64) (*Answer, error) {
	// A part of coretypes.ResultABCIQuery. A proof has two operations; of more a third is enough to see that.
	var got struct {
		Response struct {
			Code      uint32 `json:"code"`
			Codespace string `json:"codespace"`
			Log       string `json:"log"`
			Value     []byte `json:"value"`
			ProofOps  *struct {
				Ops [3]cmtcrypto.ProofOp `json:"ops"`
			} `json:"proofOps"`
		} `json:"response"`
	}
	params := map[string]any{"path": "/store/" + store + "/key", "data": cmtbytes.HexBytes(key), "height": height, "prove": true}
	if err := r.call(ctx, "abci_query", params, maxQueryBytes, plain{&got}); err != nil {
		return nil, err
	}
	res := &got.Response
	if res.Code != 0 {
		return nil, fmt.Errorf("%w: query of %q at height %d: code %d of %q: %s", ErrNotFound, store, height, res.Code, excerpt(res.Codespace), excerpt(res.Log))
	}
	if res.ProofOps == nil {
		return nil, fmt.Errorf("%w: query of %q at height %d: no proof: %s", ErrNotFound, store, height, excerpt(res.Log))
	}
	if third := res.ProofOps.Ops[2]; third.Type != "" || len(third.Key)+len(third.Data) > 0 {
		return nil, fmt.Errorf("%w: query of %q at height %d: expected 2 operations, got more", ErrResponse, store, height)
	}
	return &Answer{Value: res.Value, Proof: &cmtcrypto.ProofOps{Ops: res.ProofOps.Ops[:2]}}, nil
}

// plain is a result that the standard library decodes: of its arrays it reads no more than there is room for.
type plain struct{ v any }

func (r *rpcRemote) ReportEvidence(ctx context.Context, evidence types.Evidence) error {
	return r.call(ctx, "broadcast_evidence", map[string]any{"evidence": evidence}, maxEvidenceBytes, new(coretypes.ResultBroadcastEvidence))
}

// rpcError is a refusal by the node.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    string `json:"data"`
}

func (e *rpcError) Error() string {
	return fmt.Sprintf("refused with code %d: %s: %s", e.Code, excerpt(e.Message), excerpt(e.Data))
}

// call makes a request and decodes the answer, of at most limit bytes, into result.
func (r *rpcRemote) call(ctx context.Context, method string, params map[string]any, limit int64, result any) error {
	body := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(body)
	body.Reset()
	if err := r.post(ctx, method, params, limit, body); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *rpcError       `json:"error"`
	}
	if err := json.Unmarshal(body.Bytes(), &answer); err != nil {
		return fmt.Errorf("%s: %w: %w", method, ErrResponse, err)
	}
	if answer.Error != nil {
		if missingHeight.MatchString(answer.Error.Data) || missingHeight.MatchString(answer.Error.Message) {
			return fmt.Errorf("%s: %w: %w", method, ErrNotFound, answer.Error)
		}
		return fmt.Errorf("%s: %w", method, answer.Error)
	}
	decode := cmtjson.Unmarshal
	if p, ok := result.(plain); ok {
		decode, result = json.Unmarshal, p.v
	}
	if err := decode(answer.Result, result); err != nil {
		return fmt.Errorf("%s: %w: %w", method, ErrResponse, err)
	}
	return nil
}

// bodies are reused: answers are large beside all else, and a hostile endpoint makes each as large as it can be.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// post makes a request and reads the answer, of at most limit bytes, into body.
func (r *rpcRemote) post(ctx context.Context, method string, params map[string]any, limit int64, body *bytes.Buffer) error {
	encoded := make(map[string]json.RawMessage, len(params))
	for name, v := range params {
		raw, err := cmtjson.Marshal(v)
		if err != nil {
			return fmt.Errorf("parameter %q: %w", name, err)
		}
		encoded[name] = raw
	}
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": encoded})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(request))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := r.client.Do(req)
	if err != nil {
		return unwrapURL(err)
	}
	defer res.Body.Close()
	if res.ContentLength > limit {
		return fmt.Errorf("%w: expected at most %d bytes, got %d", ErrResponse, limit, res.ContentLength)
	}
	n, err := body.ReadFrom(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return err
	case n > limit:
		return fmt.Errorf("%w: expected at most %d bytes, got more", ErrResponse, limit)
	case res.StatusCode/100 != 2 && !json.Valid(body.Bytes()):
		return fmt.Errorf("status %q", res.Status)
	}
	return nil
}

// unwrapURL takes the URL off an error: it may hold a password.
func unwrapURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// excerpt shortens what an endpoint says.
func excerpt(s string) string {
	const most = 200
	s = strings.ToValidUTF8(s, "?")
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
