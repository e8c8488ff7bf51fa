package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/cometbft/cometbft/types"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

const (
	// maxGas bounds what a simulation, which an endpoint can make up, may ask for.
	maxGas           = 50_000_000
	sequenceAttempts = 4
	resultPause      = 250 * time.Millisecond
	requestTimeout   = 10 // seconds
)

var (
	// ErrSend is returned where no endpoint took a transaction or told what became of it. It may be tried again.
	ErrSend = errors.New("transaction not sent")
	// ErrConfig is returned for options that cannot work.
	ErrConfig = errors.New("chain options")
)

// RefusedError is the chain's refusal of a transaction because of what is in it.
type RefusedError struct {
	Codespace string // of the module, such as "proof"
	Code      uint32 // stable
	Log       string // for people
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("refused by the chain: %s (code %s/%d)", e.Log, e.Codespace, e.Code)
}

// Is says whether a registered error of a module has this code.
func (e *RefusedError) Is(target error) bool {
	var coded *errorsmod.Error
	return errors.As(target, &coded) && coded.Codespace() == e.Codespace && coded.ABCICode() == e.Code
}

// SenderOptions configure a Sender.
type SenderOptions struct {
	ChainID       string
	Endpoints     []string // CometBFT RPC addresses, tried in order
	Key           *Key
	FeeGranter    string // bech32; empty: the device pays
	GasPrices     string // such as 0.001uassay
	GasAdjustment float64
	GasLimit      uint64 // 0: simulate
	Memo          string
	Timeout       time.Duration // until a transaction has to be in a block; 0: one minute
	Logger        *slog.Logger

	pause time.Duration // between attempts, and between looks for a result; 0: resultPause
}

// Sender signs transactions of the device's account and brings them into blocks, one after the other.
type Sender struct {
	o       SenderOptions
	enc     encoding
	granter sdk.AccAddress
	clients []*rpchttp.HTTP

	mu       sync.Mutex
	current  int // index of the endpoint in use
	number   uint64
	sequence uint64
	known    bool // number and sequence were read
}

// NewSender checks the options. It does not connect. Errors: ErrConfig.
func NewSender(o SenderOptions) (*Sender, error) {
	s := &Sender{o: o, enc: newEncoding()}
	if o.Key == nil || o.ChainID == "" || len(o.Endpoints) == 0 {
		return nil, fmt.Errorf("%w: expected a key, a chain id and at least one endpoint", ErrConfig)
	}
	if o.FeeGranter != "" {
		raw, err := ParseAddress(o.FeeGranter)
		if err != nil {
			return nil, fmt.Errorf("%w: fee granter: %w", ErrConfig, err)
		}
		s.granter = raw
	}
	if o.GasPrices != "" {
		if _, err := sdk.ParseDecCoins(o.GasPrices); err != nil {
			return nil, fmt.Errorf("%w: gas prices %q: %w", ErrConfig, o.GasPrices, err)
		}
	}
	if s.o.GasAdjustment == 0 {
		s.o.GasAdjustment = 1.5
	}
	if s.o.Timeout == 0 {
		s.o.Timeout = time.Minute
	}
	if s.o.pause == 0 {
		s.o.pause = resultPause
	}
	if s.o.Logger == nil {
		s.o.Logger = slog.New(slog.DiscardHandler)
	}
	for _, endpoint := range o.Endpoints {
		c, err := rpchttp.NewWithTimeout(endpoint, "/websocket", requestTimeout)
		if err != nil {
			return nil, fmt.Errorf("%w: endpoint %q: %w", ErrConfig, endpoint, err)
		}
		s.clients = append(s.clients, c)
	}
	return s, nil
}

