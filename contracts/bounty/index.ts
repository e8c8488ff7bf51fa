/**
 * bounty is an escrow that pays a device for each verified proof of one version, once per nonce.
 *
 * What is trusted: the chain's records. Anyone may fund it; nobody but a device that proved is paid before the end.
 * After the end height the owner may take back what is left; before, not even the owner can.
 */
import {
  Attestation, Buffer, Bytes, Device, Event, Funds, Message, Reader, Storage, U64, Writer,
  balance, block, caller, check, fail, input, output, same, self, text, transfer,
} from "assay";
export { abi_version_1 } from "assay";

/** How many blocks there are at least between the owner naming an end and the end. */
const NOTICE: u32 = 1000;
/** More than any nonce has. */
const MAX_NONCE: i32 = 200;

class Config {
  owner: Bytes;
  version: Bytes;
  price: U64;
  denom: Bytes;
  /** The last height whose attestations are paid for; 0 for none. */
  end: U64;

  constructor(owner: Bytes, r: Reader) {
    this.owner = owner;
    this.version = r.text("version");
    this.price = r.number("price");
    this.denom = r.text("denomination");
    this.end = r.more() ? r.number("end height") : U64.zero();
    r.done();
    const n = this.version.length;
    check(n > 0 && n <= 200, "version: expected 1 to 200 bytes");
    check(!this.price.isZero(), "price: expected more than 0");
    check(this.denom.length > 0 && this.denom.length <= 128, "denomination: expected 1 to 128 bytes");
  }

  static load(): Config {
    const r = new Reader(Storage.need(text("c"))), owner = r.text("owner");
    return new Config(owner, r);
  }

  save(): void {
    const w = new Writer(256).text(this.owner).text(this.version).number(this.price).text(this.denom);
    Storage.set(text("c"), w.number(this.end).encoded());
  }

  /** Whether the end is behind a height. */
  ended(height: U64): bool {
    return !this.end.isZero() && this.end.lessThan(height);
  }
}

/** Total is how often somebody was paid, and how much. */
class Total {
  count: U64 = U64.zero();
  amount: U64 = U64.zero();

  constructor(private key: Bytes) {
    const b = Storage.get(key);
    if (b !== null) {
      this.count = new U64(load<u32>(b.ptr), load<u32>(b.ptr, 4));
      this.amount = new U64(load<u32>(b.ptr, 8), load<u32>(b.ptr, 12));
    }
  }

  add(amount: U64): void {
    this.count = this.count.addSaturated(new U64(1));
    this.amount = this.amount.addSaturated(amount);
    Storage.set(this.key, new Buffer(16).u64(this.count).u64(this.amount).bytes());
  }
}

function deviceKey(device: Bytes): Bytes {
  return new Buffer(128).str("d").put(device).bytes();
}

function paidKey(deviceId: U64, nonce: Bytes): Bytes {
  return new Buffer(128).str("p").u64be(deviceId).put(nonce).bytes();
}

/** Why an attestation cannot be paid; empty where it can. */
function obstacle(a: Attestation, c: Config): string {
  if (!same(a.version, c.version)) return "another version";
  if (c.ended(a.height)) return "after the end";
  if (a.suspect) return "the device was suspect";
  if (a.nonce.length > MAX_NONCE) return "the nonce is too long";
  if (Storage.has(paidKey(a.deviceId, a.nonce))) return "paid before";
  const d = Device.find(a.device);
  if (d === null || !d.id.equals(a.deviceId)) return "the device is gone";
  return d.standing.is("active") ? "" : "the device is not active";
}

/** Pays an attestation without obstacle: 0, or the code of transfer. */
function pay(a: Attestation, c: Config): u32 {
  const code = transfer(a.device, c.denom, c.price);
  if (code != 0) return code;
  Storage.set(paidKey(a.deviceId, a.nonce), new Buffer(8).u64(a.id).bytes());
  new Total(deviceKey(a.device)).add(c.price);
  new Total(text("t")).add(c.price);
  new Event("paid").number("attestation", a.id).text("device", a.device).number("amount", c.price).emit();
  return 0;
}

function unpaid(a: Attestation, reason: string): void {
  new Event("unpaid").number("attestation", a.id).text("device", a.device).text("reason", text(reason)).emit();
}

/** init version price denomination [end-height] */
export function init(): void {
  const c = new Config(caller(), new Reader(input()));
  Funds.read().only(c.denom);
  if (!c.end.isZero()) check(block().height.lessThan(c.end), "end height: expected one to come");
  c.save();
}

export function execute(): void {
  const m = new Message(), c = Config.load();
  if (m.is("fund")) {
    m.args.done();
    check(!Funds.read().only(c.denom).isZero(), "fund: expected coins");
    return;
  }
  Funds.read().none();
  if (m.is("claim")) claim(m.args, c);
  else if (m.is("end")) end(m.args, c);
  else if (m.is("withdraw")) withdraw(m.args, c);
  else m.unknown("fund, claim, end or withdraw");
}

/** claim attestation-id: by anyone, for an attestation that was not paid when it came. The device is paid. */
function claim(r: Reader, c: Config): void {
  const id = r.number("attestation");
  r.done();
  const a = Attestation.find(id);
  if (a === null) return fail(text("claim: no such attestation"));
  const why = obstacle(a, c);
  check(why.length == 0, "claim: " + why);
  check(pay(a, c) == 0, "claim: not enough coins, or the device cannot take them");
}

/** end height: by the owner, once, where init named none, and not before NOTICE blocks from now. */
function end(r: Reader, c: Config): void {
  const height = r.number("height");
  r.done();
  check(same(caller(), c.owner), "end: expected the owner");
  check(c.end.isZero(), "end: it is set");
  check(!height.lessThan(block().height.add(new U64(NOTICE))), "end: expected a height at least 1000 blocks from now");
  c.end = height;
  c.save();
}

/** withdraw: by the owner, after the end: all that is left. */
function withdraw(r: Reader, c: Config): void {
  r.done();
  check(same(caller(), c.owner), "withdraw: expected the owner");
  check(c.ended(block().height), "withdraw: not before the end");
  const rest = balance(c.denom);
  check(!rest.isZero(), "withdraw: nothing is left");
  check(transfer(c.owner, c.denom, rest) == 0, "withdraw: refused");
  new Event("withdrawn").number("amount", rest).emit();
}

export function on_attestation(): void {
  const a = Attestation.received(), c = Config.load();
  if (!same(a.version, c.version)) return; // other versions of the model are not its business
  const why = obstacle(a, c);
  if (why.length != 0) return unpaid(a, why);
  const code = pay(a, c);
  if (code != 0) unpaid(a, code == 1 ? "not enough coins" : "the device cannot take them");
}

export function query(): void {
  const m = new Message(), w = new Writer(256);
  if (m.is("status")) {
    m.args.done();
    const c = Config.load(), total = new Total(text("t"));
    w.str("version").text(c.version).str("price").number(c.price).str("denomination").text(c.denom);
    w.str("end").number(c.end).str("owner").text(c.owner).str("address").text(self());
    w.str("payments").number(total.count).str("paid").number(total.amount).str("balance").number(balance(c.denom));
  } else if (m.is("balance")) {
    m.args.done();
    w.number(balance(Config.load().denom));
  } else if (m.is("paid")) {
    const device = m.args.text("device");
    m.args.done();
    check(device.length <= 128, "device: too long");
    const total = new Total(deviceKey(device));
    w.str("payments").number(total.count).str("paid").number(total.amount);
  } else m.unknown("status, balance or paid");
  output(w.encoded());
}
