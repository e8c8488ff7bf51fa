// Package simulation makes random messages and parameters of x/proof for simulations of a whole chain. It is for tests
// only: it proves real, tiny statements, with keys whose secrets nobody kept or checked.
package simulation
