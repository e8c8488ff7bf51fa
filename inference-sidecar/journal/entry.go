package journal

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/journal/record"
)

const (
	// MaxDataBytes bounds the input of an entry, and its output: what package statement can state.
	MaxDataBytes = 1 << 24
	// MaxNameBytes bounds the model and the version id.
	MaxNameBytes = 256
	// MaxProofBytes bounds a proof.
	MaxProofBytes = 1 << 10
	// MaxReasonBytes bounds the text that says why an entry failed; longer ones are cut.
	MaxReasonBytes = 512

	inputDigestBytes = 32
	entryFormat      = 1
	stateFormat      = 1
	// entryOverhead is counted for an entry beside its encoding: keys, state, a proof, the file's own structure.
	entryOverhead = 512
)

// ID names an entry. It is the nonce of the statement that the entry will be proved under, so it is 16 random bytes,
// and unique.
type ID [16]byte

// String returns the lower-case hex digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Order says under which verified order a result was computed: the rollout's number and generation (0: none), and
// the height of the state that said so.
type Order struct {
	Number, Generation uint64
	Height             int64
}

// Entry is one result that may be proved. It never changes once appended.
type Entry struct {
	ID        ID
	Model     string    // such as channel-0:acme/vibration
	Version   string    // version id, such as channel-0:acme/vibration@1.2.0
	Input     []byte    // raw bytes of the input tensor
	Output    []byte    // raw bytes of the output tensor
	Time      time.Time // of the result; kept in nanoseconds, UTC
	Requested bool      // somebody was promised a proof
	Order     Order
}

// State is where an entry stands.
type State uint8

// The states. An entry that is being proved is Proving in memory and Pending on disk: after a crash it is proved again.
const (
	Pending State = iota + 1
	Proving
	Proved    // the proof waits to be submitted
	Submitted // an attestation is on record
	Failed    // for good, with a reason
)

var stateNames = [...]string{"", "pending", "proving", "proved", "submitted", "failed"}

// String returns the state's name in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) && s > 0 {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

func (s State) settled() bool { return s == Submitted || s == Failed }

// Proof is what proves an entry.
type Proof struct {
	Proof       []byte // 1 to MaxProofBytes
	InputDigest []byte // 32 bytes, big endian
}

// Record is an entry with where it stands.
type Record struct {
	Entry
	State       State
	Attempts    int    // to prove it, that came to nothing
	Proof       Proof  // of a Proved entry
	Attestation uint64 // of a Submitted entry
	Reason      string // why it Failed, or why the last attempt came to nothing
	Settled     time.Time
}

// validate says why an entry cannot be kept.
func (e *Entry) validate() error {
	switch {
	case e.ID == ID{}:
		return fmt.Errorf("%w: expected an id, got zero", ErrEntry)
	case e.Version == "" || len(e.Version) > MaxNameBytes || len(e.Model) > MaxNameBytes:
		return fmt.Errorf("%w %s: version %q of %q: expected names of at most %d bytes", ErrEntry, e.ID, e.Version, e.Model, MaxNameBytes)
	case len(e.Input) == 0 || len(e.Input) > MaxDataBytes:
		return fmt.Errorf("%w %s: input: expected 1 to %d bytes, got %d", ErrEntry, e.ID, MaxDataBytes, len(e.Input))
	case len(e.Output) == 0 || len(e.Output) > MaxDataBytes:
		return fmt.Errorf("%w %s: output: expected 1 to %d bytes, got %d", ErrEntry, e.ID, MaxDataBytes, len(e.Output))
	case e.Order.Height < 0:
		return fmt.Errorf("%w %s: height: expected none below 0, got %d", ErrEntry, e.ID, e.Order.Height)
	case e.Time.Year() < 1970 || e.Time.Year() > 2261: // what nanoseconds in an int64 can say
		return fmt.Errorf("%w %s: time: expected the years 1970 to 2261, got %s", ErrEntry, e.ID, e.Time)
	}
	return nil
}

func encodeEntry(e *Entry) []byte {
	w := record.Writer{Data: make([]byte, 0, len(e.Input)+len(e.Output)+len(e.Model)+len(e.Version)+128)}
	w.Byte(entryFormat)
	w.Fixed(e.ID[:])
	w.String(e.Model)
	w.String(e.Version)
	w.Uint64(uint64(e.Time.UnixNano()))
	w.Bool(e.Requested)
	w.Uint64(e.Order.Number)
	w.Uint64(e.Order.Generation)
	w.Uint64(uint64(e.Order.Height))
	w.Bytes(e.Input)
	w.Bytes(e.Output)
	return w.Data
}

