package slots

import "errors"

// record is how far the candidate of a rollout came. It is on disk, so that a restart neither tries in vain nor forgets
// to tell.
type record struct {
	Number     uint64 `json:"number"`
	Generation uint64 `json:"generation"`
	Print      string `json:"version_digest"` // hex
	Phase      Phase  `json:"phase"`
	Code       Code   `json:"code,omitempty"`
	Text       string `json:"error,omitempty"`
	// Final says that the version is not tried again for this rollout and generation.
	Final bool `json:"final,omitempty"`
	// Attempts counts loads that began and did not end: what crashes the process is not loaded again and again.
	Attempts int `json:"attempts,omitempty"`
}

const (
	// maxAttempts is how often a candidate may take the process down while it is loaded.
	maxAttempts = 3
	// maxErrorText bounds what the state file keeps of an error.
	maxErrorText = 1 << 10
)

// failure is why a version did not come up.
type failure struct {
	code  Code
	final bool // trying again as things are is of no use
	err   error
}

func (f *failure) Error() string { return string(f.code) + ": " + f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

func fail(code Code, err error) error { return &failure{code: code, final: true, err: err} }

func transient(code Code, err error) error { return &failure{code: code, err: err} }

func asFailure(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	return &failure{code: CodeOther, final: true, err: err}
}

func clip(text string, most int) string {
	if len(text) > most {
		return text[:most]
	}
	return text
}
