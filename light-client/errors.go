package lightclient

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrConfig is for a configuration that cannot work.
	ErrConfig = errors.New("configuration")
	// ErrTrust is for a root of trust that is missing, or that the endpoints or the store contradict.
	ErrTrust = errors.New("root of trust")
	// ErrTrustExpired says that the newest verified header is older than the trust period: nothing can be verified from
	// it any more, and an operator must give a new root of trust.
	ErrTrustExpired = errors.New("trust period is over")
	// ErrTrustPeriod says that the trust period is not below the chain's unbonding period.
	ErrTrustPeriod = errors.New("trust period not below the unbonding period")
	// ErrUnavailable says that no endpoint answered. It comes as *UnavailableError.
	ErrUnavailable = errors.New("no endpoint available")
	// ErrNoWitness says that a header was verified and that no other endpoint confirmed it.
	ErrNoWitness = errors.New("no witness")
	// ErrHeader is for a header that does not follow from the last verified one.
	ErrHeader = errors.New("header")
	// ErrFutureHeader is for a header from the future by this device's clock; where all endpoints have such headers, the
	// clock is likely to be behind.
	ErrFutureHeader = errors.New("header from the future")
	// ErrHalted says that validators signed two chains, or that one tried to pass as the other. It comes as *HaltedError.
	ErrHalted = errors.New("halted after a divergence")
	// ErrNoHead says that nothing is verified yet.
	ErrNoHead = errors.New("no verified header")
	// ErrProof is for a proof that does not prove what it came for.
	ErrProof = errors.New("proof")
	// ErrState is for proven state that is not what the module should have written.
	ErrState = errors.New("state")
	// ErrStore is for the store on disk.
	ErrStore = errors.New("store")
	// ErrBundle is for a bundle that is malformed, and ErrBundleGap for one that does not reach this client's last
	// verified header.
	ErrBundle    = errors.New("bundle")
	ErrBundleGap = errors.New("bundle does not follow from the last verified header")
	// ErrResponse is for an answer of an endpoint that is malformed or too large, and ErrNotFound for what an endpoint
	// says that it does not have.
	ErrResponse = errors.New("response")
	ErrNotFound = errors.New("not found")
)

// UnavailableError is ErrUnavailable with what came of each endpoint.
type UnavailableError struct {
	// RetryAfter is when the first endpoint is asked again, from now; 0 if one may be asked at once.
	RetryAfter time.Duration
	// Causes are the endpoints' latest errors.
	Causes []error
}

func (e *UnavailableError) Error() string {
	if cause := errors.Join(e.Causes...); cause != nil {
		return fmt.Sprintf("%v, next attempt in %s: %v", ErrUnavailable, e.RetryAfter.Round(time.Millisecond), cause)
	}
	return fmt.Sprintf("%v, next attempt in %s", ErrUnavailable, e.RetryAfter.Round(time.Millisecond))
}

// Unwrap returns ErrUnavailable and the causes.
func (e *UnavailableError) Unwrap() []error { return append([]error{ErrUnavailable}, e.Causes...) }

// HaltedError is ErrHalted with what was found.
type HaltedError struct{ Divergence Divergence }

func (e *HaltedError) Error() string {
	d := e.Divergence
	return fmt.Sprintf("%v at height %d: %q has %X, %q has %X", ErrHalted, d.Height, d.Primary, d.PrimaryHash, d.Witness, d.WitnessHash)
}

// Unwrap returns ErrHalted.
func (e *HaltedError) Unwrap() error { return ErrHalted }
