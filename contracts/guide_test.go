package contracts_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/ort"
)

// fence is a block of the guide: a language, what it is for, and its lines.
var fence = regexp.MustCompile("(?ms)^```([a-z]+) (\\S+)\n(.*?)^```$")

// The guide's files and commands, in the order of the text: what it says works. The commands are those of the text itself.
func TestGuide(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	guide, err := os.ReadFile(filepath.Join(root, "docs", "contracts.md"))
	require.NoError(t, err)
	tools := t.TempDir()
	needs(t, "node")
	needs(t, "npm")
	if out, err := exec.Command("npm", "view", "assemblyscript@0.28.20", "version").CombinedOutput(); err != nil {
		t.Skipf("npm's registry has no answer, and the guide installs a compiler: %s", out)
	}
	build(t, root, filepath.Join(tools, "assay"), "./cmd/assay")

	folder := t.TempDir()
	var local, chain strings.Builder
	for _, block := range fence.FindAllStringSubmatch(string(guide), -1) {
		language, what, text := block[1], block[2], block[3]
		switch {
		case language == "sh" && what == "local":
			local.WriteString(text)
		case language == "sh" && what == "chain":
			chain.WriteString(text)
		case language == "sh":
			t.Fatalf("a block of commands is %q: expected local or chain", what)
		default:
			write(t, filepath.Join(folder, what), text)
		}
	}
	require.NotEmpty(t, local.String())
	require.NotEmpty(t, chain.String())
	env := append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "ASSAY="+root, "HOME="+t.TempDir(), "npm_config_cache="+npmCache(t))

	t.Run("local", func(t *testing.T) { run(t, folder, env, local.String()) })
	t.Run("chain", func(t *testing.T) {
		library, err := ort.Find()
		if err != nil {
			t.Skipf("needs ONNX Runtime (make ort): %v", err)
		}
		node := filepath.Join(root, "build", "bin", "assayd")
		if set := os.Getenv("ASSAYD"); set != "" {
			node = set
		}
		if _, err := os.Stat(node); err != nil {
			t.Skipf("%s is not there: make build", node)
		}
		require.NoError(t, os.Symlink(node, filepath.Join(tools, "assayd")))
		help, err := exec.Command(node, "tx", "contract", "store", "--help").CombinedOutput()
		require.NoError(t, err, string(help))
		if !strings.Contains(string(help), "assayd tx contract store") {
			t.Skipf("%s is older than contracts: make build", node)
		}
		run(t, folder, append(env, ort.LibraryEnv+"="+library, "PORT="+strconv.Itoa(freePorts(t))), chain.String())
	})
}

func needs(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("%s is not installed, and the guide needs it", tool)
	}
}

func npmCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("npm", "config", "get", "cache").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

func build(t *testing.T, root, out, pkg string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Dir = root
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, string(said))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

// run runs commands in one shell that ends at the first one that fails.
func run(t *testing.T, folder string, env []string, commands string) {
	t.Helper()
	cmd := exec.Command("bash", "-euxo", "pipefail", "-c", commands)
	cmd.Dir, cmd.Env = folder, env
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	t.Log(string(out))
}

// freePorts finds the first of ten ports in a row that are free.
func freePorts(t *testing.T) int {
	t.Helper()
next:
	for first := 28600; first < 60000; first += 10 {
		for p := first; p < first+10; p++ {
			l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(p))
			if err != nil {
				continue next
			}
			require.NoError(t, l.Close())
		}
		return first
	}
	t.Fatal("no free ports")
	return 0
}
