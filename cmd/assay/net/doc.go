// Package net is "assay net": commands for operators who run more than one chain.
//
// "assay net reconcile" compares what a hub and its zones have on record about the same rollouts. It reads the state of
// nodes that the operator names and believes them: it finds what was lost, applied twice or counted wrongly between
// honest nodes, and is not a light client.
package net
