package chain

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	sdktx "github.com/cosmos/cosmos-sdk/types/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

// rpc is an endpoint, with what it answers in the place of the truth.
type rpc struct {
	*httptest.Server
	t testing.TB

	mu       sync.Mutex
	sequence uint64  // of the account, on the chain
	gas      string  // that a simulation used, as JSON
	accounts int     // requests
	sent     []*sent // in order
	included map[string]abci.ExecTxResult

	// Answers that tests change. nil: the truth.
	account   func() (abci.ResponseQuery, error)
	simulate  func(msgs []sdk.Msg) *abci.ResponseQuery
	broadcast func(s *sent) (*coretypes.ResultBroadcastTx, error)
	result    func(hash []byte) (*coretypes.ResultTx, error)
	down      bool
}

// sent is a transaction that was broadcast.
type sent struct {
	msgs     []sdk.Msg
	sequence uint64
	fee      sdktx.Fee
	memo     string
}

func newRPC(t testing.TB) *rpc {
	e := &rpc{t: t, gas: `"100000"`, included: map[string]abci.ExecTxResult{}}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

// sender sends through endpoints.
func sender(t testing.TB, change func(*SenderOptions), endpoints ...*rpc) *Sender {
	t.Helper()
	o := SenderOptions{ChainID: "zone-1", Key: NewKey(), GasPrices: "0.001uassay", Logger: slog.New(slog.DiscardHandler), pause: 1}
	for _, e := range endpoints {
		o.Endpoints = append(o.Endpoints, e.URL)
	}
	if change != nil {
		change(&o)
	}
	s, err := NewSender(o)
	require.NoError(t, err)
	return s
}

func (e *rpc) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.down {
		panic(http.ErrAbortHandler)
	}
	var q struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params map[string]any  `json:"params"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	reply := map[string]any{"jsonrpc": "2.0", "id": q.ID}
	result, err := e.answer(q.Method, q.Params)
	if err != nil {
		reply["error"] = map[string]any{"code": -32603, "message": "Internal error", "data": err.Error()}
	} else if raw, err := cmtjson.Marshal(result); err == nil {
		reply["result"] = json.RawMessage(raw)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply) // the client may be gone
}

func (e *rpc) answer(method string, p map[string]any) (any, error) {
	text := func(name string) string { s, _ := p[name].(string); return s }
	raw := func(name string) []byte { b, _ := base64.StdEncoding.DecodeString(text(name)); return b }
	switch {
	case method == "abci_query" && strings.HasSuffix(text("path"), "AccountInfo"):
		r, err := e.accountInfo()
		return &coretypes.ResultABCIQuery{Response: r}, err
	case method == "abci_query" && text("path") == "/app/simulate":
		return &coretypes.ResultABCIQuery{Response: e.simulation(text("data"))}, nil
	case method == "broadcast_tx_sync":
		return e.take(raw("tx"))
	case method == "tx":
		hash := raw("hash")
		if e.result != nil {
			return e.result(hash)
		}
		r, found := e.included[string(hash)]
		if !found {
			return nil, fmt.Errorf("tx (%X) not found", hash)
		}
		return &coretypes.ResultTx{Hash: hash, TxResult: r}, nil
	}
	return nil, fmt.Errorf("method %q", method)
}

func (e *rpc) accountInfo() (abci.ResponseQuery, error) {
	e.accounts++
	if e.account != nil {
		return e.account()
	}
	value, err := (&authtypes.QueryAccountInfoResponse{Info: &authtypes.BaseAccount{AccountNumber: 7, Sequence: e.sequence}}).Marshal()
	return abci.ResponseQuery{Value: value}, err
}

func (e *rpc) simulation(data string) abci.ResponseQuery {
	if e.simulate != nil {
		raw := make([]byte, len(data)/2)
		_, _ = fmt.Sscanf(data, "%x", &raw)
		if r := e.simulate(e.decode(raw).msgs); r != nil {
			return *r
		}
	}
	return abci.ResponseQuery{Value: []byte(`{"gas_info":{"gas_used":` + e.gas + `}}`)}
}

func (e *rpc) decode(raw []byte) *sent {
	tx, err := newEncoding().tx.TxDecoder()(raw)
	require.NoError(e.t, err)
	var r sdktx.TxRaw
	var info sdktx.AuthInfo
	var body sdktx.TxBody
	require.NoError(e.t, r.Unmarshal(raw))
	require.NoError(e.t, info.Unmarshal(r.AuthInfoBytes))
	require.NoError(e.t, body.Unmarshal(r.BodyBytes))
	return &sent{msgs: tx.GetMsgs(), sequence: info.SignerInfos[0].Sequence, fee: *info.Fee, memo: body.Memo}
}

// take is a mempool that checks the sequence and puts the transaction into a block at once.
func (e *rpc) take(raw []byte) (*coretypes.ResultBroadcastTx, error) {
	s := e.decode(raw)
	e.sent = append(e.sent, s)
	if e.broadcast != nil {
		if r, err := e.broadcast(s); r != nil || err != nil {
			return r, err
		}
	}
	if s.sequence != e.sequence {
		code := sdkerrors.ErrWrongSequence
		return &coretypes.ResultBroadcastTx{Code: code.ABCICode(), Codespace: code.Codespace(), Log: "sequence"}, nil
	}
	e.sequence++
	hash := sha256.Sum256(raw)
	e.included[string(hash[:])] = abci.ExecTxResult{GasUsed: 90_000}
	return &coretypes.ResultBroadcastTx{Hash: hash[:]}, nil
}

// with changes an endpoint.
func (e *rpc) with(change func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change()
}

// count returns how many transactions an endpoint was sent.
func (e *rpc) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.sent)
}
