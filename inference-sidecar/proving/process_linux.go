package proving

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"
)

// lowPriority gives this process the lowest share of the CPU, and makes it the first that the kernel kills when memory
// is short. The niceness is a thread's on Linux and inherited by those that it starts, so it is set until none is left.
func lowPriority(nice int) error {
	for changed := true; changed; {
		changed = false
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil {
				return err
			}
			raw, err := unix.Getpriority(unix.PRIO_PROCESS, id)
			if errors.Is(err, unix.ESRCH) || err == nil && 20-raw >= nice { // the call returns 20 - nice
				continue
			}
			if err := unix.Setpriority(unix.PRIO_PROCESS, id, nice); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("nice %d: %w", nice, err)
			}
			changed = true
		}
	}
	return os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
}

// limitMemory makes the kernel refuse more than this much private memory, whereupon the process dies.
func limitMemory(bytes int64) error {
	limit := unix.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)}
	if err := unix.Setrlimit(unix.RLIMIT_DATA, &limit); err != nil {
		return fmt.Errorf("limit memory to %d bytes: %w", bytes, err)
	}
	return nil
}

// own makes the child the head of a process group, so that a signal from the terminal does not reach it before its parent
// has drained.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
}
