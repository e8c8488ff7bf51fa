package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/zkml/ort"
)

// leastFree is what the disk must have for the small state that matters most, in bytes.
const leastFree = 32 << 20

// examineConfig reads the configuration; ok says whether there is one to go on with.
func (d *doctor) examineConfig() (out []Finding, ok bool) {
	const check = "configuration"
	path := d.terminal.path()
	c, err := config.Load(path)
	switch {
	case err == nil:
		d.config = c
		return []Finding{fine(check, "%s is valid", path)}, true
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{wrong(check, "%s: no such file", path).
			means("the sidecar does not start without it").
			hint("assay-sidecar init --home %s; or name the file with --config", d.terminal.home)}, false
	case errors.Is(err, fs.ErrPermission):
		return []Finding{unchecked(check, "%v", err).hint("run it as root, or as the user of the sidecar: runuser -u assay -- assay-sidecar doctor")}, false
	}
	for _, e := range leaves(err) {
		f := wrong(check, "%s: %v", path, e).means("the sidecar does not start until it is corrected")
		var key *config.KeyError
		switch {
		case errors.As(e, &key):
			f = f.hint("%s: set it to %s", key.Key, key.Expected)
		case errors.Is(e, config.ErrUnknownKey):
			f = f.hint("correct or remove the key; config.toml of `assay-sidecar init` has every key there is")
		default:
			f = f.hint("correct %s at that place", path)
		}
		out = append(out, f)
	}
	return out, false
}

// leaves are the errors that an error joins, or itself.
func leaves(err error) []error {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if joined, ok := e.(interface{ Unwrap() []error }); ok {
			if errs := joined.Unwrap(); len(errs) > 0 && allTold(errs) {
				return errs
			}
		}
	}
	return []error{err}
}

// allTold says whether each error stands for itself, as those of a validation do, and not as the cause of another.
func allTold(errs []error) bool {
	for _, e := range errs {
		var key *config.KeyError
		if !errors.As(e, &key) && !errors.Is(e, config.ErrUnknownKey) {
			return false
		}
	}
	return true
}

func (d *doctor) examineDevice(context.Context) []Finding {
	return []Finding{d.checkHome(), d.checkKey()}
}

func (d *doctor) checkHome() Finding {
	const check = "home"
	home := d.config.Home
	info, err := os.Stat(home)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return unchecked(check, "%v", err).hint("run it as root")
	case err != nil:
		return wrong(check, "%v", err).means("the device's key and its verified state are kept there").hint("mkdir -m 750 %s, or correct the key home", home)
	case !info.IsDir():
		return wrong(check, "%s: expected a folder, got %s", home, info.Mode()).hint("correct the key home")
	case info.Mode().Perm()&0o002 != 0:
		return wrong(check, "%s: mode %04o: every user may write to it", home, info.Mode().Perm()).
			means("any program of this machine can replace the device's key and what it trusts").hint("chmod o-w %s", home)
	}
	if stranger := strangerIn(home, ownerOf(info)); stranger != "" {
		return wrong(check, "%s does not belong to %s, as the folder does", stranger, userName(ownerOf(info))).
			means("a command was run as another user, and the sidecar may not be able to write there").
			hint("chown -R %s: %s", userName(ownerOf(info)), home)
	}
	if os.Geteuid() != 0 && os.Geteuid() != ownerOf(info) {
		return warning(check, "%s belongs to %s; as another user not everything can be checked", home, userName(ownerOf(info))).
			hint("runuser -u %s -- assay-sidecar doctor", userName(ownerOf(info)))
	}
	return fine(check, "%s, mode %04o, of %s", home, info.Mode().Perm(), userName(ownerOf(info)))
}

func ownerOf(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return os.Geteuid()
}

// maxEntries bounds the files whose owner is looked at.
const maxEntries = 10_000

