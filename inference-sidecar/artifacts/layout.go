package artifacts

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const positionSuffix = ".json"

func (s *Store) blobPath(digest [32]byte) string {
	name := hex.EncodeToString(digest[:])
	return filepath.Join(s.dir, blobFolder, name[:2], name)
}

func (s *Store) partialPath(digest [32]byte) string {
	return filepath.Join(s.dir, partialFolder, hex.EncodeToString(digest[:]))
}

// parseDigest reads the name of a file of the store.
func parseDigest(name string) (digest [32]byte, ok bool) {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) != len(digest) || strings.ToLower(name) != name {
		return digest, false
	}
	return [32]byte(raw), true
}

// scanBlobs lists the blobs and removes what is none.
func (s *Store) scanBlobs() error {
	root := filepath.Join(s.dir, blobFolder)
	folders, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		path := filepath.Join(root, folder.Name())
		if !folder.IsDir() {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		err := scan(path, func(name string, info fs.FileInfo) bool {
			digest, ok := parseDigest(name)
			if !ok || name[:2] != folder.Name() || info.Size() == 0 {
				return false
			}
			s.blobs[digest] = &blob{size: info.Size(), used: info.ModTime()}
			return true
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// scanPartials lists the partial files and removes the old ones, and what is none.
func (s *Store) scanPartials() error {
	folder := filepath.Join(s.dir, partialFolder)
	err := scan(folder, func(name string, info fs.FileInfo) bool {
		digest, ok := parseDigest(strings.TrimSuffix(name, positionSuffix))
		if !ok || s.o.Now().Sub(info.ModTime()) > partialAge {
			return false
		}
		if !strings.HasSuffix(name, positionSuffix) {
			s.partials[digest] = &blob{size: info.Size(), used: info.ModTime()}
		}
		return true
	})
	if err != nil {
		return err
	}
	return scan(folder, func(name string, _ fs.FileInfo) bool {
		digest, _ := parseDigest(strings.TrimSuffix(name, positionSuffix))
		return s.partials[digest] != nil
	})
}

// scan removes each file of a folder that keep does not want.
func scan(folder string, keep func(name string, info fs.FileInfo) bool) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() && keep(e.Name(), info) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(folder, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// syncFolder makes renames in a folder last.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
