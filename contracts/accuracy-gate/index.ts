/**
 * accuracy-gate lets a rollout go on only if outputs that devices proved agree with labels that an oracle posted.
 *
 * What is trusted: the oracle's labels. What is not: devices, who calls, and in which order things come. A proof says
 * what a version computes for an input, and that is the same on every device, so each input is judged once per version,
 * however many devices prove it, however often.
 */
import {
  Attestation, Buffer, Bytes, Event, Funds, Message, Reader, Rollout, Storage, U64, Vote, Writer,
  caller, check, fail, input, isAddress, output, same, sha256, text, transfer,
} from "assay";
export { abi_version_1 } from "assay";

/** How many results may wait for their labels. The oldest leaves for a new one. */
const WAITING: u32 = 64;
/** How many waiting results one call judges, so that a label never costs more than a call may. */
const BATCH: u32 = 4;
/** More than the id of any version has. */
const MAX_VERSION: i32 = 200;
const DIGEST: i32 = 32;

// ---- Configuration: never changes.

class Config {
  owner: Bytes;
  oracle: Bytes;
  /** A model or a version; empty for all. */
  scope: Bytes;
  minLabelled: u32;
  maxPermille: u32;
  /** Whether classes are compared; else whole outputs are. */
  argmax: bool;
  /** Whether the bytes of an output are signed. */
  signed: bool;

  constructor(owner: Bytes, r: Reader) {
    this.owner = owner;
    this.oracle = r.text("oracle");
    this.scope = r.text("model");
    this.minLabelled = r.u32("min labelled", 1, 1_000_000);
    this.maxPermille = r.u32("max disagreements permille", 0, 1000);
    const mode = r.text("compare mode");
    this.argmax = mode.is("argmax");
    this.signed = false;
    if (this.argmax) {
      const type = r.text("type of the output");
      this.signed = type.is("int8");
      if (!this.signed && !type.is("uint8")) refuse("type of the output: expected int8 or uint8, got ", type);
    } else if (!mode.is("exact")) refuse("compare mode: expected argmax or exact, got ", mode);
    r.done();
    if (!isAddress(this.oracle)) refuse("oracle: expected an address, got ", this.oracle);
    if (this.scope.length > MAX_VERSION) refuse("model: too long: ", this.scope);
  }

  static load(): Config {
    const r = new Reader(Storage.need(text("c"))), owner = r.text("owner");
    return new Config(owner, r);
  }

  /** What init was called with. */
  write(w: Writer): Writer {
    w.text(this.oracle).text(this.scope).u32(this.minLabelled).u32(this.maxPermille);
    return this.argmax ? w.str("argmax").str(this.signed ? "int8" : "uint8") : w.str("exact");
  }

  save(): void {
    Storage.set(text("c"), this.write(new Writer(256).text(this.owner)).encoded());
  }

  /** Whether the gate is about a version. */
  covers(version: Bytes): bool {
    const n = this.scope.length;
    if (n == 0 || same(version, this.scope)) return true;
    return version.length > n && version.startsWith(this.scope) && version.at(n) == 0x40; // model@number
  }
}

function refuse(message: string, what: Bytes): void {
  fail(new Buffer(128).str(message).quoted(what).bytes());
}

// ---- Answers: a class in four bytes, or the SHA-256 digest of an output.

/** The answer that an attestation holds; null where the chain kept no output to find a class in. */
function answerOf(a: Attestation, c: Config): Bytes | null {
  if (!c.argmax) return a.outputDigest;
  if (a.output.length == 0) return null;
  return new Buffer(4).u32(largest(a.output, c.signed)).bytes();
}

/** The index of the first byte that is largest. */
function largest(b: Bytes, signed: bool): u32 {
  const flip: u32 = signed ? 0x80 : 0;
  let best: u32 = 0, most: u32 = 0;
  for (let i = 0; i < b.length; i++) {
    const value = <u32>load<u8>(b.ptr + i) ^ flip;
    if (i > 0 && value <= most) continue;
    best = i;
    most = value;
  }
  return best;
}

