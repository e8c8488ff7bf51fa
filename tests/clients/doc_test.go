// Package clients tries the inference protocol with clients that others wrote: Triton's Python client over HTTP and
// gRPC, and curl with the lines of docs/serving.md. scripts/clients.sh brings the Python client.
package clients
