# shellcheck shell=bash
# Sets up a relayer for the two chains of scripts/localnet.sh. Each relayer has three functions: configure, channel
# (makes clients, connection and channel) and the command that runs it, relayer_command.

relayer_command=()

# fund NAME makes the keys of both relayers on a chain, and gives them coins. Each has an account of its own: two programs
# that sign with one account disturb each other's sequence.
fund() {
  local name=$1 home=$state/$1/node0 rpc address addresses=() r
  rpc=$(of "$name" 'r.nodes[0].rpc')
  for r in rly hermes; do
    "$bin/assayd" keys add $r --keyring-backend test --home "$home" --output json > "$state/$name-$r.key" 2>> "$state/setup.log"
    address=$(json r.address < "$state/$name-$r.key") addresses+=("$address")
  done
  submit "$name" node0 bank multi-send "$(of "$name" 'r.nodes[0].account')" "${addresses[@]}" 1000000000uassay
}
mnemonic() { json r.mnemonic < "$state/$1-$2.key"; } # CHAIN RELAYER

# submit NAME WHO ARGS… sends a transaction, which has to succeed.
submit() {
  local name=$1 who=$2 rpc sent result; shift 2
  rpc=$(of "$name" 'r.nodes[0].rpc')
  sent=$("$bin/assayd" tx "$@" --from "$who" --keyring-backend test --home "$state/$name/node0" --chain-id "$(of "$name" r.chain_id)" \
    --node "tcp://$rpc" --gas auto --gas-adjustment 1.5 --gas-prices 0.001uassay -y -o json 2>> "$state/setup.log") || die "$name: tx $1 $2; see $state/setup.log"
  result=$(await_tx "$(json r.txhash <<< "$sent")" "$rpc")
  [ "$(json r.code <<< "$result")" = 0 ] || die "$name: tx $1 $2: $(json r.raw_log <<< "$result")"
}

# render FILE fills in a configuration template.
render() {
  sed -e "s|@HUB_ID@|$hub|; s|@HUB_RPC@|$(of hub 'r.nodes[0].rpc')|; s|@HUB_GRPC@|$(of hub 'r.nodes[0].grpc')|" \
    -e "s|@ZONE_ID@|$zone|; s|@ZONE_RPC@|$(of zone 'r.nodes[0].rpc')|; s|@ZONE_GRPC@|$(of zone 'r.nodes[0].grpc')|" \
    -e "s|@KEYS@|$state/hermes/keys|; s|@METRICS_PORT@|${metrics:-0}|; s|@PORT@|$channel_port|" "$1"
}

# setup COMMAND… runs it, its output in setup.log.
setup() { "$@" >> "$state/setup.log" 2>&1 || die "$(basename "$1") ${*:2:4}; see $state/setup.log"; }

rly_configure() { # BINARY METRICS-PORT
  local home=$state/rly
  mkdir -p "$home/config"
  render scripts/relayer/rly.yaml > "$home/config/config.yaml"
  setup "$1" keys restore hub relayer "$(mnemonic hub rly)" --home "$home"
  setup "$1" keys restore zone relayer "$(mnemonic zone rly)" --home "$home"
  relayer_command=("$1" start assay --home "$home" --log-format console --flush-interval 1m
    --enable-metrics-server --metrics-listen-addr "127.0.0.1:$2")
  echo "127.0.0.1:$2/relayer/metrics" > "$state/metrics"
}
rly_channel() {
  setup "$1" transact link assay --home "$state/rly" --log-format console --client-tp-percentage 66 --max-clock-drift 10s \
    --src-port "$channel_port" --dst-port "$channel_port" --order unordered --version "$channel_version"
}

hermes_configure() {
  local home=$state/hermes name
  mkdir -p "$home"
  render scripts/relayer/hermes.toml > "$home/config.toml"
  for name in hub zone; do
    mnemonic $name hermes > "$home/$name.mnemonic"
    setup "$1" --config "$home/config.toml" keys add --chain "${!name}" --key-name relayer --mnemonic-file "$home/$name.mnemonic"
    rm "$home/$name.mnemonic"
  done
  setup "$1" --config "$home/config.toml" health-check
  relayer_command=("$1" --config "$home/config.toml" start)
  echo "127.0.0.1:$2/metrics" > "$state/metrics"
}
hermes_channel() {
  setup "$1" --config "$state/hermes/config.toml" create channel --a-chain $hub --b-chain $zone --new-client-connection --yes \
    --a-port "$channel_port" --b-port "$channel_port" --order unordered --channel-version "$channel_version"
}
