package proving

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// Sampling says which results are proved.
type Sampling struct {
	First       int           // of each version are proved
	Share       float64       // of those that follow, 0 to 1
	MinInterval time.Duration // between two sampled results of a version; requested ones do not count
	// Requests is how many requested results in a row are accepted, and RequestInterval how long it takes until one more
	// is. Zero: a hundred, one more each second.
	Requests        int
	RequestInterval time.Duration
}

// Validate says why the values make no sense.
func (s Sampling) Validate() error {
	if s.First < 0 || s.MinInterval < 0 || s.Requests < 0 || s.RequestInterval < 0 {
		return fmt.Errorf("sampling: expected nothing below 0, got first %d, interval %s, requests %d, request interval %s",
			s.First, s.MinInterval, s.Requests, s.RequestInterval)
	}
	if !(s.Share >= 0 && s.Share <= 1) { // not a number is neither
		return fmt.Errorf("sampling: share: expected 0 to 1, got %v", s.Share)
	}
	return nil
}

// maxVersions bounds the versions that a sampler remembers.
const maxVersions = 256

// Sampler decides for each result whether it is proved. It remembers what it took of each version since it was made; after
// a restart the first ones are proved again.
type Sampler struct {
	sampling Sampling
	now      func() time.Time
	random   func() float64

	mu       sync.Mutex
	versions map[string]*sampled
	tokens   float64 // requests that may still come
	refilled time.Time
}

type sampled struct {
	taken int
	last  time.Time
	used  time.Time
}

// NewSampler returns a sampler; random returns numbers in [0, 1).
func NewSampler(s Sampling, now func() time.Time, random func() float64) (*Sampler, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if s.Requests == 0 {
		s.Requests = 100
	}
	if s.RequestInterval == 0 {
		s.RequestInterval = time.Second
	}
	return &Sampler{sampling: s, now: now, random: random, versions: map[string]*sampled{}, tokens: float64(s.Requests), refilled: now()}, nil
}

// Sample says whether the next result of a version is to be proved though nobody asks.
func (s *Sampler) Sample(version string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	v := s.version(version, now)
	v.used = now
	// A clock that went backward is no reason to wait until it has come forward again.
	if since := now.Sub(v.last); v.taken > 0 && since >= 0 && since < s.sampling.MinInterval {
		return false
	}
	if v.taken >= s.sampling.First && s.random() >= s.sampling.Share {
		return false
	}
	v.taken++
	v.last = now
	return true
}

// Request says whether a result that somebody asks a proof for is to be proved: always, unless too many were asked for.
func (s *Sampler) Request() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if since := now.Sub(s.refilled); since > 0 {
		s.tokens = math.Min(s.tokens+float64(since)/float64(s.sampling.RequestInterval), float64(s.sampling.Requests))
	}
	s.refilled = now
	if s.tokens < 1 {
		return false
	}
	s.tokens--
	return true
}

func (s *Sampler) version(id string, now time.Time) *sampled {
	if v := s.versions[id]; v != nil {
		return v
	}
	if len(s.versions) >= maxVersions {
		oldest := ""
		for other, v := range s.versions {
			if oldest == "" || v.used.Before(s.versions[oldest].used) {
				oldest = other
			}
		}
		delete(s.versions, oldest)
	}
	v := &sampled{used: now}
	s.versions[id] = v
	return v
}
