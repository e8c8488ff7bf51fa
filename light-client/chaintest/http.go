package chaintest

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/cometbft/cometbft/types"
)

// Params are the parameters of a request.
type Params map[string]json.RawMessage

// Method answers a request of the JSON-RPC. The result is encoded with CometBFT's JSON.
type Method func(p Params) (any, error)

// Int returns a number, given as one or as a string; 0 if it is missing.
func (p Params) Int(name string) (int64, error) {
	raw, ok := p[name]
	if !ok || string(raw) == "null" {
		return 0, nil
	}
	v, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("parameter %q: %w", name, err)
	}
	return v, nil
}

// String returns a string; "" if it is missing.
func (p Params) String(name string) string {
	var s string
	_ = json.Unmarshal(p[name], &s) // a wrong type is as good as none
	return s
}

// ServeHTTP serves the node's JSON-RPC: status, commit, validators, abci_query, broadcast_evidence, and the node's Methods.
func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params Params          `json:"params"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 8<<20)).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := map[string]any{"jsonrpc": "2.0", "id": request.ID}
	result, err := n.serve(request.Method, request.Params)
	if err == nil {
		answer["result"], err = rawJSON(result)
	}
	if err != nil {
		answer["error"] = map[string]any{"code": -32603, "message": "Internal error", "data": err.Error()}
		delete(answer, "result")
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the client may be gone
}

func rawJSON(v any) (json.RawMessage, error) { return cmtjson.Marshal(v) }

func (n *Node) serve(method string, p Params) (any, error) {
	if m, ok := n.Methods[method]; ok {
		return m(p)
	}
	switch method {
	case "status":
		return n.serveStatus()
	case "commit", "validators":
		height, err := n.heightOf(p)
		if err != nil {
			return nil, err
		}
		block, err := n.block(height)
		if err != nil {
			return nil, err
		}
		if method == "commit" {
			return &coretypes.ResultCommit{SignedHeader: *block.SignedHeader, CanonicalCommit: true}, nil
		}
		return page(block, p)
	case "abci_query":
		return n.serveQuery(p)
	case "broadcast_evidence":
		var e types.Evidence
		if err := cmtjson.Unmarshal(p["evidence"], &e); err != nil {
			return nil, err
		}
		return &coretypes.ResultBroadcastEvidence{Hash: e.Hash()}, n.report(e)
	}
	return nil, fmt.Errorf("method %q: not found", method)
}

func (n *Node) heightOf(p Params) (int64, error) {
	height, err := p.Int("height")
	if err == nil && height == 0 {
		height = n.chain.Height()
	}
	return height, err
}

func (n *Node) serveStatus() (any, error) {
	height, err := n.tip()
	if err != nil {
		return nil, err
	}
	return &coretypes.ResultStatus{
		NodeInfo: p2p.DefaultNodeInfo{Network: n.chain.ID(), Moniker: "chaintest"},
		SyncInfo: coretypes.SyncInfo{LatestBlockHeight: height, LatestBlockTime: n.chain.Time(height), EarliestBlockHeight: 1, EarliestBlockTime: time.Time{}},
	}, nil
}

// page cuts a page out of the validators, as a node does.
func page(block *types.LightBlock, p Params) (any, error) {
	number, err := p.Int("page")
	if err != nil {
		return nil, err
	}
	size, err := p.Int("per_page")
	if err != nil {
		return nil, err
	}
	all := block.ValidatorSet.Validators
	if size < 1 {
		size = 30
	}
	from := min(int64(len(all)), (max(number, 1)-1)*min(size, 100))
	cut := all[from:min(int64(len(all)), from+min(size, 100))]
	return &coretypes.ResultValidators{BlockHeight: block.Height, Validators: cut, Count: len(cut), Total: len(all)}, nil
}

func (n *Node) serveQuery(p Params) (any, error) {
	path, ok := strings.CutPrefix(p.String("path"), "/store/")
	store, isKey := strings.CutSuffix(path, "/key")
	if !ok || !isKey {
		return nil, fmt.Errorf("path %q: expected /store/…/key", p.String("path"))
	}
	key, err := hex.DecodeString(p.String("data"))
	if err != nil {
		return nil, err
	}
	height, err := p.Int("height")
	if err != nil {
		return nil, err
	}
	answer, err := n.answer(store, key, height)
	if err != nil {
		return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Code: 1, Codespace: "sdk", Log: err.Error()}}, nil
	}
	return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Key: key, Value: answer.Value, ProofOps: answer.Proof, Height: height}}, nil
}
