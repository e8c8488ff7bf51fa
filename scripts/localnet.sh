#!/usr/bin/env bash
# A hub and a zone on this machine with a relayer between them, left running.
#
#   scripts/localnet.sh [start|stop|status]
#
# Settings, from the environment: RELAYER (rly or hermes), HUB_VALIDATORS and ZONE_VALIDATORS (1), BLOCK_TIME (500ms),
# CHANNEL_PORT and CHANNEL_VERSION. All state is in .localnet/ of this checkout; a start makes it anew.
set -euo pipefail
cd "$(dirname "$0")/.."
state=$PWD/.localnet program=localnet
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/relayer/lib.sh
. scripts/relayer/lib.sh
relayer=${RELAYER:-rly} block_time=${BLOCK_TIME:-500ms}
channel_port=${CHANNEL_PORT:-rollout} channel_version=${CHANNEL_VERSION:-assay-rollout-1}
hub=assay-hub-1 zone=assay-zone-1

alive() { local n; for n in $(names); do ! running "$n" || return 0; done; return 1; }

start() {
  case $relayer in rly | hermes) ;; *) die "RELAYER: expected rly or hermes, got \"$relayer\"" ;; esac
  [ -x "$bin/assayd" ] || die "$bin/assayd: not found" "make build"
  if alive; then die "already running: $(names | paste -sd ' ')" "scripts/localnet.sh stop"; fi
  local binary
  if [ "$relayer" = rly ]; then scripts/rly.sh; binary=$bin/rly; else binary=$(scripts/hermes.sh); fi
  rm -rf "$state" && mkdir "$state"
  echo "$$ $(started_at $$)" > "$state/start.pid" # a second start sees it
  trap ended EXIT
  trap 'exit 130' INT TERM

  say "hub $hub and zone $zone"
  local hub_validators=${HUB_VALIDATORS:-1} zone_validators=${ZONE_VALIDATORS:-1} hub_port zone_port metrics
  { read -r hub_port; read -r zone_port; read -r metrics; } < <(free_ports 26600 $((10 * hub_validators)) $((10 * zone_validators)) 1)
  chain hub $hub "$hub_port" "$hub_validators" publisher operator
  chain zone $zone "$zone_port" "$zone_validators" operator
  local name height
  for name in hub zone; do
    height=$(await_block $name-node0 "$(of $name 'r.nodes[0].rpc')")
    echo "$name is at height $height, RPC $(of $name 'r.nodes[0].rpc')"
  done

  say "the relayer: $relayer"
  for name in hub zone; do fund $name; done
  "${relayer}_configure" "$binary" "$metrics"
  "${relayer}_channel" "$binary"
  launch "$relayer" "${relayer_command[@]}"
  channels

  rm -f "$state/start.pid"
  trap - EXIT
  usage
}

ended() {
  [ "$(cat "$state/start.pid" 2>/dev/null)" != "" ] || return 0
  rm -f "$state/start.pid"
  show_logs
  halt_all
  printf 'localnet: failed; nothing was left running, logs are in %s\n' "$state" >&2
}

# channels writes the channel's two ends to channel.json and prints them.
channels() {
  local got
  got=$("$bin/assayd" query ibc channel channels --node "tcp://$(of hub 'r.nodes[0].rpc')" -o json |
    json "(c => c && ({port: c.port_id, version: c.version, ordering: c.ordering, hub: c.channel_id, zone: c.counterparty.channel_id, connection: c.connection_hops[0]}))(r.channels.find(c => c.port_id === '$channel_port' && c.state === 'STATE_OPEN'))")
  [ "$got" != undefined ] || die "no open channel of port $channel_port on the hub; see $state/setup.log"
  tee "$state/channel.json" <<< "$got"
}

usage() {
  local hub_rpc zone_rpc
  hub_rpc=$(of hub 'r.nodes[0].rpc') zone_rpc=$(of zone 'r.nodes[0].rpc')
  cat <<EOF

All of it stays up. State and logs are in .localnet/: hub.json, zone.json, channel.json, *.log. Try:
  build/bin/assayd query ibc channel channels --node tcp://$hub_rpc
  build/bin/assayd keys list --keyring-backend test --home .localnet/hub/node0
  curl http://$(of hub 'r.nodes[0].api')/ibc/core/client/v1/client_states
  curl http://$(cat "$state/metrics")  # the relayer's metrics
  tail -f .localnet/$relayer.log
EOF
  [ "$channel_port" != transfer ] || cat <<EOF
  build/bin/assayd tx ibc-transfer transfer transfer $(json r.hub < "$state/channel.json") $(of zone 'r.nodes[0].account') 1000uassay \\
    --from operator --keyring-backend test --home .localnet/hub/node0 --chain-id $hub --node tcp://$hub_rpc --gas-prices 0.001uassay -y
  build/bin/assayd query bank balances $(of zone 'r.nodes[0].account') --node tcp://$zone_rpc
EOF
  echo "Stop it with: make localnet-stop"
}

case ${1:-start} in
start) start ;;
stop)
  [ -d "$state" ] || { echo "localnet: not running"; exit 0; }
  halt_all
  echo "localnet: stopped; state and logs stay in .localnet/ until the next start"
  ;;
status) for n in $(names); do running "$n" && echo "$n: running" || echo "$n: ended"; done ;;
*) die "expected start, stop or status, got \"$1\"" ;;
esac
