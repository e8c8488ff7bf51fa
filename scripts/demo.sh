#!/usr/bin/env bash
# Walks the whole journey on one machine: a chain, a quantized ONNX model from file to published version, a device,
# an inference, its proof, the attestation, and a forgery that is refused. KEEP=1 leaves the chain running.
# All state is in .demo/ of this checkout; it is made anew each time.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD state=$PWD/.demo bin=$PWD/build/bin
chain=assay-demo-1 version=acme/vibration@1.0.0
export ASSAY_ORT_LIB=${ASSAY_ORT_LIB:-$root/build/ort/$(go env GOARCH)/libonnxruntime.so.1}

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
die() { printf 'demo: error: %s\n' "$*" >&2; exit 1; }
json() { node -e 'let s="";process.stdin.on("data",d=>s+=d).on("end",()=>{const v=eval("(r)=>"+process.argv[1])(JSON.parse(s));console.log(typeof v==="object"?JSON.stringify(v,null,2):v)})' "$1"; }

stop() { # ends a demo's node, this one's or an earlier one's
  [ -f "$state/node.pid" ] || return 0
  local pid; pid=$(cat "$state/node.pid")
  if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = assayd ]; then
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  fi
  rm -f "$state/node.pid"
}
ended() { # on every way out but a kept success
  local status=$?
  [ "${kept:-}" = yes ] || stop
  if [ $status -ne 0 ]; then
    [ ! -f "$state/node.log" ] || { printf '\nlast lines of %s:\n' "$state/node.log"; tail -n 15 "$state/node.log"; } >&2
    printf 'demo: failed\n' >&2
  fi
}
trap ended EXIT
trap 'exit 130' INT TERM

stop
rm -rf "$state" && mkdir -p "$state"
export HOME=$state/home # nothing of the user's own is read or written
mkdir -p "$HOME"

