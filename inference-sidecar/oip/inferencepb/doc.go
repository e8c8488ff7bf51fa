// Package inferencepb is the gRPC service of the Open Inference Protocol, generated from oip/proto by
// scripts/generate.sh. It checks nothing: what it decodes is as the caller sent it.
package inferencepb
