package sidecar

const (
	// mainEnv makes the test binary the command assay-sidecar, and daemonEnv a daemon with the configuration in a file.
	mainEnv   = "ASSAY_TEST_MAIN"
	daemonEnv = "ASSAY_TEST_DAEMON"
)

func daemonProcess(string) int { return 0 }
