// Package config reads the sidecar's configuration: a TOML file, over which environment variables go.
//
// template.toml is the one place where keys are documented and where their defaults are: Default decodes it, and Template
// writes it out with a configuration's values in place. The struct Config has the same keys, and a test holds the two
// equal.
//
// # Trust
//
// The file and the environment belong to the device's owner and are believed; checks are there for mistakes. An unknown
// key is a mistake, for a key that is spelled wrong would leave a default in force that nobody chose. Secrets are not in
// the configuration, only the paths of the files that hold them.
//
// The package checks what can be seen in a value: its form, its range, and what another value asks of it. Whether files
// exist, ports are free and endpoints answer is for `assay-sidecar doctor`.
package config
