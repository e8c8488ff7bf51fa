// Package simulation makes random messages and genesis states of x/fleet for the SDK's simulator. Messages are
// made from the state so that each should succeed; a factory skips where nothing fits. It is test code: no chain
// runs it.
package simulation
