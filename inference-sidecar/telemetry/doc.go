// Package telemetry is what a sidecar tells about itself: Prometheus metrics, health and status over HTTP, traces over
// OTLP, logs, and notifications to the service manager.
//
// Metrics that change with each request are counters here, resolved once for each version, so that counting allocates
// nothing. What other parts know anyway, such as how long the queue is, is asked for when somebody looks: the daemon gives
// one function that returns a State.
//
// The number of series is bounded whatever happens: labels hold names from the configuration, words from fixed lists
// (anything else is "other"), and ids of at most MaxVersions versions, of which those that are gone are deleted.
//
// # Trust
//
// The HTTP listener has no authentication and changes nothing; it is for a loopback address or a network whose members may
// know the device's models and how much they are used. Inputs, outputs, keys and tokens are in no metric, trace or log of
// this package. Failures here never reach an inference: traces that cannot be sent are dropped.
package telemetry
