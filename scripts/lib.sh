# shellcheck shell=bash
# What the scripts that start chains share. They set `program` (for messages) and `state` (a folder) before they source
# it, and run in the repository's root.
bin=$PWD/build/bin

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
die() { # MESSAGE [HINT]
  printf '%s: error: %s\n' "$program" "$1" >&2
  [ -z "${2-}" ] || printf 'hint: %s\n' "$2" >&2
  exit 1
}
json() { node -e 'let s="";process.stdin.on("data",d=>s+=d).on("end",()=>{const v=eval("(r)=>"+process.argv[1])(JSON.parse(s));console.log(typeof v==="object"?JSON.stringify(v,null,2):v)})' "$1"; }

# free_ports FROM N… prints, for each N, the first of a run of N ports that are free and not in an earlier run.
free_ports() {
  node -e 'const net=require("net");const free=p=>new Promise(r=>{const s=net.createServer();s.once("error",()=>r(false));s.listen(p,"127.0.0.1",()=>s.close(()=>r(true)))});
(async()=>{let b=+process.argv[1];for(const n of process.argv.slice(2).map(Number)){next:for(;b<60000;b+=10){for(let p=b;p<b+n;p++)if(!await free(p))continue next;console.log(b);b+=Math.ceil(n/10)*10;break}}})()' "$@"
}

# Processes: $state/NAME.pid holds a process's id and the time it started at, so that another one is never taken for it.
started_at() { awk '{ print $22 }' "/proc/$1/stat" 2>/dev/null; }
running() { # NAME
  local pid at
  [ -f "$state/$1.pid" ] && read -r pid at < "$state/$1.pid" && [ -n "$at" ] && [ "$(started_at "$pid")" = "$at" ]
}
launch() { # NAME COMMAND…: starts it in the background, its output in $state/NAME.log
  local name=$1; shift
  setsid "$@" > "$state/$name.log" 2>&1 < /dev/null &
  echo "$! $(started_at $!)" > "$state/$name.pid"
}
halt() { # NAME: ends it, by force after ten seconds
  local pid at
  if running "$1"; then
    read -r pid at < "$state/$1.pid"
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do running "$1" || break; sleep 0.1; done
    ! running "$1" || kill -9 "$pid" 2>/dev/null || true
  fi
  rm -f "$state/$1.pid"
}
finish() { # NAME: asks it to end, waits for it, and gives its exit status
  local pid at
  read -r pid at < "$state/$1.pid" || return 1
  kill "$pid" 2>/dev/null || true
  rm -f "$state/$1.pid"
  wait "$pid"
}
names() { # of all that was launched
  local f
  for f in "$state"/*.pid; do [ ! -f "$f" ] || basename "$f" .pid; done
}
halt_all() { local n; for n in $(names); do halt "$n"; done; }
show_logs() { local f; for f in "$state"/*.log; do [ ! -f "$f" ] || { printf '\nlast lines of %s:\n' "$f"; tail -n 6 "$f"; } >&2; done; }

# await_block NAME RPC waits for the first block of a node that was launched, and prints the height.
await_block() {
  local height i
  for i in $(seq 300); do
    height=$("$bin/assayd" status --node "tcp://$2" 2>/dev/null | json 'r.sync_info.latest_block_height' 2>/dev/null || echo 0)
    [ "$height" -lt 1 ] || { echo "$height"; return; }
    running "$1" || die "$1 ended; see $state/$1.log"
    sleep 0.2
  done
  die "$1: no block after $i tries; see $state/$1.log"
}

# chain NAME ID PORT VALIDATORS ACCOUNT… makes a chain whose blocks take $block_time and starts its nodes; NAME.json
# describes it. The account "operator", where there is one, is the zone's operator.
chain() {
  local name=$1 id=$2 port=$3 validators=$4 accounts=() a i
  shift 4
  for a; do
    accounts+=(--account "$a")
    [ "$a" != operator ] || accounts+=(--zone-operator operator)
  done
  "$bin/assayd" testnet --v "$validators" --single-host --starting-port "$port" --chain-id "$id" \
    --output-dir "$state/$name" --commit-timeout "$block_time" "${accounts[@]}" --json > "$state/$name.json"
  for ((i = 0; i < validators; i++)); do launch "$name-node$i" "$bin/assayd" start --log_no_color --home "$state/$name/node$i"; done
}
of() { json "$2" < "$state/$1.json"; } # NAME EXPRESSION

# await_tx HASH RPC prints a transaction's result once it is in a block. It asks again and again, since `query wait-tx`
# misses one that gets in just before it listens and is indexed just after it looked.
await_tx() {
  local i
  for i in $(seq 300); do
    ! "$bin/assayd" query tx "$1" --node "tcp://$2" -o json 2>/dev/null || return 0
    sleep 0.2
  done
  die "transaction $1: not in a block after $i tries"
}
