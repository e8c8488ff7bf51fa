/** A contract that shows each part of the package to its tests: the method says which, the arguments go in, values come out. */
import {
  Buffer, Bytes, Device, Event, Funds, Message, Model, Publication, Reader, Rollout, Storage, U64, Version, Attestation, Writer,
  Answer, balance, block, call, callWithFunds, caller, fail, input, output, query as ask, quote, same, self, sha256, text, transfer,
} from "assay";
import { collections, strings } from "./standard";
export { abi_version_1 } from "assay";

export function init(): void {}

export function execute(): void {
  const m = new Message(), a = m.args, w = new Writer(16);
  if (m.is("set")) {
    const key = a.bytes("a");
    Storage.set(key, a.bytes("a"));
  } else if (m.is("remove")) Storage.remove(a.bytes("a"));
  else if (m.is("set-number")) {
    const key = a.bytes("a");
    Storage.setU64(key, a.number("a"));
  } else if (m.is("emit")) {
    new Event("tested").text("text", a.text("a")).number("number", a.number("a")).emit();
  } else if (m.is("transfer")) {
    const to = a.text("a"), denom = a.text("a");
    w.u32(transfer(to, denom, a.number("a")));
  } else if (m.is("only")) w.number(Funds.read().only(a.text("a")));
  else if (m.is("none")) Funds.read().none();
  else if (m.is("call")) answer(w, call(a.text("a"), message(a)));
  else if (m.is("call-with-funds")) {
    const to = a.text("a"), denom = a.text("a"), amount = a.number("a");
    answer(w, callWithFunds(to, message(a), denom, amount));
  } else m.unknown("another");
  a.done();
  output(w.encoded());
}

export function query(): void {
  const m = new Message(16384), a = m.args, w = new Writer(16);
  if (!numbers(m, w) && !bytes(m, w) && !chain(m, w) && !records(m, w)) m.unknown("another");
  a.done();
  output(w.encoded());
}

/** The rest of the arguments, as a message. */
function message(a: Reader): Writer {
  const w = new Writer();
  while (a.more()) {
    if (a.kind() == 0x74) w.text(a.text("a"));
    else if (a.kind() == 0x62) w.bytes(a.bytes("a"));
    else w.number(a.number("a"));
  }
  return w;
}

function answer(w: Writer, a: Answer): void {
  w.u32(a.code).bytes(a.output);
}

function numbers(m: Message, w: Writer): bool {
  const a = m.args;
  if (m.is("add")) {
    const n = a.number("a");
    w.number(n.add(a.number("a")));
  } else if (m.is("add-saturated")) {
    const n = a.number("a");
    w.number(n.addSaturated(a.number("a")));
  } else if (m.is("sub")) {
    const n = a.number("a");
    w.number(n.sub(a.number("a")));
  } else if (m.is("mul")) {
    const n = a.number("a");
    w.number(n.mul(a.u32("a")));
  } else if (m.is("div")) {
    const n = a.number("a");
    w.number(n.div(a.u32("a")));
  } else if (m.is("compare")) {
    const n = a.number("a"), b = a.number("a");
    w.u32(n.compare(b) + 1).u32(n.equals(b) ? 1 : 0).u32(n.lessThan(b) ? 1 : 0).u32(n.isZero() ? 1 : 0);
  } else if (m.is("decimal")) w.text(a.number("a").text());
  else if (m.is("u32")) w.u32(a.u32("a", 10, 20));
  else return false;
  return true;
}

function bytes(m: Message, w: Writer): bool {
  const a = m.args;
  if (m.is("literal")) w.str("a\0é€😀\ud800");
  else if (m.is("quote")) w.text(quote(a.bytes("a")));
  else if (m.is("same")) {
    const b = a.bytes("a"), c = a.bytes("a");
    w.u32(same(b, c) ? 1 : 0).u32(b.startsWith(c) ? 1 : 0);
  } else if (m.is("is")) w.u32(a.bytes("a").is("a text of some length") ? 1 : 0);
  else if (m.is("slice")) {
    const b = a.bytes("a"), from = <i32>a.u32("a");
    w.bytes(b.slice(from, <i32>a.u32("a")));
  } else if (m.is("index-of")) {
    const b = a.bytes("a");
    w.u32(b.indexOf(<u8>a.u32("a")) + 1);
  } else if (m.is("at")) {
    const b = a.bytes("a");
    w.u32(b.at(a.u32("a")));
  } else if (m.is("buffer")) {
    const n = a.number("a"), b = a.bytes("a");
    w.bytes(new Buffer(1).u8(n.lo).u32(n.lo).u32be(n.lo).u64(n).u64be(n).part(b).put(b).str("x").decimal(n.lo).bytes());
  } else if (m.is("memory")) Bytes.make(a.u32("a"));
  else if (m.is("throw")) throw new Error("thrown");
  else if (m.is("fail")) fail(a.text("a"));
  else if (m.is("strings")) strings(a, w);
  else if (m.is("collections")) collections(a, w);
  else return false;
  return true;
}