say "a chain of one validator"
port=$(node -e 'const net=require("net");const free=p=>new Promise(r=>{const s=net.createServer();s.once("error",()=>r(false));s.listen(p,"127.0.0.1",()=>s.close(()=>r(true)))});
(async()=>{next:for(let b=27600;b<60000;b+=10){for(let p=b;p<b+6;p++)if(!await free(p))continue next;console.log(b);return}})()')
"$bin/assayd" testnet --v 1 --single-host --starting-port "$port" --chain-id $chain --output-dir "$state/net" \
  --commit-timeout 300ms --account publisher --account operator --json > "$state/net.json"
node_home=$(json 'r.nodes[0].home' < "$state/net.json")
rpc=$(json 'r.nodes[0].rpc' < "$state/net.json") api=$(json 'r.nodes[0].api' < "$state/net.json") grpc=$(json 'r.nodes[0].grpc' < "$state/net.json")
"$bin/assayd" start --home "$node_home" > "$state/node.log" 2>&1 &
echo $! > "$state/node.pid"
for i in $(seq 300); do
  height=$("$bin/assayd" status --node "tcp://$rpc" 2>/dev/null | json 'r.sync_info.latest_block_height' 2>/dev/null || echo 0)
  [ "$height" -lt 1 ] || break
  kill -0 "$(cat "$state/node.pid")" 2>/dev/null || die "the node ended; see $state/node.log"
  [ "$i" -lt 300 ] || die "no block after $i tries"
  sleep 0.2
done
echo "$chain is at height $height, RPC $rpc, REST $api, gRPC $grpc"

keys=(--keyring-backend test --home "$node_home")
query() { "$bin/assayd" query "$@" --node "tcp://$rpc" -o json; }
# submit WHO ARGS… broadcasts a transaction and prints its result, in a block or from CheckTx.
submit() {
  local who=$1; shift
  local sent
  sent=$("$bin/assayd" tx "$@" --from "$who" "${keys[@]}" --chain-id $chain --node "tcp://$rpc" \
    --gas "${gas:-auto}" --gas-adjustment 1.5 --gas-prices 0.001uassay -y -o json 2> "$state/tx.err") || { cat "$state/tx.err" >&2; return 1; }
  query wait-tx "$(json 'r.txhash' <<< "$sent")" --timeout 30s
}
# must WHO ARGS… is a transaction that has to succeed.
must() {
  local out; out=$(submit "$@") || die "assayd tx ${*:2:3}"
  [ "$(json 'r.code' <<< "$out")" = 0 ] || die "assayd tx ${*:2:3}: $(json 'r.raw_log' <<< "$out")"
  echo "ok   assayd tx ${*:2:2} (gas $(json 'r.gas_used' <<< "$out"))"
}
address() { "$bin/assayd" keys show "$1" -a "${keys[@]}"; }

say "a quantized ONNX model, from file to keys"
model=$state/vibration
"$bin/assay" model import models/vibration/vibration.onnx "$model"
"$bin/assay" model check "$model" --random 1000
"$bin/assay" model compile "$model"
"$bin/assay" model setup "$model" --uri "file://$model/canonical.onnx"

say "publish it"
must publisher registry create-publisher acme --description "Acme Bearings"
must publisher registry create-model acme vibration --description "bearing vibration anomaly detector"
must publisher registry publish "$model" --publisher acme --model vibration --version 1.0.0
query registry version $version | json '({id: r.version.id, circuit_digest: r.version.spec.circuit_digest, verifying_key_digest: r.version.spec.verifying_key_digest})'

say "enrol a device; its operator pays its fees"
"$bin/assayd" keys add device "${keys[@]}" > /dev/null 2>&1
device=$(address device) operator=$(address operator)
must operator fleet create-fleet "hall 3" --allow acme/vibration
must operator feegrant grant operator "$device" --spend-limit 10000000uassay
must operator fleet enroll-device 1 "$device" --labels site=hall-3
must device fleet confirm-device 1 --fee-granter "$operator"

say "run an inference on the device, and prove it"
sample=models/vibration/samples/outer-race.bin
"$bin/assay" prove "$model" --input $sample --chain-id $chain --device "$device" --version $version --nonce 01 --out "$state/proof.json"
"$bin/assay" verify "$model" "$state/proof.json" --input $sample

say "submit it; the chain verifies and remembers"
must device proof submit "$state/proof.json" --fee-granter "$operator"
query proof attestation 1

say "a tampered output, under a fresh nonce and the old one"
tampered() { # NONCE FILE: a true proof for the nonce, whose output was changed afterwards
  "$bin/assay" prove "$model" --input $sample --chain-id $chain --device "$device" --version $version --nonce "$1" --out "$2" 2> /dev/null > /dev/null
  node -e 'const fs=require("fs"),f=process.argv[1],p=JSON.parse(fs.readFileSync(f));const o=Buffer.from(p.output,"base64");o[0]^=1;p.output=o.toString("base64");fs.writeFileSync(f,JSON.stringify(p))' "$2"
}
refused() { # CODE ARGS…: the node must refuse the transaction with that code
  local want=$1 out; shift
  if out=$(gas=500000 submit "$@" 2>&1); then die "expected code $want, got $out"; fi
  grep -q "(code $want)" <<< "$out" || die "expected code $want, got $out"
  printf 'refused by the chain:\n%s\n' "$(sed 's/^/  /' <<< "$out")"
}
tampered 02 "$state/tampered.json"
if out=$("$bin/assay" verify "$model" "$state/tampered.json" 2>&1); then die "a tampered proof verified"; fi
printf 'refused off chain:\n  %s\n' "$out"
refused proof/21 device proof submit "$state/tampered.json" --fee-granter "$operator"
refused proof/16 device proof submit "$state/proof.json" --fee-granter "$operator"
[ "$(query proof attestations | json 'r.attestations.length')" = 1 ] || die "expected one attestation"

if [ "${KEEP:-}" = 1 ]; then
  kept=yes
  cat <<EOF

The chain stays up: RPC http://$rpc, REST http://$api (OpenAPI at /openapi.json), gRPC $grpc. Try:
  build/bin/assayd query proof attestations --node tcp://$rpc
  build/bin/assayd query registry versions acme vibration --node tcp://$rpc
  build/bin/assay model inspect $model
  curl http://$api/assay/proof/v1/attestations
  curl 'http://$api/metrics?format=prometheus'
Stop it with: kill $(cat "$state/node.pid")
EOF
fi
printf '\ndemo: ok\n'
