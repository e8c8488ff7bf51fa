#!/usr/bin/env bash
# Walks the whole journey on one machine: a hub, a zone, a relayer and two devices with sidecars; a quantized ONNX model
# from file to published version; a rollout that crosses to the zone and goes 10, 50, 100 per cent on the devices'
# proofs, while programs ask them for inferences all the time; a release that one device computes wrongly and that is
# rolled back; a forgery that is refused; and a release that a contract votes down (demo-policy.sh). KEEP=1 leaves all of
# it running.
# All state is in .demo/ of this checkout; it is made anew each time.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD state=$PWD/.demo program=demo
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/relayer/lib.sh
. scripts/relayer/lib.sh
hub=assay-hub-1 zone=assay-zone-1 version=acme/vibration@1.0.0 block_time=300ms
channel_port=rollout channel_version=assay-rollout-1
export ASSAY_ORT_LIB=${ASSAY_ORT_LIB:-$root/build/ort/$(go env GOARCH)/libonnxruntime.so.1}

ended() { # on every way out but a kept success
  local status=$?
  [ $status -eq 0 ] || show_logs
  [ "${kept:-}" = yes ] || halt_all
  [ $status -eq 0 ] || printf 'demo: failed\n' >&2
}
trap ended EXIT
trap 'exit 130' INT TERM

halt_all
scripts/rly.sh
go build -o "$bin/assay-load" ./tests/load/assay-load
tests/faulty/build.sh
rm -rf "$state" && mkdir -p "$state"
export HOME=$state/home # nothing of the user's own is read or written
mkdir -p "$HOME"

say "a hub, a zone, and a relayer between them"
{ read -r hub_port; read -r zone_port; read -r metrics; read -r artifacts_port; read -r metrics_port; } < <(free_ports 27600 10 10 1 1 10)
chain hub $hub "$hub_port" 1 publisher
chain zone $zone "$zone_port" 1 operator oracle
for name in hub zone; do
  height=$(await_block $name-node0 "$(of $name 'r.nodes[0].rpc')")
  echo "$name: $(of $name r.chain_id) is at height $height, RPC $(of $name 'r.nodes[0].rpc')"
  fund $name
done
rly_configure "$bin/rly" "$metrics"
rly_channel "$bin/rly"
launch rly "${relayer_command[@]}"

query() { local on=$1; shift; "$bin/assayd" query "$@" --node "tcp://$(of "$on" 'r.nodes[0].rpc')" -o json; }
keys_of() { echo --keyring-backend test --home "$state/$1/node0"; }
# broadcast CHAIN WHO ARGS… sends a transaction and prints its result, in a block or from CheckTx.
broadcast() {
  local on=$1 who=$2 sent; shift 2
  # shellcheck disable=SC2046
  sent=$("$bin/assayd" tx "$@" --from "$who" $(keys_of "$on") --chain-id "$(of "$on" r.chain_id)" --node "tcp://$(of "$on" 'r.nodes[0].rpc')" \
    --gas "${gas:-auto}" --gas-adjustment 1.5 --gas-prices 0.001uassay -y -o json 2> "$state/tx.err") || { cat "$state/tx.err" >&2; return 1; }
  await_tx "$(json 'r.txhash' <<< "$sent")" "$(of "$on" 'r.nodes[0].rpc')"
}
# must CHAIN WHO ARGS… is a transaction that has to succeed.
must() {
  local out; out=$(broadcast "$@") || die "assayd tx ${*:3:3}"
  [ "$(json 'r.code' <<< "$out")" = 0 ] || die "assayd tx ${*:3:3}: $(json 'r.raw_log' <<< "$out")"
  echo "ok   $1: assayd tx ${*:3:2} (gas $(json 'r.gas_used' <<< "$out"))"
}
# shellcheck disable=SC2046
address() { "$bin/assayd" keys show "$2" -a $(keys_of "$1"); }
story() { "$bin/assayd" query rollout status "$1" --node "tcp://$(of hub 'r.nodes[0].rpc')"; }
# await CHAIN WHAT EXPRESSION QUERY… asks again until the expression of the answer is true, a minute at the most.
await() {
  local on=$1 what=$2 expression=$3 i; shift 3
  for i in $(seq 200); do
    [ "$(query "$on" "$@" 2>/dev/null | json "$expression" 2>/dev/null)" != true ] || { echo "ok   $on: $what"; return; }
    sleep 0.3
  done
  story 1 >&2 || true
  die "$on: still not after a minute: $what"
}
# await_served SOCKET waits until a sidecar serves the first model. The daemon as a whole is ready with the last one.
await_served() {
  local i
  for i in $(seq 200); do
    ! curl -sf --unix-socket "$1" http://sidecar/v2/models/vibration/ready > /dev/null 2>&1 || return 0
    sleep 0.3
  done
  die "$1: not ready after a minute"
}
channel=$(query hub ibc channel channels | json "r.channels.find(c => c.port_id === 'rollout').channel_id")
source=$(query hub ibc channel channels | json "r.channels.find(c => c.port_id === 'rollout').counterparty.channel_id")
echo "the zone is $channel on the hub, the hub is $source on the zone"

