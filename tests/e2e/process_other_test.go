//go:build e2e && !linux

package e2e

import "syscall"

// endWithParent does nothing here: no such request to the kernel.
func endWithParent() *syscall.SysProcAttr { return nil }
