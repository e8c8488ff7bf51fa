package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	lightclient "github.com/assay-chain/assay/light-client"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
)

// view is what the doctor's own light client verified: from a copy of the store on, or else from the configured header.
type view struct {
	client *lightclient.Client // nil: none opened
	status lightclient.Status
	stored bool  // it began from the store
	opened error // why there is none
	update error // why there is nothing newer

	snapshot *lightclient.Snapshot // of the newest state; nil: none
	device   fleettypes.Device     // of the snapshot
	enrolled bool
	dir      string
}

func (v *view) close() {
	if v.client != nil {
		_ = v.client.Close() // of a copy
	}
	if v.dir != "" {
		_ = os.RemoveAll(v.dir)
	}
}

// look opens a light client beside the sidecar's and brings it up to date.
func (d *doctor) look(ctx context.Context) *view {
	v := &view{}
	c := lightConfig(d.config, d.now, nil)
	c.Timeout = endpointTimeout
	c.Dir, v.opened = "", nil
	switch dir, err := copyHeaders(d.light()); {
	case err == nil:
		v.dir, v.stored, c.Dir = dir, true, dir
	case !errors.Is(err, fs.ErrNotExist):
		v.opened = err
		return v
	}
	v.client, v.opened = lightclient.Open(ctx, c)
	if v.opened != nil && v.stored && d.running { // copied while it was written
		c.Dir, v.stored = "", false
		v.client, v.opened = lightclient.Open(ctx, c)
	}
	if v.opened != nil {
		v.client = nil
		return v
	}
	_, v.update = v.client.Update(ctx)
	v.status = v.client.Status()
	if v.update != nil {
		return v
	}
	s, err := v.client.Snapshot(ctx)
	if err == nil && d.key != nil {
		v.device, v.enrolled, err = s.Device(ctx, d.key.Address())
	}
	if err != nil {
		v.update = err
		return v
	}
	v.snapshot = s
	return v
}

// maxCopy bounds the copy of the store, in bytes; a hundred headers take a megabyte.
const maxCopy = 256 << 20

// copyHeaders copies the store of verified headers to a folder of its own, so that looking at it changes nothing. The
// caller removes it.
func copyHeaders(light string) (dir string, err error) {
	from := filepath.Join(light, "headers.db")
	files, err := os.ReadDir(from)
	if err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "assay-doctor-"); err != nil {
		return "", err
	}
	to := filepath.Join(dir, "headers.db")
	err = os.Mkdir(to, 0o700)
	left := int64(maxCopy)
	for _, f := range files {
		if err != nil {
			break
		}
		if f.Name() == "LOCK" || strings.HasPrefix(f.Name(), "LOG") || !f.Type().IsRegular() {
			continue
		}
		var n int64
		n, err = copyFile(filepath.Join(to, f.Name()), filepath.Join(from, f.Name()), left)
		left -= n
		if errors.Is(err, fs.ErrNotExist) { // compacted away meanwhile
			err = nil
		}
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

func copyFile(to, from string, most int64) (int64, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, io.LimitReader(in, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("%s: expected a store of at most %s", from, inBytes(maxCopy))
	}
	return n, errors.Join(err, out.Close())
}
