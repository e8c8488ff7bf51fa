package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assay-chain/assay/x/rollout/types"
)

// The words of the module's enums are their names in the definitions, without the prefix and in lower case: what the
// command line takes ("roll-back") and what it tells ("roll back").

// word is an enum's value for people.
func word(values map[int32]string, v int32) string {
	return strings.ReplaceAll(argument(values, v), "-", " ")
}

// argument is an enum's value as an argument.
func argument(values map[int32]string, v int32) string {
	name, ok := values[v]
	if !ok {
		return fmt.Sprintf("number-%d", v)
	}
	name = strings.TrimPrefix(name, strings.TrimSuffix(values[0], "UNSPECIFIED"))
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}

// names are the values of an enum as arguments, in their order, without the unspecified one.
func names(values map[int32]string) (out []string) {
	for _, v := range slices.Sorted(maps.Keys(values)) {
		if v != 0 {
			out = append(out, argument(values, v))
		}
	}
	return out
}

// valueOf parses an enum's value.
func valueOf(what, arg string, values map[int32]string) (int32, error) {
	for v := range values {
		if v != 0 && argument(values, v) == arg {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%s: expected one of %s, got %q", what, strings.Join(names(values), ", "), arg)
}

func phaseWord(p types.Phase) string { return word(types.Phase_name, int32(p)) }

func standingWord(s types.Standing) string { return word(types.Standing_name, int32(s)) }

func linkWord(l types.LinkStatus) string { return word(types.LinkStatus_name, int32(l)) }

func failureWord(c types.FailureCode) string { return argument(types.FailureCode_name, int32(c)) }

// packetWord is what a packet to a zone asked for.
func packetWord(a types.Action) string {
	if a == types.ActionUnspecified {
		return "announce"
	}
	return word(types.Action_name, int32(a))
}

var causes = map[types.Cause]string{
	types.CauseStarted:      "it was started",
	types.CauseZoneAccepted: "the first zone accepted",
	types.CauseEvidence:     "the step's evidence was there",
	types.CauseFailures:     "more devices failed than the step allows",
	types.CauseDeadline:     "the step's deadline passed",
	types.CausePublisher:    "the publisher asked for it",
	types.CauseZoneOperator: "the zone's operator asked for it",
	types.CauseGovernance:   "governance asked for it",
	types.CauseCommand:      "the hub asked for it",
	types.CauseNoZone:       "no zone is left in it",
	types.CauseYanked:       "the version was yanked",
	types.CauseVote:         "the step's decider voted against the version",
}

var answers = map[types.AckCode]string{
	types.AckAccepted:        "it takes part",
	types.AckHeld:            "its operator will decide",
	types.AckApplied:         "it has followed",
	types.AckStale:           "it had this already, or something later",
	types.AckMalformed:       "it cannot read the packet, or the packet contradicts itself",
	types.AckUnknownRollout:  "it has no such rollout from here",
	types.AckPolicySource:    "its policy accepts nothing from here",
	types.AckPolicyModel:     "its policy does not accept the publisher or model",
	types.AckPolicySize:      "the verifying key or the artifacts are larger than it accepts",
	types.AckPlan:            "the plan is not valid there",
	types.AckManifest:        "the version's manifest is not valid there",
	types.AckVerifyingKey:    "the verifying key is not valid, or not the manifest's",
	types.AckVersionConflict: "it has another manifest of this version from here",
	types.AckNoFleet:         "no selected fleet there allows the model and runs the version that is replaced, or none",
	types.AckTooManyFleets:   "more fleets are selected than a rollout may take there",
	types.AckBusy:            "another rollout has a fleet there and this model",
	types.AckRefused:         "its operator refused",
	types.AckStopped:         "its operator or governance stopped it there",
	types.AckInternal:        "it could not write its state, or its IBC stack answered with an error",
}

// causeText says why a transition was made.
func causeText(c types.Cause) string {
	if s, ok := causes[c]; ok {
		return s
	}
	return "for a cause that this program does not know: " + word(types.Cause_name, int32(c))
}

// answerText says what an acknowledgement's code means.
func answerText(code uint32) string {
	if s, ok := answers[types.AckCode(code)]; ok {
		return s
	}
	return "it gave a code that this program does not know: " + word(types.AckCode_name, int32(code))
}

// count puts a number before a noun.
func count[N ~uint32 | ~uint64 | ~int64 | ~int](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// percent writes basis points.
func percent(points uint64) string {
	s := fmt.Sprintf("%d.%02d", points/100, points%100)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "%"
}
