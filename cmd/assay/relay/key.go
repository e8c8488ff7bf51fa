package relay

import (
	"fmt"
	"os"

	"github.com/cosmos/cosmos-sdk/crypto/keyring"
)

// keyringService names the keyrings of this chain's programs to the operating system.
const keyringService = "assay"

// openKey opens the keyring and finds the key's address.
func (c *chain) openKey() error {
	keys, err := keyring.New(keyringService, c.cfg.KeyringBackend, c.cfg.KeyringDir, os.Stdin, c.enc.codec)
	if err != nil {
		return fmt.Errorf("%s: keyring: %w", c.id(), err)
	}
	record, err := keys.Key(c.cfg.KeyName)
	if err != nil {
		return hint(fmt.Errorf("%s: key %q: %w", c.id(), c.cfg.KeyName, err),
			"add it with: assayd keys add %s --keyring-backend %s --keyring-dir %s",
			c.cfg.KeyName, c.cfg.KeyringBackend, c.cfg.KeyringDir)
	}
	address, err := record.GetAddress()
	if err != nil {
		return fmt.Errorf("%s: key %q: %w", c.id(), c.cfg.KeyName, err)
	}
	c.keys, c.signer = keys, address.String()
	return nil
}