say "three releases of a quantized ONNX model, from file to keys"
mkdir -p "$state/models"
launch artifacts node scripts/serve.mjs "$artifacts_port" "$state/models"
for n in 1 2 3; do
  source_file=models/vibration/vibration-$n.onnx model=$state/models/$n
  [ $n != 1 ] || source_file=models/vibration/vibration.onnx
  "$bin/assay" model import "$source_file" "$model"
  "$bin/assay" model check "$model" --random 1000
  "$bin/assay" model compile "$model"
  "$bin/assay" model setup "$model" --uri "http://127.0.0.1:$artifacts_port/$n/canonical.onnx"
done

say "publish the first on the hub"
must hub publisher registry create-publisher acme --description "Acme Bearings"
must hub publisher registry create-model acme vibration --description "bearing vibration anomaly detector"
must hub publisher registry publish "$state/models/1" --publisher acme --model vibration --version 1.0.0

say "the zone's operator accepts the publisher, and enrols two devices whose fees it pays"
operator=$(address zone operator)
must zone operator rollout set-policy --rule "$source,publishers=acme"
must zone operator fleet create-fleet "hall 3" --labels site=hall-3 --allow "$source:acme,hall3"
zone_rpc=$(of zone 'r.nodes[0].rpc') zone_grpc=$(of zone 'r.nodes[0].grpc')
for n in 1 2; do
  "$bin/assay-sidecar" init --home "$state/device-$n" --chain-id $zone --endpoint "http://$zone_rpc" --fleet 1 --fee-granter "$operator" \
    --model "$source:acme/vibration" --model hall3/bearing --json > "$state/device-$n.json"
  # Three results of each version are proved, one after the other, and few of those that follow.
  sed -i 's/^min_interval = .*/min_interval = "0s"/; s/^first = .*/first = 3/' "$state/device-$n/config.toml"
  must zone operator feegrant grant operator "$(of device-$n r.address)" --spend-limit 10000000uassay
  must zone operator fleet enroll-device 1 "$(of device-$n r.address)" --labels soc=orin
