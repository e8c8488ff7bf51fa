package lightclient

import dbm "github.com/cometbft/cometbft-db"

// WithDB puts something between the store of a client and the disk.
func WithDB(c Config, wrap func(dbm.DB) dbm.DB) Config {
	c.wrapDB = wrap
	return c
}