/** The answer that the oracle expects: a class as a number or one byte, or an output as bytes. */
function expectedOf(r: Reader, c: Config): Bytes {
  if (c.argmax && r.kind() == 0x6e) return new Buffer(4).u32(r.u32("class", 0, 0xffff)).bytes();
  const b = r.bytes("expected");
  if (!c.argmax) return sha256(b);
  check(b.length == 1, "expected: a class is a number or one byte");
  return new Buffer(4).u32(b.at(0)).bytes();
}

// ---- Keys.

function labelKey(digest: Bytes): Bytes {
  return new Buffer(33).str("l").put(digest).bytes();
}

function judgedKey(version: Bytes, digest: Bytes): Bytes {
  return new Buffer(128).str("j").part(version).put(digest).bytes();
}

function statsKey(version: Bytes): Bytes {
  return new Buffer(128).str("s").put(version).bytes();
}

function waitingPrefix(digest: Bytes): Bytes {
  return new Buffer(128).str("w").put(digest).bytes();
}

function slotKey(slot: u32): Bytes {
  return new Buffer(5).str("q").u32be(slot).bytes();
}

// ---- Judging.

/** Stats are the results of one version. */
class Stats {
  agreed: u32 = 0;
  disagreed: u32 = 0;

  constructor(private version: Bytes) {
    const b = Storage.get(statsKey(version));
    if (b !== null) {
      this.agreed = load<u32>(b.ptr);
      this.disagreed = load<u32>(b.ptr, 4);
    }
  }

  save(): void {
    Storage.set(statsKey(this.version), new Buffer(8).u32(this.agreed).u32(this.disagreed).bytes());
  }

  vote(c: Config): i32 {
    const judged = this.agreed + this.disagreed;
    if (judged < c.minLabelled) return Vote.WAIT;
    return U64.product(c.maxPermille, judged).lessThan(U64.product(1000, this.disagreed)) ? Vote.NO : Vote.YES;
  }
}

/** Records that a version's answer for an input agrees with the label, or not. */
function judge(version: Bytes, digest: Bytes, agrees: bool): void {
  Storage.set(judgedKey(version, digest), new Buffer(1).u8(agrees ? 1 : 0).bytes());
  const stats = new Stats(version);
  if (agrees) stats.agreed++;
  else stats.disagreed++;
  stats.save();
  new Event("judged").text("version", version).text("agrees", text(agrees ? "yes" : "no"))
    .number("agreed", new U64(stats.agreed)).number("disagreed", new U64(stats.disagreed)).emit();
}

/** A label as it is stored: whether it was used, then the answer. */
function saveLabel(digest: Bytes, used: bool, answer: Bytes): void {
  Storage.set(labelKey(digest), new Buffer(33).u8(used ? 1 : 0).put(answer).bytes());
}

/** Keeps a result until its label comes. */
function wait(version: Bytes, digest: Bytes, answer: Bytes): void {
  const key = new Buffer(256).put(waitingPrefix(digest)).put(version).bytes();
  if (Storage.has(key)) return;
  const n = Storage.get(text("n"));
  const next: u32 = n === null ? 0 : load<u32>(n.ptr);
  const slot = slotKey(next), oldest = Storage.get(slot);
  if (oldest !== null) Storage.remove(oldest);
  Storage.set(key, new Buffer(36).u32(next).put(answer).bytes());
  Storage.set(slot, key);
  Storage.set(text("n"), new Buffer(4).u32((next + 1) % WAITING).bytes());
}

/** Judges a batch of the results that wait for a label, and says how many they were. */
function settle(digest: Bytes, answer: Bytes): u32 {
  const prefix = waitingPrefix(digest);
  const waiting = Storage.page(prefix, null, BATCH);
  for (let i = 0; i < waiting.length; i++) {
    const e = waiting[i];
    judge(e.key.slice(prefix.length), digest, same(e.value.slice(4), answer));
    Storage.remove(e.key);
    Storage.remove(slotKey(load<u32>(e.value.ptr)));
  }
  return waiting.length;
}

function readDigest(r: Reader): Bytes {
  const digest = r.bytes("input digest");
  check(digest.length == DIGEST, "input digest: expected 32 bytes");
  return digest;
}

// ---- Entry points.

/** init oracle model min-labelled max-disagreements-permille (argmax (int8|uint8) | exact) */
export function init(): void {
  new Config(caller(), new Reader(input())).save();
}

