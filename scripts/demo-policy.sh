# shellcheck shell=bash
# The last act of demo.sh, which sources it: a model of the zone's own, whose releases a contract gates. An oracle knows
# the class of some inputs and posts it; the contract compares what devices proved with that, and votes.

say "two releases of a classifier; somebody mixed up two classes in the second one's training data"
for n in 1 2; do
  source_file=models/bearing/bearing.onnx dir=$state/models/bearing-$n
  [ $n = 1 ] || source_file=models/bearing/bearing-2.onnx
  "$bin/assay" model import "$source_file" "$dir"
  "$bin/assay" model check "$dir" --random 1000
  "$bin/assay" model compile "$dir"
  "$bin/assay" model setup "$dir" --uri "http://127.0.0.1:$artifacts_port/bearing-$n/canonical.onnx"
done
must zone operator registry create-publisher hall3 --description "maintenance of hall 3"
must zone operator registry create-model hall3 bearing --description "which part of the bearing is at fault"
for n in 1 2; do
  must zone operator registry publish "$state/models/bearing-$n" --publisher hall3 --model bearing --version 1.$((n - 1)).0
done

say "the policy: at least four labelled results, at most one in four may disagree"
must zone operator contract store contracts/accuracy-gate/accuracy-gate.wasm
oracle=$(address zone oracle)
must zone operator contract instantiate 1 "gate of hall3/bearing" "$oracle" hall3/bearing 4 250 argmax int8 --subscribe hall3/bearing --funds 1000000uassay
gate=$(query zone contract contracts 1 | json 'r.contracts[0].address')
echo "the gate is $gate"
samples=(healthy-1 outer-race-1 inner-race-1 ball-1)
for sample_name in "${samples[@]}"; do
  digest=$("$bin/assay" model digest "$state/models/bearing-1" "models/bearing/samples/$sample_name.bin" | cut -d' ' -f1)
  must zone oracle contract execute "$gate" label "0x$digest" "$(awk -v f="$sample_name.bin" '$1 == f { print $2 }' models/bearing/samples/labels.tsv)"
done

# ask N SAMPLE VERSION has device N compute the sample with the candidate, and prove it. A device that has not loaded it yet
# answers with the version on record.
ask() {
  local i body
  body=$(node -e 'const d=[...new Int8Array(require("fs").readFileSync(process.argv[1]))];
    console.log(JSON.stringify({inputs:[{name:"input",datatype:"INT8",shape:[1,d.length],data:d}],parameters:{assay_prove:true}}))' "models/bearing/samples/$2.bin")
  for i in $(seq 200); do
    ! curl -sf --unix-socket "$state/device-$1/run/sidecar.sock" http://sidecar/v2/models/bearing/infer -H 'X-Canary: true' -d "$body" > "$state/answer.json" ||
      [ "$(json 'r.parameters.assay_version' < "$state/answer.json")" != "$3" ] || return 0
    sleep 0.3
  done
  die "device $1: no answer from $3 after a minute"
}
# gated VERSION OUTCOME ARGS…: rolls a release out, whose outcome the contract's vote decides.
gated() {
  local version=$1 outcome=$2 id n sample_name; shift 2
  must zone operator rollout start "$version" "$@" --zone local:label=site=hall-3 --min-ready 2 --decider "$gate"
  for sample_name in "${samples[@]}"; do for n in 1 2; do ask $n "$sample_name" "$version"; done; done
  id=$(query zone rollout rollouts | json 'r.rollouts.map(x => +x.id).sort((a, b) => b - a)[0]')
  await zone "$version: $outcome" "r.rollout.phase === '$outcome'" rollout rollout "$id"
  "$bin/assayd" query rollout status "$id" --node "tcp://$zone_rpc"
  "$bin/assayd" query contract smart "$gate" stats "$version" --node "tcp://$zone_rpc"
}

say "the first release: verified outputs agree with the labels, and the contract votes for it"
gated hall3/bearing@1.0.0 PHASE_PROMOTED --template all-at-once

say "the second release: computed and proved faultlessly, and wrong; the contract's vote rolls it back"
gated hall3/bearing@1.1.0 PHASE_ROLLED_BACK --replaces hall3/bearing@1.0.0 --weights 50,100
[ "$(query zone rollout rollout 2 | json 'r.rollout.cause')" = CAUSE_VOTE ] || die "expected the contract's vote to be the cause"
[ "$(query zone rollout directive 1 hall3/bearing | json 'r.directive.version')" = hall3/bearing@1.0.0 ] || die "expected the first release on record"