// Send signs the messages in one transaction and waits until it is in a block; it returns the gas used. Errors: a
// *RefusedError where the chain does not want them and no endpoint contradicts, ErrSend where it is worth trying again.
func (s *Sender) Send(ctx context.Context, msgs ...sdk.Msg) (gasUsed int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	for range sequenceAttempts {
		gasUsed, err = s.try(ctx, msgs)
		if err == nil || ctx.Err() != nil {
			break
		}
		s.known = false
		var refused *RefusedError
		switch {
		case errors.Is(err, sdkerrors.ErrWrongSequence): // the key was used meanwhile, or a transaction got lost
		case errors.As(err, &refused):
			// One endpoint's word is not enough to give up what was promised.
			if len(s.clients) == 1 || s.ask(ctx, 1, msgs) != nil {
				return 0, err
			}
		default: // the endpoint is at fault
			s.current = (s.current + 1) % len(s.clients)
		}
		s.o.Logger.Debug("transaction not taken, trying again", "error", err)
		if err := sleep(ctx, s.o.pause); err != nil {
			break
		}
	}
	if err != nil {
		s.known = false
		var refused *RefusedError
		if errors.As(err, &refused) && !errors.Is(err, sdkerrors.ErrWrongSequence) {
			return 0, err
		}
		return 0, fmt.Errorf("%w: %w", ErrSend, err)
	}
	return gasUsed, nil
}

// Simulate tells what the chain would say to the messages now, without sending them. A refusal is one that no endpoint
// contradicts: the first that would take them is used from then on.
func (s *Sender) Simulate(ctx context.Context, msgs ...sdk.Msg) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ask(ctx, 0, msgs)
}

// ask simulates with all endpoints, but for the first of them after the current one, until one takes the messages. It
// stays with the one that does.
func (s *Sender) ask(ctx context.Context, skip int, msgs []sdk.Msg) error {
	current := s.current
	var refusal, err error
	for i := skip; i < len(s.clients); i++ {
		s.current, s.known = (current+i)%len(s.clients), false
		if err = s.account(ctx); err == nil {
			_, err = s.simulate(ctx, s.factory(), msgs)
		}
		if err == nil {
			return nil
		}
		var refused *RefusedError
		if errors.As(err, &refused) {
			refusal = err
		}
	}
	s.current, s.known = current, false
	if refusal != nil {
		return refusal
	}
	return err
}

func (s *Sender) try(ctx context.Context, msgs []sdk.Msg) (int64, error) {
	if err := s.account(ctx); err != nil {
		return 0, err
	}
	raw, err := s.sign(ctx, msgs)
	if err != nil {
		return 0, err
	}
	res, err := s.rpc().BroadcastTxSync(ctx, raw)
	if err != nil {
		return 0, fmt.Errorf("broadcast: %w", err)
	}
	if inCache := res.Codespace == sdkerrors.RootCodespace && res.Code == sdkerrors.ErrTxInMempoolCache.ABCICode(); res.Code != 0 && !inCache {
		return 0, &RefusedError{res.Codespace, res.Code, res.Log}
	}
	s.sequence++
	return s.result(ctx, raw)
}

func (s *Sender) rpc() *rpchttp.HTTP { return s.clients[s.current] }

// account reads number and sequence, unverified: a lie costs one refused transaction.
func (s *Sender) account(ctx context.Context) error {
	if s.known {
		return nil
	}
	request, err := s.enc.codec.Marshal(&authtypes.QueryAccountInfoRequest{Address: s.o.Key.String()})
	if err != nil {
		return err
	}
	res, err := s.rpc().ABCIQuery(ctx, "/cosmos.auth.v1beta1.Query/AccountInfo", request)
	if err != nil {
		return fmt.Errorf("account %s: %w", s.o.Key, err)
	}
	if r := res.Response; !r.IsOK() {
		return fmt.Errorf("account %s: %s (an account begins when it first gets tokens or a fee grant)", s.o.Key, r.Log)
	}
	var info authtypes.QueryAccountInfoResponse
	if err := s.enc.codec.Unmarshal(res.Response.Value, &info); err != nil || info.Info == nil {
		return fmt.Errorf("account %s: malformed answer", s.o.Key)
	}
	s.number, s.sequence, s.known = info.Info.AccountNumber, info.Info.Sequence, true
	return nil
}

