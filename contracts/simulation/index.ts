/**
 * A contract for simulations: it has every entry point, does well most of the time, and fails on purpose now and then, so that what a
 * failed hook did is undone under random load. It decides nothing that anyone should rely on.
 */
import {
  Attestation, Buffer, Device, Event, Message, Publication, Reader, Rollout, Storage, U64, Version, Vote, Writer,
  block, check, input, output, text,
} from "assay";
export { abi_version_1 } from "assay";

/** Adds to a number in storage, and returns the sum. */
function add(key: string, n: U64): U64 {
  const sum = Storage.getU64(text(key)).addSaturated(n);
  Storage.setU64(text(key), sum);
  return sum;
}

/** Counts a call, and returns how many there were. */
function count(key: string): u32 {
  return add(key, new U64(1)).lo;
}

/** init start, where start may be left out */
export function init(): void {
  const r = new Reader(input());
  if (r.more()) add("count", r.number("start"));
  r.done();
}

/** add n, emit n, delete n */
export function execute(): void {
  const m = new Message(), sum = add("count", m.args.number("n"));
  m.args.done();
  if (m.is("delete")) Storage.remove(text("count"));
  else if (m.is("emit")) new Event("counted").number("sum", sum).emit();
  else if (!m.is("add")) m.unknown("add, emit or delete");
}

/** get */
export function query(): void {
  const m = new Message();
  if (!m.is("get")) m.unknown("get");
  output(new Writer().number(Storage.getU64(text("count"))).encoded());
}

export function migrate(): void {
  count("migrated");
}

/** Keeps what the chain says of the device and the version of an attestation. Every fifth ends in an abort, after it wrote. */
export function on_attestation(): void {
  const a = Attestation.received();
  count("seen");
  const device = Device.find(a.device), version = Version.find(a.version);
  const key = new Buffer().str("d").u64(a.deviceId).bytes();
  Storage.set(key, device === null ? text("none") : device.standing);
  check(version !== null, "version: expected one on record");
  check(a.id.lo % 5 != 0, "attestation: not every fifth");
}

/** Mostly says yes; in some blocks no, that it waits, something else than a vote, or nothing, after it wrote. */
export function decide_step(): i32 {
  const r = Rollout.received(), n = (block().height.lo + r.id.lo) % 7;
  count("asked");
  check(n != 3, "rollout: no vote in this block");
  if (n == 4) return 3;
  if (n == 5) return Vote.NO;
  return n == 6 ? Vote.WAIT : Vote.YES;
}

/** Allows all: who publishes in a simulation counts on it. */
export function allow_publish(): i32 {
  const p = Publication.received();
  Storage.set(text("publisher"), p.publisher);
  count("published");
  return Vote.ALLOW;
}