function chain(m: Message, w: Writer): bool {
  const a = m.args;
  if (m.is("who")) w.text(caller()).text(self());
  else if (m.is("block")) {
    const b = block();
    w.number(b.height).number(b.seconds).u32(b.nanoseconds).text(b.chainId);
  } else if (m.is("balance")) w.number(balance(a.text("a")));
  else if (m.is("sha256")) w.bytes(sha256(a.bytes("a")));
  else if (m.is("get")) {
    const v = Storage.get(a.bytes("a"));
    if (v !== null) w.bytes(v);
  } else if (m.is("number")) w.number(Storage.getU64(a.bytes("a")));
  else if (m.is("need")) w.bytes(Storage.need(a.bytes("a")));
  else if (m.is("page")) {
    const prefix = a.bytes("a"), limit = a.u32("a"), after: Bytes | null = a.more() ? a.bytes("a") : null;
    const page = Storage.page(prefix, after, limit);
    for (let i = 0; i < page.length; i++) w.bytes(page[i].key).bytes(page[i].value);
  } else if (m.is("range")) {
    const start = a.bytes("a"), end = a.bytes("a"), limit = a.u32("a");
    const range = Storage.range(start, end, limit, true);
    for (let i = 0; i < range.length; i++) w.bytes(range[i].key);
  } else if (m.is("query")) answer(w, ask(a.text("a"), message(a)));
  else if (m.is("call-in-query")) answer(w, call(a.text("a"), message(a)));
  else return false;
  return true;
}

function records(m: Message, w: Writer): bool {
  const a = m.args;
  if (m.is("model")) {
    const r = Model.find(a.text("a"));
    if (r !== null) w.text(r.publisher).text(r.name).text(r.owner).number(r.created);
  } else if (m.is("version")) {
    const r = Version.find(a.text("a"));
    if (r === null) return true;
    w.text(r.id).text(r.publisher).text(r.model).text(r.number).u32(r.yanked ? 1 : 0).bytes(r.circuitDigest);
    w.bytes(r.keyDigest).number(r.published).text(r.source);
  } else if (m.is("attestation")) attestation(Attestation.find(a.number("a")), w);
  else if (m.is("device")) {
    const r = Device.find(a.text("a"));
    if (r === null) return true;
    w.number(r.id).number(r.fleet).text(r.address).text(r.standing).u32(r.confirmed ? 1 : 0);
    for (let i = 0; i < r.labels.length; i++) w.text(r.labels[i]);
  } else if (m.is("rollout")) rollout(Rollout.find(a.number("a")), w);
  else return false;
  return true;
}

function attestation(r: Attestation | null, w: Writer): void {
  if (r === null) return;
  w.number(r.id).text(r.device).number(r.fleet).u32(r.suspect ? 1 : 0).text(r.version).bytes(r.nonce).bytes(r.inputDigest);
  w.bytes(r.output).bytes(r.outputDigest).number(r.outputSize).number(r.height).number(r.seconds).number(r.deviceId);
}

function rollout(r: Rollout | null, w: Writer): void {
  if (r === null) return;
  w.number(r.id).text(r.owner).text(r.version).text(r.replaces).text(r.phase).u32(r.step).u32(r.steps).number(r.generation);
  w.number(r.started).number(r.stepStarted).number(r.attestations).number(r.ready).number(r.serving).number(r.failures);
  w.number(r.zonesAccepted);
}

export function on_attestation(): void {
  const w = new Writer();
  attestation(Attestation.received(), w);
  output(w.encoded());
}

export function decide_step(): i32 {
  const w = new Writer();
  rollout(Rollout.received(), w);
  output(w.encoded());
  return 1;
}

export function allow_publish(): i32 {
  const p = Publication.received();
  output(new Writer().text(p.publisher).text(p.model).text(p.number).text(p.owner).encoded());
  return 0;
}

/** Answers with the message itself, which no reader has looked at. */
export function migrate(): void {
  output(input());
}