// strangerIn is a file below a folder that belongs to another user than the owner; "" for none that could be seen.
func strangerIn(dir string, owner int) string {
	found, seen := "", 0
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error { // what cannot be read is told elsewhere
		seen++
		if seen > maxEntries {
			return fs.SkipAll
		}
		if err != nil {
			return nil
		}
		if info, err := e.Info(); err == nil && ownerOf(info) != owner {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	return found
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

func (d *doctor) checkKey() Finding {
	const check = "device key"
	path := d.config.Device.KeyFile
	key, err := chain.ReadKey(path)
	if err == nil {
		return fine(check, "%s", key)
	}
	f := wrong(check, "%v", err).means("the sidecar does not start; it signs reports and proofs with this key")
	switch {
	case errors.Is(err, fs.ErrPermission):
		return unchecked(check, "%v", err).hint("run it as root, or as the user of the sidecar")
	case errors.Is(err, fs.ErrNotExist):
		return f.hint("put the key back from its backup; or make a new one, which has to be enrolled again: move %s away, then assay-sidecar init --home %s …",
			d.terminal.path(), d.config.Home)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		return f.hint("chmod 600 %s; if others could read it for long, have it rotated: assayd tx fleet rotate-device-key", path)
	}
	return f.hint("put the key back from its backup")
}

func (d *doctor) examineRuntime(context.Context) []Finding {
	const check = "onnx runtime"
	r := d.config.Runtime
	o := engine.Options{Library: r.Library, Provider: r.Provider, Threads: r.Threads, Parallel: r.Parallel}
	err := o.Check()
	if err == nil {
		return []Finding{fine(check, "%s at %s, provider %s", ort.Version(), ort.Path(), r.Provider)}
	}
	f := wrong(check, "%v", err).means("no model is loaded, so nothing is served")
	switch {
	case errors.Is(err, ort.ErrNoLibrary):
		f = f.hint("runtime.library: the path of libonnxruntime.so.1 of release %s; the package installs it in /usr/lib/assay", ort.Series)
	case errors.Is(err, ort.ErrVersion):
		f = f.hint("runtime.library: the path of a library of release %s; another release may compute other bits", ort.Series)
	case errors.Is(err, engine.ErrProvider):
		f = f.hint(`runtime.provider = "cpu"; for a GPU the library and its drivers have to be there, see docs/sidecar.md`)
	default:
		f = f.hint("correct the keys of runtime")
	}
	return []Finding{f}
}

func (d *doctor) examineSpace(context.Context) []Finding {
	usage, err := artifacts.Inspect(d.config.Artifacts.Dir)
	if err != nil {
		f := unchecked("artifacts", "%v", err)
		if !errors.Is(err, fs.ErrPermission) {
			f = wrong("artifacts", "%v", err).means("models cannot be read").hint("check the disk; artifacts.dir names the folder")
		}
		return []Finding{d.checkDisk("disk of home", d.config.Home, 0), f}
	}
	rest := max(0, d.config.Artifacts.Limit.Bytes-usage.Bytes)
	return []Finding{
		d.checkDisk("disk of home", d.config.Home, d.config.Proving.JournalLimit.Bytes),
		d.checkDisk("disk of artifacts", d.config.Artifacts.Dir, rest),
		d.checkStore(usage),
	}
}

// checkDisk compares what a disk has left with what the limits still allow to be written.
func (d *doctor) checkDisk(check, dir string, allowed int64) Finding {
	free, err := freeBytes(dir)
	if err != nil {
		return unchecked(check, "%v", err)
	}
	switch {
	case free < leastFree:
		return wrong(check, "%s: %s free: expected at least %s", dir, inBytes(free), inBytes(leastFree)).
			means("state cannot be saved and versions cannot be fetched; what is served goes on").hint("df -h %s; make room", dir)
	case free < allowed+leastFree:
		return warning(check, "%s: %s free, and the limits allow %s more", dir, inBytes(free), inBytes(allowed)).
			hint("lower artifacts.limit or proving.journal_limit, or make room")
	}
	return fine(check, "%s: %s free", dir, inBytes(free))
}

// freeBytes is what the disk of a folder has left for this user. A folder that is not there yet is on its parent's disk.
func freeBytes(dir string) (int64, error) {
	for {
		var st syscall.Statfs_t
		err := syscall.Statfs(dir, &st)
		if err == nil {
			return int64(st.Bavail) * int64(st.Bsize), nil
		}
		parent := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || parent == dir {
			return 0, fmt.Errorf("%s: %w", dir, err)
		}
		dir = parent
	}
}

// inBytes is a size for people.
func inBytes(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// checkStore says whether the store has room for a further version beside those that it has to keep.
func (d *doctor) checkStore(usage artifacts.Usage) Finding {
	const check = "artifacts"
	limit := d.config.Artifacts.Limit.Bytes
	kept, largest := d.inUse()
	used := fmt.Sprintf("%s of %s, %s of it in use", inBytes(usage.Bytes), inBytes(limit), inBytes(kept))
	switch {
	case kept+largest > limit:
		return wrong(check, "%s; a further version of %s does not fit beside", used, inBytes(largest)).
			means("the next version cannot be fetched; what is served goes on").
			hint("artifacts.limit: raise it to %s or more", config.Size{Bytes: (kept + 2*largest + 1<<20 - 1) >> 20 << 20})
	case usage.Bytes > limit-limit/20:
		return warning(check, "%s; full, so that what is not in use gives way to what is new", used)
	}
	return fine(check, "%s", used)
}

// inUse is what the versions that the slots hold take in the store, and the most that one of them takes.
func (d *doctor) inUse() (kept, largest int64) {
	counted := map[[32]byte]bool{}
	for _, m := range d.config.Models {
		s, _ := slots.ReadSaved(d.slots(), m.Name)
		if s == nil {
			continue
		}
		for _, spec := range []*slots.Spec{s.Good, s.Order.Version, s.Order.Candidate} {
			if spec == nil {
				continue
			}
			var size int64
			for _, a := range spec.Needs() {
				size += a.Size
				if !counted[a.Digest] {
					counted[a.Digest] = true
					kept += a.Size
				}
			}
			largest = max(largest, size)
		}
	}
	return kept, largest
}
