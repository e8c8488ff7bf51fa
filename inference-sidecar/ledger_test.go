package sidecar

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"

	sdktx "github.com/cosmos/cosmos-sdk/types/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/light-client/chaintest"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// ledger takes transactions as a chain would, and puts attestations into its state.
type ledger struct {
	chain *chaintest.Chain

	mu           sync.Mutex
	sequence     uint64
	included     map[string]bool // by hash
	reports      []rollouttypes.MsgReportPhase
	attestations uint64
}

func newLedger(c *chaintest.Chain) *ledger { return &ledger{chain: c, included: map[string]bool{}} }

// phases are those that were reported for a rollout, in order, with the code of a failure.
func (l *ledger) phases(number uint64) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, r := range l.reports {
		if r.Number == number {
			out = append(out, strings.TrimSpace(fmt.Sprint(r.Phase, " ", r.Code)))
		}
	}
	return out
}

// reported says whether a failure with a code was reported for a rollout.
func (l *ledger) reported(number uint64, code rollouttypes.FailureCode) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.reports {
		if r.Number == number && r.Phase == rollouttypes.DevicePhaseFailed && r.Code == code {
			return true
		}
	}
	return false
}

func (l *ledger) account() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := authtypes.QueryAccountInfoResponse{Info: &authtypes.BaseAccount{AccountNumber: 7, Sequence: l.sequence}}
	return r.Marshal()
}

// broadcast takes a transaction into a block at once.
func (l *ledger) broadcast(raw []byte) (*coretypes.ResultBroadcastTx, error) {
	var tx sdktx.TxRaw
	var body sdktx.TxBody
	if err := tx.Unmarshal(raw); err != nil {
		return nil, err
	}
	if err := body.Unmarshal(tx.BodyBytes); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range body.Messages {
		if err := l.deliver(m.TypeUrl, m.Value); err != nil {
			return nil, err
		}
	}
	hash := sha256.Sum256(raw)
	l.included[string(hash[:])] = true
	l.sequence++
	return &coretypes.ResultBroadcastTx{Hash: hash[:]}, nil
}

func (l *ledger) deliver(name string, value []byte) error {
	switch name {
	case "/assay.rollout.v1.MsgReportPhase":
		var m rollouttypes.MsgReportPhase
		if err := m.Unmarshal(value); err != nil {
			return err
		}
		l.reports = append(l.reports, m)
	case "/assay.proof.v1.MsgSubmitProofs":
		var m prooftypes.MsgSubmitProofs
		if err := m.Unmarshal(value); err != nil {
			return err
		}
		return l.attest(&m)
	default:
		return fmt.Errorf("message %s: not expected", name)
	}
	return nil
}

func (l *ledger) attest(m *prooftypes.MsgSubmitProofs) error {
	device, err := chain.ParseAddress(m.Device)
	if err != nil {
		return err
	}
	for _, e := range m.Entries {
		key, err := prooftypes.NonceStoreKey(device, e.Version, e.Nonce)
		if err != nil {
			return err
		}
		l.attestations++
		l.chain.Set(prooftypes.StoreKey, key, binary.BigEndian.AppendUint64(nil, l.attestations))
	}
	l.chain.Advance(3)
	return nil
}

func (l *ledger) result(hash []byte) (*coretypes.ResultTx, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.included[string(hash)] {
		return nil, fmt.Errorf("tx (%X) not found", hash)
	}
	return &coretypes.ResultTx{Hash: hash, Height: l.chain.Height(), TxResult: abci.ExecTxResult{GasUsed: 1}}, nil
}

// endpoint is a CometBFT RPC endpoint: a node of chaintest, with transactions.
type endpoint struct {
	*httptest.Server
	node   atomic.Pointer[chaintest.Node]
	ledger *ledger
	down   atomic.Bool // connections are cut off
}

func newEndpoint(t *testing.T, c *chaintest.Chain, l *ledger) *endpoint {
	e := &endpoint{ledger: l}
	e.node.Store(chaintest.NewNode(c))
	e.Server = httptest.NewServer(e)
	t.Cleanup(func() {
		e.CloseClientConnections()
		e.Close()
	})
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.down.Load() {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var q struct {
		ID     json.RawMessage  `json:"id"`
		Method string           `json:"method"`
		Params chaintest.Params `json:"params"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	result, err := e.answer(q.Method, q.Params)
	if result == nil && err == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		e.node.Load().ServeHTTP(w, r)
		return
	}
	reply := map[string]any{"jsonrpc": "2.0", "id": q.ID}
	if err != nil {
		reply["error"] = map[string]any{"code": -32603, "message": "Internal error", "data": err.Error()}
	} else if raw, err := cmtjson.Marshal(result); err == nil {
		reply["result"] = json.RawMessage(raw)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply) // the client may be gone
}

// answer is nil for what the node answers.
func (e *endpoint) answer(method string, p chaintest.Params) (any, error) {
	decoded := func(name string) []byte {
		raw, _ := base64.StdEncoding.DecodeString(p.String(name))
		return raw
	}
	query := func(value []byte, err error) (any, error) {
		return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Value: value}}, err
	}
	switch path := p.String("path"); {
	case method == "broadcast_tx_sync":
		return e.ledger.broadcast(decoded("tx"))
	case method == "tx":
		return e.ledger.result(decoded("hash"))
	case method == "abci_query" && strings.HasSuffix(path, "Query/AccountInfo"):
		return query(e.ledger.account())
	case method == "abci_query" && path == "/app/simulate":
		return query([]byte(`{"gas_info":{"gas_used":"100000"}}`), nil)
	}
	return nil, nil
}
