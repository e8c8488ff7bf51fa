//go:build e2e

package e2e

import "syscall"

// endWithParent has the kernel end a process when the one that started it ends, however that comes about: a panic in a
// test that runs in parallel, or the time limit of go test, run no cleanup.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