export function execute(): void {
  const m = new Message(), c = Config.load();
  if (m.is("label")) label(m.args, c);
  else if (m.is("judge")) judgeMore(m.args);
  else if (m.is("fund")) m.args.done();
  else if (m.is("withdraw")) withdraw(m.args, c);
  else m.unknown("label, judge, fund or withdraw");
}

/** label input-digest expected: by the oracle, which may correct it until a result was judged by it. */
function label(r: Reader, c: Config): void {
  const digest = readDigest(r), answer = expectedOf(r, c);
  r.done();
  Funds.read().none();
  check(same(caller(), c.oracle), "label: expected the oracle");
  const before = Storage.get(labelKey(digest));
  if (before !== null && before.at(0) != 0) {
    check(same(before.slice(1), answer), "label: a result was judged by it, it cannot change");
    return;
  }
  saveLabel(digest, settle(digest, answer) != 0, answer);
}

/** judge input-digest: more of the results that waited for a label, where they were many. */
function judgeMore(r: Reader): void {
  const digest = readDigest(r);
  r.done();
  Funds.read().none();
  const b = Storage.get(labelKey(digest));
  if (b === null) return fail(text("judge: no label"));
  check(settle(digest, b.slice(1)) != 0, "judge: nothing waits for this label");
}

/** withdraw denom amount: by who instantiated the gate. Without coins it pays for no more hooks. */
function withdraw(r: Reader, c: Config): void {
  const denom = r.text("denomination"), amount = r.number("amount");
  r.done();
  Funds.read().none();
  check(same(caller(), c.owner), "withdraw: expected the owner");
  check(transfer(c.owner, denom, amount) == 0, "withdraw: not enough");
}

export function on_attestation(): void {
  const a = Attestation.received(), c = Config.load();
  if (!c.covers(a.version) || a.version.length > MAX_VERSION || a.inputDigest.length != DIGEST) return;
  if (a.suspect) return skipped(a, "suspect");
  const answer = answerOf(a, c);
  if (answer === null) return skipped(a, "no-output");
  const key = labelKey(a.inputDigest), b = Storage.get(key);
  if (b === null) return wait(a.version, a.inputDigest, answer);
  if (Storage.has(judgedKey(a.version, a.inputDigest))) return;
  const expected = b.slice(1);
  judge(a.version, a.inputDigest, same(answer, expected));
  if (b.at(0) == 0) saveLabel(a.inputDigest, true, expected);
}

function skipped(a: Attestation, reason: string): void {
  new Event("skipped").number("attestation", a.id).text("reason", text(reason)).emit();
}

export function decide_step(): i32 {
  const rollout = Rollout.received(), c = Config.load();
  return c.covers(rollout.version) ? new Stats(rollout.version).vote(c) : Vote.WAIT;
}

export function query(): void {
  const m = new Message(), c = Config.load(), w = new Writer(256);
  if (m.is("config")) {
    m.args.done();
    c.write(w);
  } else if (m.is("stats")) {
    const version = m.args.text("version");
    m.args.done();
    check(version.length <= MAX_VERSION, "version: too long");
    const stats = new Stats(version), vote = c.covers(version) ? stats.vote(c) : Vote.WAIT;
    w.str("agreed").u32(stats.agreed).str("disagreed").u32(stats.disagreed);
    w.str("vote").str(vote == Vote.YES ? "yes" : vote == Vote.NO ? "no" : "wait");
  } else if (m.is("label")) {
    const digest = readDigest(m.args);
    m.args.done();
    const b = Storage.get(labelKey(digest));
    if (b === null) return output(w.encoded());
    const answer = b.slice(1);
    if (c.argmax) w.u32(load<u32>(answer.ptr));
    else w.bytes(answer);
    w.str(b.at(0) != 0 ? "used" : "unused");
  } else if (m.is("waiting")) {
    const prefix = waitingPrefix(readDigest(m.args));
    m.args.done();
    const waiting = Storage.page(prefix, null, WAITING);
    for (let i = 0; i < waiting.length; i++) w.text(waiting[i].key.slice(prefix.length));
  } else m.unknown("config, stats, label or waiting");
  output(w.encoded());
}
