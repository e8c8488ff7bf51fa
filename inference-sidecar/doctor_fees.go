package sidecar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
)

const (
	feesCheck = "fees"
	// unpaid is what follows where nobody pays.
	unpaid = "the device's reports and proofs are refused; it serves on"
	// fewDays is how long a grant may last before it is worth a warning.
	fewDays = 7 * 24 * time.Hour
)

// checkFees asks an endpoint who pays. The answer is not verified: a lie would mislead only the reader.
func (d *doctor) checkFees(ctx context.Context, nodes []*node) Finding {
	switch {
	case d.key == nil:
		return unchecked(feesCheck, "no device key")
	case len(nodes) == 0:
		return unchecked(feesCheck, "no endpoint to ask")
	case d.config.Device.FeeGranter == "":
		return d.checkBalance(ctx, nodes[0])
	}
	return d.checkGrant(ctx, nodes[0])
}

// message is what the SDK's generated types have in common.
type message interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// query asks an endpoint a gRPC query over its RPC. The answer is not verified.
func (n *node) query(ctx context.Context, path string, request, answer message) error {
	raw, err := request.Marshal()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, endpointTimeout)
	defer cancel()
	res, err := n.client.ABCIQuery(ctx, path, raw)
	if err != nil {
		return unwrapURL(err)
	}
	if r := res.Response; !r.IsOK() {
		return &queryError{r.Code, r.Log}
	}
	return answer.Unmarshal(res.Response.Value)
}

// queryError is an endpoint's refusal of a query.
type queryError struct {
	code uint32
	log  string
}

func (e *queryError) Error() string {
	return fmt.Sprintf("query refused with code %d: %s", e.code, e.log)
}

func (d *doctor) checkGrant(ctx context.Context, n *node) Finding {
	granter := d.config.Device.FeeGranter
	grantIt := fmt.Sprintf("the granter grants it: assayd tx feegrant grant %s %s --spend-limit 10000000uassay", granter, d.key)
	var answer feegrant.QueryAllowanceResponse
	err := n.query(ctx, "/cosmos.feegrant.v1beta1.Query/Allowance",
		&feegrant.QueryAllowanceRequest{Granter: granter, Grantee: d.key.String()}, &answer)
	var refusal *queryError
	switch {
	case errors.As(err, &refusal) && strings.Contains(refusal.log, "not found"):
		return wrong(feesCheck, "%s grants the device no fees, says %s (unverified)", granter, n.url).means(unpaid).hint("%s", grantIt)
	case err != nil:
		return unchecked(feesCheck, "%s: %v", n.url, err)
	case answer.Allowance == nil:
		return unchecked(feesCheck, "%s: expected an allowance, got none", n.url)
	}
	basic, err := basicAllowance(answer.Allowance.Allowance, 0)
	if err != nil {
		return unchecked(feesCheck, "%s: %v", n.url, err)
	}
	return d.checkAllowance(basic, n.url, grantIt)
}

// maxNesting bounds allowances within allowances.
const maxNesting = 4

// basicAllowance is the limit and the expiry of an allowance, whatever else it restricts.
func basicAllowance(a *codectypes.Any, depth int) (*feegrant.BasicAllowance, error) {
	if a == nil || depth > maxNesting {
		return nil, errors.New("allowance: expected one, got none")
	}
	switch name := strings.TrimPrefix(a.TypeUrl, "/"); name {
	case "cosmos.feegrant.v1beta1.BasicAllowance":
		var b feegrant.BasicAllowance
		return &b, b.Unmarshal(a.Value)
	case "cosmos.feegrant.v1beta1.PeriodicAllowance":
		var p feegrant.PeriodicAllowance
		return &p.Basic, p.Unmarshal(a.Value)
	case "cosmos.feegrant.v1beta1.AllowedMsgAllowance":
		var m feegrant.AllowedMsgAllowance
		if err := m.Unmarshal(a.Value); err != nil {
			return nil, err
		}
		return basicAllowance(m.Allowance, depth+1)
	default:
		return nil, fmt.Errorf("allowance of unknown type %q", a.TypeUrl)
	}
}

func (d *doctor) checkAllowance(b *feegrant.BasicAllowance, url, grantIt string) Finding {
	said := fmt.Sprintf("granted by %s, says %s (unverified)", d.config.Device.FeeGranter, url)
	if b.Expiration != nil {
		switch left := b.Expiration.Sub(d.now()); {
		case left <= 0:
			return wrong(feesCheck, "%s; expired on %s", said, stamp(*b.Expiration)).means(unpaid).hint("%s", grantIt)
		case left < fewDays:
			return warning(feesCheck, "%s; it expires in %s", said, length(left)).hint("%s", grantIt)
		}
	}
	if b.SpendLimit == nil {
		return fine(feesCheck, "%s, without limit", said)
	}
	if err := b.SpendLimit.Validate(); err != nil {
		return unchecked(feesCheck, "%s: spend limit: %v", url, err)
	}
	short, few := d.tooLittle(b.SpendLimit)
	switch {
	case short:
		return wrong(feesCheck, "%s; %s left", said, b.SpendLimit).means(unpaid).hint("the granter revokes it and grants anew: assayd tx feegrant revoke; %s", grantIt)
	case few:
		return warning(feesCheck, "%s; %s left", said, b.SpendLimit).hint("%s", grantIt)
	}
	return fine(feesCheck, "%s; %s left", said, b.SpendLimit)
}

func (d *doctor) checkBalance(ctx context.Context, n *node) Finding {
	var answer banktypes.QueryAllBalancesResponse
	if err := n.query(ctx, "/cosmos.bank.v1beta1.Query/AllBalances", &banktypes.QueryAllBalancesRequest{Address: d.key.String()}, &answer); err != nil {
		return unchecked(feesCheck, "%s: %v", n.url, err)
	}
	if err := answer.Balances.Validate(); err != nil {
		return unchecked(feesCheck, "%s: balance: %v", n.url, err)
	}
	said := fmt.Sprintf("the device pays and has %s, says %s (unverified)", orNothing(answer.Balances), n.url)
	const payIt = "device.fee_granter: the account that grants the device its fees; or send some to %s"
	short, few := d.tooLittle(answer.Balances)
	switch {
	case short:
		return wrong(feesCheck, "%s", said).means(unpaid).hint(payIt, d.key)
	case few:
		return warning(feesCheck, "%s", said).hint(payIt, d.key)
	}
	return fine(feesCheck, "%s", said)
}

// Gas of a transaction with one proof, and how many of them are few.
const (
	gasOfProof = 1_000_000
	fewProofs  = 100
)

// tooLittle says whether coins do not pay for a transaction at the configured price, or for few.
func (d *doctor) tooLittle(coins sdk.Coins) (short, few bool) {
	prices, err := sdk.ParseDecCoins(d.config.Device.GasPrices)
	if err != nil || prices.IsZero() {
		return false, false
	}
	short, few = true, true // one denomination that pays is enough
	for _, p := range prices {
		have := coins.AmountOf(p.Denom).ToLegacyDec()
		one := p.Amount.MulInt64(gasOfProof)
		short = short && have.LT(one)
		few = few && have.LT(one.MulInt64(fewProofs))
	}
	return short, few
}

func orNothing(coins sdk.Coins) string {
	if coins.Empty() {
		return "nothing"
	}
	return coins.String()
}
