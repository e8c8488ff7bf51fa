package relay

import "strings"

// configTemplate is the file that init writes. Every key is in it.
const configTemplate = `# assay relay v2: an IBC v2 relayer between two chains. Durations are written "500ms", "10s", "336h".
# Keys that are commented out have the value that is shown.

# Where client ids and cursors are kept; a bare name is a file beside this one.
# Losing it costs a search through old blocks, and the client ids, which client_id below can name again.
#state = "CONFIG.state.json"

# How long to wait between two looks at the chains.
#poll_interval = "500ms"

# The longest wait after errors. Waits double from poll_interval on, with jitter.
#max_backoff = "1m"

# How many packets of one direction a pass takes on; what is left waits for the next pass.
#max_packets = 200

# How many blocks a pass searches for a packet's bytes where the node's index does not have them.
#scan_blocks = 500

[[chains]]
# The chain's id; a node of another chain is refused.
chain_id = "CHAIN_A"

# A node's CometBFT RPC address. The node needs an index of transactions and blocks (config.toml, [tx_index],
# indexer = "kv", which is the default).
rpc = "http://127.0.0.1:26657"

# How long to wait for one answer of the node.
#rpc_timeout = "10s"

# Name of the store that IBC's core module writes to.
#store_prefix = "ibc"

# The client on this chain that follows the other chain. Empty: connect makes one and keeps its id in the state file.
#client_id = ""

# For the client OF this chain on the other: how long a header is trusted. It must be shorter than this chain's
# unbonding period. 0s: two thirds of the unbonding period.
#trusting_period = "0s"

# For the client OF this chain on the other: how far its clock may be ahead.
#max_clock_drift = "30s"

# The key that signs and pays on this chain: its name, the folder that holds its keyring (what the
# chain's own CLI calls --keyring-dir or --home), and the keyring's backend: os, file, test, pass, ...
key_name = "relayer"
keyring_dir = "/path/to/home"
#keyring_backend = "os"

# What is paid per unit of gas.
gas_price = "0.01uassay"

# Transactions are simulated; the gas limit is what that used, times this.
#gas_adjustment = 1.4

# Limits of one transaction: gas, packet messages, and bytes of packet messages. What exceeds them is split.
# A node takes requests of 1 MB at most by default, in which a transaction to simulate takes twice its size.
#max_gas = 20000000
#max_messages = 25
#max_bytes = 300000

# How long to wait for a transaction to be in a block.
#tx_timeout = "1m"

# With this table transactions are not simulated; each message adds its gas. All keys are needed.
#[chains.fixed_gas]
#create_client = 500000
#update_client = 500000
#receive = 500000
#acknowledge = 500000
#timeout = 500000
#other = 200000

[[chains]]
# The other chain. All keys are those of the first.
chain_id = "CHAIN_B"
rpc = "http://127.0.0.1:26667"
key_name = "relayer"
keyring_dir = "/path/to/other/home"
gas_price = "0.01uassay"
`

// renderTemplate fills in the chains' ids.
func renderTemplate(chainA, chainB string) string {
	return strings.NewReplacer("CHAIN_A", chainA, "CHAIN_B", chainB).Replace(configTemplate)
}