// decodeEntry reads what encodeEntry wrote, and nothing else. The result aliases data.
func decodeEntry(data []byte) (Entry, error) {
	var e Entry
	r := record.NewReader(data)
	if f := r.Byte("format"); f != entryFormat {
		r.Fail("format: expected %d, got %d", entryFormat, f)
	}
	copy(e.ID[:], r.Fixed("id", len(e.ID)))
	e.Model = r.String("model", 0, MaxNameBytes)
	e.Version = r.String("version", 1, MaxNameBytes)
	e.Time = time.Unix(0, int64(r.Uint64("time"))).UTC()
	e.Requested = r.Bool("requested")
	e.Order.Number = r.Uint64("rollout number")
	e.Order.Generation = r.Uint64("generation")
	e.Order.Height = int64(r.Uint64("height"))
	e.Input = r.Bytes("input", 1, MaxDataBytes)
	e.Output = r.Bytes("output", 1, MaxDataBytes)
	if err := r.End(); err != nil {
		return Entry{}, err
	}
	if err := e.validate(); err != nil {
		return Entry{}, err
	}
	return e, nil
}

// standing is the part of an entry that changes. It is kept apart, so that a change does not rewrite the input.
type standing struct {
	id          ID
	state       State  // never Proving
	version     string // of the entry, so that the index knows it
	requested   bool
	attempts    uint32
	time        int64 // of the result, Unix nanoseconds
	settled     int64 // Unix nanoseconds, 0 before
	attestation uint64
	reason      string
	proof       Proof
}

func encodeStanding(s *standing) []byte {
	var w record.Writer
	w.Byte(stateFormat)
	w.Fixed(s.id[:])
	w.Byte(byte(s.state))
	w.String(s.version)
	w.Bool(s.requested)
	w.Uint32(s.attempts)
	w.Uint64(uint64(s.time))
	w.Uint64(uint64(s.settled))
	w.Uint64(s.attestation)
	w.String(s.reason)
	w.Bytes(s.proof.Proof)
	w.Bytes(s.proof.InputDigest)
	return w.Data
}

func decodeStanding(data []byte) (standing, error) {
	var s standing
	r := record.NewReader(data)
	if f := r.Byte("format"); f != stateFormat {
		r.Fail("format: expected %d, got %d", stateFormat, f)
	}
	copy(s.id[:], r.Fixed("id", len(s.id)))
	s.state = State(r.Byte("state"))
	s.version = r.String("version", 1, MaxNameBytes)
	s.requested = r.Bool("requested")
	s.attempts = r.Uint32("attempts")
	s.time = int64(r.Uint64("time"))
	s.settled = int64(r.Uint64("settled"))
	s.attestation = r.Uint64("attestation")
	s.reason = r.String("reason", 0, MaxReasonBytes)
	s.proof.Proof = r.Bytes("proof", 0, MaxProofBytes)
	s.proof.InputDigest = r.Bytes("input digest", 0, inputDigestBytes)
	if err := r.End(); err != nil {
		return standing{}, err
	}
	return s, s.validate()
}

// validate refuses a standing that no transition leads to.
func (s *standing) validate() error {
	ok := false
	switch s.state {
	case Pending:
		ok = len(s.proof.Proof) == 0 && len(s.proof.InputDigest) == 0 && s.attestation == 0 && s.settled == 0
	case Proved:
		ok = len(s.proof.Proof) > 0 && len(s.proof.InputDigest) == inputDigestBytes && s.attestation == 0 && s.settled == 0
	case Submitted:
		ok = len(s.proof.Proof) == 0 && len(s.proof.InputDigest) == 0 && s.attestation > 0
	case Failed:
		ok = len(s.proof.Proof) == 0 && len(s.proof.InputDigest) == 0 && s.attestation == 0 && s.reason != ""
	}
	if !ok {
		return fmt.Errorf("%w: entry %s: fields do not fit state %s", record.ErrMalformed, s.id, s.state)
	}
	return nil
}

// text cuts a reason to what is kept.
func text(err error, otherwise string) string {
	s := otherwise
	if err != nil && err.Error() != "" {
		s = err.Error()
	}
	if len(s) > MaxReasonBytes {
		s = s[:MaxReasonBytes]
	}
	return s
}
