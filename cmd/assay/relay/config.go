package relay

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"
	host "github.com/cosmos/ibc-go/v11/modules/core/24-host"
)

// duration is a time.Duration that a configuration file spells "1m30s".
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = duration(v)
	return err
}

// config is the configuration file; configTemplate says what each key means.
type config struct {
	State        string        `toml:"state"`
	PollInterval duration      `toml:"poll_interval"`
	MaxBackoff   duration      `toml:"max_backoff"`
	MaxPackets   int           `toml:"max_packets"`
	ScanBlocks   int64         `toml:"scan_blocks"`
	Chains       []chainConfig `toml:"chains"`
}

type chainConfig struct {
	ChainID        string   `toml:"chain_id"`
	RPC            string   `toml:"rpc"`
	RPCTimeout     duration `toml:"rpc_timeout"`
	StorePrefix    string   `toml:"store_prefix"`
	ClientID       string   `toml:"client_id"`
	TrustingPeriod duration `toml:"trusting_period"`
	MaxClockDrift  duration `toml:"max_clock_drift"`

	KeyName        string `toml:"key_name"`
	KeyringDir     string `toml:"keyring_dir"`
	KeyringBackend string `toml:"keyring_backend"`

	GasPrice      string    `toml:"gas_price"`
	GasAdjustment float64   `toml:"gas_adjustment"`
	MaxGas        uint64    `toml:"max_gas"`
	MaxMessages   int       `toml:"max_messages"`
	MaxBytes      int       `toml:"max_bytes"`
	TxTimeout     duration  `toml:"tx_timeout"`
	FixedGas      *fixedGas `toml:"fixed_gas"`
}

// fixedGas is what a message of each kind may use where transactions are not simulated.
type fixedGas struct {
	CreateClient uint64 `toml:"create_client"`
	UpdateClient uint64 `toml:"update_client"`
	Receive      uint64 `toml:"receive"`
	Acknowledge  uint64 `toml:"acknowledge"`
	Timeout      uint64 `toml:"timeout"`
	Other        uint64 `toml:"other"`
}

// loadConfig reads a configuration file, fills in defaults and checks it.
func loadConfig(path string) (*config, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, hint(err, "write one with: assay relay v2 init --config %s", path)
	}
	defer file.Close()
	c := &config{}
	if err := toml.NewDecoder(file).DisallowUnknownFields().Decode(c); err != nil {
		return nil, describeTOML(path, err)
	}
	c.setDefaults(path)
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// describeTOML says where in the file the decoder stopped.
func describeTOML(path string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		row, _ := strict.Errors[0].Position()
		return hint(fmt.Errorf("%s:%d: unknown key %q", path, row, strings.Join(strict.Errors[0].Key(), ".")),
			"assay relay v2 init writes a file with every key and its meaning")
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		row, column := decode.Position()
		return fmt.Errorf("%s:%d:%d: %w", path, row, column, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (c *config) setDefaults(path string) {
	setDefault(&c.State, path+".state.json")
	if !filepath.IsAbs(c.State) && filepath.Dir(c.State) == "." {
		c.State = filepath.Join(filepath.Dir(path), c.State)
	}
	setDefault(&c.PollInterval, duration(500*time.Millisecond))
	setDefault(&c.MaxBackoff, duration(time.Minute))
	setDefault(&c.MaxPackets, 200)
	setDefault(&c.ScanBlocks, 500)
	for i := range c.Chains {
		c.Chains[i].setDefaults()
	}
}

func (c *chainConfig) setDefaults() {
	setDefault(&c.RPCTimeout, duration(10*time.Second))
	setDefault(&c.StorePrefix, "ibc")
	setDefault(&c.MaxClockDrift, duration(30*time.Second))
	setDefault(&c.KeyringBackend, "os")
	setDefault(&c.GasAdjustment, 1.4)
	setDefault(&c.MaxGas, 20_000_000)
	setDefault(&c.MaxMessages, 25)
	setDefault(&c.MaxBytes, 300_000) // in hex, as simulations are asked for, well below the RPC's 1 MB
	setDefault(&c.TxTimeout, duration(time.Minute))
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

func (c *config) validate() error {
	switch {
	case len(c.Chains) != 2:
		return fmt.Errorf("expected two [[chains]], got %d", len(c.Chains))
	case c.Chains[0].ChainID == c.Chains[1].ChainID:
		return fmt.Errorf("expected two chains, got %q twice", c.Chains[0].ChainID)
	case c.PollInterval < 0 || c.MaxBackoff < 0 || c.MaxPackets < 1 || c.ScanBlocks < 1:
		return errors.New("poll_interval, max_backoff, max_packets, scan_blocks: expected positive values")
	}
	for i := range c.Chains {
		if err := c.Chains[i].validate(); err != nil {
			return fmt.Errorf("chains[%d]: %w", i, err)
		}
	}
	return nil
}

func (c *chainConfig) validate() error {
	switch {
	case c.ChainID == "":
		return errors.New("chain_id: expected the chain's id, got none")
	case c.RPC == "":
		return errors.New("rpc: expected the address of a node, got none")
	case c.KeyName == "":
		return errors.New("key_name: expected the name of a key, got none")
	case c.GasAdjustment < 1:
		return fmt.Errorf("gas_adjustment: expected 1 or more, got %v", c.GasAdjustment)
	case c.MaxMessages < 1 || c.MaxBytes < 1:
		return errors.New("max_messages, max_bytes: expected positive values")
	case c.TrustingPeriod < 0 || c.MaxClockDrift < 0 || c.RPCTimeout < duration(time.Second) || c.TxTimeout < 0:
		return errors.New("expected positive durations, and an rpc_timeout of 1s or more")
	}
	if c.ClientID != "" {
		if err := host.ClientIdentifierValidator(c.ClientID); err != nil {
			return fmt.Errorf("client_id: %w", err)
		}
	}
	if _, err := sdk.ParseDecCoins(c.GasPrice); err != nil {
		return hint(fmt.Errorf("gas_price %q: %w", c.GasPrice, err), `write it as "0.01uassay"`)
	}
	return nil
}