done
# start_device N: its socket is $state/device-N/run/sidecar.sock
start_device() {
  local n=$1 settings
  settings=(ASSAY_SIDECAR_CHAIN_POLL_INTERVAL=300ms "ASSAY_SIDECAR_TELEMETRY_METRICS=127.0.0.1:$((metrics_port + n))"
    "ASSAY_SIDECAR_API_HTTP=" "ASSAY_SIDECAR_API_GRPC=" "ASSAY_SIDECAR_PROVING_SUBMIT_INTERVAL=1s")
  # The second device computes the third release wrongly: one bit, as of a broken memory. Its self-test has to find it.
  [ "$n" = 1 ] || settings+=("ASSAY_SIDECAR_RUNTIME_LIBRARY=$root/build/faulty/libonnxruntime.so.1" "ASSAY_FAULTY_RUNTIME=$ASSAY_ORT_LIB"
    "ASSAY_FAULTY_MODEL=$state/models/3/canonical.onnx")
  launch "device-$n" env "${settings[@]}" "$bin/assay-sidecar" start --home "$state/device-$n"
}
start_device 1
start_device 2
mirror=$source:$version model=$state/models/1 sample=models/vibration/samples/outer-race.bin
for n in 1 2; do await zone "device $n confirmed its enrolment" 'r.device.confirmed === true' fleet device-by-address "$(of device-$n r.address)"; done

say "roll the first release out to both"
must hub publisher rollout start $version --template all-at-once --zone "$channel:label=site=hall-3" --min-ready 2
await hub "the rollout is promoted, and the zone knows" 'r.rollout.phase === "PHASE_PROMOTED" && r.rollout.zones.settled === 1' rollout rollout 1
story 1

say "local programs ask both devices for inferences from now on"
for n in 1 2; do await_served "$state/device-$n/run/sidecar.sock"; done
launch load "$bin/assay-load" --socket "$state/device-1/run/sidecar.sock" --socket "$state/device-2/run/sidecar.sock" --model vibration \
  --chain-model "$source:acme/vibration" --input $sample --zone "$zone_grpc" --out "$state/load.json" \
  --version "$mirror=$state/models/1" --version "$source:acme/vibration@1.1.0=$state/models/2" --version "$source:acme/vibration@1.2.0=$state/models/3"
tail -f -n +1 "$state/load.log" & table=$!

say "the second release: 10, 50, 100 per cent of requests, each step on proofs that the zone verified"
must hub publisher registry publish "$state/models/2" --publisher acme --model vibration --version 1.1.0
"$bin/assayd" tx rollout start acme/vibration@1.1.0 --replaces $version --weights 10,50,100 --zone "$channel:label=site=hall-3" --min-ready 2 \
  --bake 8 --print-plan | node -e 'const p=JSON.parse(require("fs").readFileSync(0));p.steps.forEach((s,i)=>s.min_attestations=String(2*i+2));console.log(JSON.stringify(p))' \
  > "$state/plan.json"
must hub publisher rollout start --plan "$state/plan.json"
await hub "the rollout is promoted, and the zone knows" 'r.rollout.phase === "PHASE_PROMOTED" && r.rollout.zones.settled === 1' rollout rollout 2
story 2

say "the third release, which the second device computes wrongly: it says so, and the hub rolls back"
must hub publisher registry publish "$state/models/3" --publisher acme --model vibration --version 1.2.0
must hub publisher rollout start acme/vibration@1.2.0 --replaces acme/vibration@1.1.0 --weights 10,50,100 --zone "$channel:label=site=hall-3" --min-ready 2 --max-failures 0
await hub "the rollout is rolled back, and the zone knows" 'r.rollout.phase === "PHASE_ROLLED_BACK" && r.rollout.zones.settled === 1' rollout rollout 3
story 3
"$bin/assay-sidecar" status --home "$state/device-2" --url "http://127.0.0.1:$((metrics_port + 2))"
[ "$(query zone rollout directive 1 "$source:acme/vibration" | json 'r.directive.version')" = "$source:acme/vibration@1.1.0" ] || die "expected the version before"
sleep 2 # a little load after the rollback
finish load || die "the load generator's verdict; see $state/load.log"
kill $table 2> /dev/null || true

say "hub and zone agree"
"$bin/assay" net reconcile --hub "$(of hub 'r.nodes[0].grpc')" --zone "$channel=$zone_grpc" --wait 30s

