package sidecar

import (
	"context"
	"errors"
	"io/fs"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/journal"
	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/proving/pool"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/zkml/model"
)

// examineProving checks the journal, its key, and what proves.
func (d *doctor) examineProving(ctx context.Context) []Finding {
	p := d.config.Proving
	if p.Mode == config.ProvingOff {
		return []Finding{fine("proving", "off")}
	}
	var key []byte
	var out []Finding
	if p.JournalKeyFile != "" {
		var err error
		if key, err = journal.ReadKey(p.JournalKeyFile); err != nil {
			return append(out, d.wrongJournalKey(err))
		}
		out = append(out, fine("journal key", "%s", p.JournalKeyFile))
	}
	out = append(out, d.checkJournal(key))
	if p.Mode == config.ProvingPool {
		return append(out, d.checkPool(ctx))
	}
	for _, m := range d.config.Models {
		out = append(out, d.checkMemory(m))
	}
	return out
}

func (d *doctor) wrongJournalKey(err error) Finding {
	const check = "journal key"
	path := d.config.Proving.JournalKeyFile
	f := wrong(check, "%v", err).means("the sidecar does not start, since inputs are not written in the clear")
	switch {
	case errors.Is(err, fs.ErrPermission):
		return unchecked(check, "%v", err).hint("run it as root, or as the user of the sidecar")
	case errors.Is(err, fs.ErrNotExist):
		return f.hint("put the key back from its backup; or for a new journal: (umask 077; openssl rand -hex 32 > %s), and move %s away", path, d.config.Proving.Journal)
	}
	return f.hint("chmod 600 %s; it holds 32 bytes, or 64 hexadecimal digits", path)
}

func (d *doctor) checkJournal(key []byte) Finding {
	const check = "journal"
	path := d.config.Proving.Journal
	if d.running {
		return d.checkRunningJournal()
	}
	n, err := journal.Inspect(path, key)
	const nothing = "nothing is proved; what is served goes on"
	switch {
	case err == nil:
		return fine(check, "%d entries in %s", n, path)
	case errors.Is(err, fs.ErrNotExist):
		return fine(check, "none yet; the sidecar makes %s", path)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, journal.ErrLocked):
		return unchecked(check, "%v", err)
	case errors.Is(err, journal.ErrEncrypted), errors.Is(err, journal.ErrKey):
		return wrong(check, "%v", err).means(nothing).hint("proving.journal_key_file: the file with the key that the journal was made with")
	case errors.Is(err, journal.ErrPlain):
		return wrong(check, "%v", err).means(nothing).hint("move %s away, and the sidecar makes an encrypted one; or empty proving.journal_key_file", path)
	case errors.Is(err, journal.ErrCorrupt):
		return warning(check, "%v", err).means("at its next start the sidecar keeps it aside and begins a new one; its entries are not proved").hint("check the disk")
	}
	return wrong(check, "%v", err).means(nothing).hint("move %s away, and the sidecar makes a new one", path)
}

func (d *doctor) checkRunningJournal() Finding {
	const check = "journal"
	if d.status == nil {
		return unchecked(check, "the running sidecar has it, and does not tell how it stands")
	}
	p := d.status.Proving
	if p.Error != "" {
		return wrong(check, "%s", p.Error).means("entries are lost, or nothing is proved; what is served goes on").
			hint("check the disk and proving.journal; then systemctl restart assay-sidecar")
	}
	return fine(check, "%d entries: %d to prove, %d to submit, %d submitted, %d failed", p.Entries, p.Pending, p.Proved, p.Submitted, p.Failed)
}

// checkMemory compares the budget with what a proof of the version in use takes. The key tells, once it was fetched.
func (d *doctor) checkMemory(m config.Model) Finding {
	check := "proving " + m.ServeAs
	s, _ := slots.ReadSaved(d.slots(), m.Name)
	if s == nil || s.Good == nil {
		return unchecked(check, "no version yet")
	}
	a, ok := s.Good.Artifact(model.ProvingFile)
	if !ok {
		return warning(check, "%s has no proving key on record", s.Good.ID).means("its results cannot be proved")
	}
	need, err := proving.MemoryNeed(artifacts.Path(d.config.Artifacts.Dir, a.Digest))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unchecked(check, "the proving key of %s is fetched with the first proof", s.Good.ID)
	case err != nil:
		return unchecked(check, "%v", err)
	case need > d.config.Proving.Memory.Bytes:
		return wrong(check, "a proof of %s takes about %s, and proving.memory is %s", s.Good.ID, inBytes(need), d.config.Proving.Memory).
			means("its results are not proved here; they are served").
			hint(`proving.memory: %s, if the device has it; or proving.mode = "pool"`, config.Size{Bytes: (need + 64<<20 - 1) >> 26 << 26})
	}
	return fine(check, "a proof of %s takes about %s of %s", s.Good.ID, inBytes(need), d.config.Proving.Memory)
}

// checkPool asks the NATS server that jobs go to.
func (d *doctor) checkPool(ctx context.Context) Finding {
	const check = "pool of provers"
	n := d.config.Proving.NATS
	const waits = "jobs wait in the journal until it is reached; what is served goes on"
	if n.URL == "" {
		return d.checkOwnServer()
	}
	token, err := readToken(n.TokenFile)
	if err != nil {
		return wrong(check, "%v", err).means("the sidecar does not start").hint("correct proving.nats.token_file, or the file's mode")
	}
	c := pool.Connection{URL: n.URL, Token: token, Name: "assay-sidecar doctor"}
	if c.TLS, err = pool.ClientTLS(n.TLSCA, n.TLSCert, n.TLSKey); err != nil {
		return wrong(check, "%v", err).means("the sidecar does not start").hint("correct the files of proving.nats.tls_ca, tls_cert and tls_key")
	}
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	if err := pool.Check(ctx, c, localTimeout); err != nil {
		return wrong(check, "%s: %v", redacted(n.URL), err).means(waits).hint("check the address in proving.nats.url, its token and certificates, and that the server has JetStream")
	}
	return fine(check, "%s answers, with JetStream", redacted(n.URL))
}

func (d *doctor) checkOwnServer() Finding {
	const check = "pool of provers"
	listen := d.config.Proving.NATS.Listen
	switch {
	case listen == "":
		return warning(check, "the sidecar's own server listens nowhere").means("no prover can connect, so nothing is proved").
			hint("proving.nats.listen: an address that provers reach; or proving.nats.url")
	case !d.running:
		return unchecked(check, "the sidecar's own server at %s; it does not run", listen)
	}
	if err := knock("tcp", listen); err != nil {
		return wrong(check, "the sidecar's own server: %v", err).means("no prover can connect, so nothing is proved").
			hint("look at the log: journalctl -u assay-sidecar")
	}
	return fine(check, "the sidecar's own server listens at %s", listen)
}
