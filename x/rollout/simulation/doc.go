// Package simulation makes random messages of x/rollout for the application's simulation: rollouts on the chain itself,
// since a simulation has no other. Tests with two and three chains send packets.
package simulation