say "a device of the operator's own, driven by hand: a proof on the command line"
# shellcheck disable=SC2046
"$bin/assayd" keys add device $(keys_of zone) > /dev/null 2>&1
device=$(address zone device)
must zone operator feegrant grant operator "$device" --spend-limit 10000000uassay
must zone operator fleet enroll-device 1 "$device"
must zone device fleet confirm-device 1 --fee-granter "$operator"
attestations=$(query zone proof attestations | json 'r.attestations.length')
"$bin/assay" prove "$model" --input $sample --chain-id $zone --device "$device" --version "$mirror" --nonce 01 --out "$state/proof.json"
"$bin/assay" verify "$model" "$state/proof.json" --input $sample
must zone device proof submit "$state/proof.json" --fee-granter "$operator"

say "a tampered output, under a fresh nonce and the old one"
tampered() { # NONCE FILE: a true proof for the nonce, whose output was changed afterwards
  "$bin/assay" prove "$model" --input $sample --chain-id $zone --device "$device" --version "$mirror" --nonce "$1" --out "$2" 2> /dev/null > /dev/null
  node -e 'const fs=require("fs"),f=process.argv[1],p=JSON.parse(fs.readFileSync(f));const o=Buffer.from(p.output,"base64");o[0]^=1;p.output=o.toString("base64");fs.writeFileSync(f,JSON.stringify(p))' "$2"
}
refused() { # CODE ARGS…: the node must refuse the transaction with that code
  local want=$1 out; shift
  if out=$(gas=500000 broadcast zone "$@" 2>&1); then die "expected code $want, got $out"; fi
  grep -q "(code $want)" <<< "$out" || die "expected code $want, got $out"
  printf 'refused by the chain:\n%s\n' "$(sed 's/^/  /' <<< "$out")"
}
tampered 02 "$state/tampered.json"
if out=$("$bin/assay" verify "$model" "$state/tampered.json" 2>&1); then die "a tampered proof verified"; fi
printf 'refused off chain:\n  %s\n' "$out"
refused proof/21 device proof submit "$state/tampered.json" --fee-granter "$operator"
refused proof/16 device proof submit "$state/proof.json" --fee-granter "$operator"
[ "$(query zone proof attestations | json 'r.attestations.length')" = $((attestations + 1)) ] || die "expected $((attestations + 1)) attestations"

# shellcheck source=scripts/demo-policy.sh
. scripts/demo-policy.sh

if [ "${KEEP:-}" = 1 ]; then
  kept=yes
  hub_rpc=$(of hub 'r.nodes[0].rpc') zone_rpc=$(of zone 'r.nodes[0].rpc') zone_api=$(of zone 'r.nodes[0].api')
  cat <<EOF

All of it stays up. The hub: RPC http://$hub_rpc; the zone: RPC http://$zone_rpc, REST http://$zone_api (OpenAPI at /openapi.json). Try:
  build/bin/assayd query rollout status 1 --node tcp://$hub_rpc
  build/bin/assayd query rollout status --number 2 --node tcp://$zone_rpc
  build/bin/assayd query proof attestations --node tcp://$zone_rpc
  build/bin/assayd query contract contract $gate --node tcp://$zone_rpc
  build/bin/assay model inspect $model
  build/bin/assay-sidecar status --url http://127.0.0.1:$((metrics_port + 1))
  build/bin/assay-sidecar doctor --home $state/device-1
  curl -s --unix-socket $state/device-1/run/sidecar.sock http://sidecar/v2/models/vibration
  curl -s http://127.0.0.1:$((metrics_port + 1))/metrics
  curl http://$zone_api/assay/rollout/v1/fleets/1/directives
  curl 'http://$zone_api/metrics?format=prometheus'
Stop it with: kill $(cut -d' ' -f1 "$state"/*.pid | paste -sd ' ')
EOF
fi
printf '\ndemo: ok\n'