func (s *Sender) factory() tx.Factory {
	return tx.Factory{}.
		WithChainID(s.o.ChainID).WithTxConfig(s.enc.tx).WithSignMode(signing.SignMode_SIGN_MODE_DIRECT).
		WithGasPrices(s.o.GasPrices).WithAccountNumber(s.number).WithSequence(s.sequence).
		WithFeeGranter(s.granter).WithMemo(s.o.Memo).WithSimulateAndExecute(true)
}

func (s *Sender) sign(ctx context.Context, msgs []sdk.Msg) ([]byte, error) {
	f := s.factory()
	gas, err := s.gas(ctx, f, msgs)
	if err != nil {
		return nil, err
	}
	b, err := f.WithGas(gas).BuildUnsignedTx(msgs...)
	if err != nil {
		return nil, err
	}
	// The sign bytes hold the signer's public key, so it is set first.
	public := s.o.Key.private.PubKey()
	empty := signing.SignatureV2{PubKey: public, Sequence: s.sequence, Data: &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT}}
	if err := b.SetSignatures(empty); err != nil {
		return nil, err
	}
	signer := authsigning.SignerData{ChainID: s.o.ChainID, AccountNumber: s.number, Sequence: s.sequence, PubKey: public, Address: s.o.Key.String()}
	signature, err := tx.SignWithPrivKey(ctx, signing.SignMode_SIGN_MODE_DIRECT, signer, b, s.o.Key.private, s.enc.tx, s.sequence)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if err := b.SetSignatures(signature); err != nil {
		return nil, err
	}
	return s.enc.tx.TxEncoder()(b.GetTx())
}

// gas is the configured limit, or what a simulation used with a margin.
func (s *Sender) gas(ctx context.Context, f tx.Factory, msgs []sdk.Msg) (uint64, error) {
	if s.o.GasLimit > 0 {
		return s.o.GasLimit, nil
	}
	used, err := s.simulate(ctx, f, msgs)
	if err != nil {
		return 0, err
	}
	gas := math.Ceil(float64(used) * s.o.GasAdjustment)
	if gas > maxGas {
		return 0, fmt.Errorf("simulation: expected at most %d gas, got %.0f", maxGas, gas)
	}
	return uint64(gas), nil
}

// simulate is the gas that the messages would use, as an endpoint says.
func (s *Sender) simulate(ctx context.Context, f tx.Factory, msgs []sdk.Msg) (uint64, error) {
	raw, err := f.BuildSimTx(msgs...)
	if err != nil {
		return 0, err
	}
	// The path rather than the gRPC service, because it keeps the code of a refusal.
	res, err := s.rpc().ABCIQuery(ctx, "/app/simulate", raw)
	if err != nil {
		return 0, fmt.Errorf("simulation: %w", err)
	}
	if r := res.Response; !r.IsOK() {
		return 0, &RefusedError{r.Codespace, r.Code, r.Log}
	}
	var answer struct {
		GasInfo struct {
			GasUsed string `json:"gas_used"`
		} `json:"gas_info"`
	}
	if err := json.Unmarshal(res.Response.Value, &answer); err != nil {
		return 0, fmt.Errorf("simulation: %w", err)
	}
	used, err := strconv.ParseUint(answer.GasInfo.GasUsed, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("simulation: %w", err)
	}
	return used, nil
}

// result waits until the transaction is in a block.
func (s *Sender) result(ctx context.Context, raw []byte) (int64, error) {
	hash := types.Tx(raw).Hash()
	for {
		res, err := s.rpc().Tx(ctx, hash, false)
		switch {
		case err == nil && res.TxResult.Code != 0:
			return 0, &RefusedError{res.TxResult.Codespace, res.TxResult.Code, res.TxResult.Log}
		case err == nil:
			return res.TxResult.GasUsed, nil
		case !strings.Contains(err.Error(), "not found"):
			return 0, fmt.Errorf("result of transaction %X: %w", hash, err)
		}
		if err := sleep(ctx, s.o.pause); err != nil {
			return 0, fmt.Errorf("transaction %X: not in a block: %w", hash, err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
