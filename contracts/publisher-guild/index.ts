/**
 * publisher-guild says who may publish: publishers that its members voted onto a list, each with the address that owns it.
 *
 * What is trusted: a quorum of the members. A change of members, or of the quorum, voids the proposals that are open, so
 * a vote is never counted of somebody who is no member any more, nor against a quorum that was another when it was cast.
 */
import {
  Buffer, Bytes, Entry, Event, Funds, Message, Publication, Reader, Storage, U64, Vote, Writer,
  block, caller, check, fail, input, isAddress, output, same, text,
} from "assay";
export { abi_version_1 } from "assay";

/** How many members a guild begins with at most, and has at most. */
const MAX_FOUNDERS: u32 = 16;
const MAX_MEMBERS: u32 = 1000;
/** How many blocks a vote takes where init does not say. */
const VOTING_BLOCKS: u32 = 20_000;
/** How many entries a query gives at most. */
const PAGE: u32 = 32;

// ---- State of the guild.

class Guild {
  quorum: u32 = 0;
  members: u32 = 0;
  /** How many blocks a vote takes. */
  voting: u32 = VOTING_BLOCKS;
  /** Grows with each change of members or of the quorum. */
  generation: u32 = 0;
  /** The id of the latest proposal. */
  proposals: u32 = 0;

  static load(): Guild {
    const b = Storage.need(text("c")), g = new Guild();
    g.quorum = load<u32>(b.ptr);
    g.members = load<u32>(b.ptr, 4);
    g.voting = load<u32>(b.ptr, 8);
    g.generation = load<u32>(b.ptr, 12);
    g.proposals = load<u32>(b.ptr, 16);
    return g;
  }

  save(): void {
    const b = new Buffer(20).u32(this.quorum).u32(this.members).u32(this.voting).u32(this.generation);
    Storage.set(text("c"), b.u32(this.proposals).bytes());
  }
}

function memberKey(address: Bytes): Bytes {
  return new Buffer(96).str("m").put(address).bytes();
}

function publisherKey(name: Bytes): Bytes {
  return new Buffer(64).str("p").put(name).bytes();
}

function voteKey(id: u32, voter: Bytes): Bytes {
  return new Buffer(128).str("v").u32be(id).put(voter).bytes();
}

function isMember(address: Bytes): bool {
  return Storage.has(memberKey(address));
}

function addMember(address: Bytes): void {
  Storage.set(memberKey(address), new Buffer(8).u64(block().height).bytes());
}

function readAddress(r: Reader, name: string): Bytes {
  const address = r.text(name);
  if (!isAddress(address)) fail(new Buffer(128).str(name).str(": expected an address, got ").quoted(address).bytes());
  return address;
}

/** Whether bytes are a publisher's name: [a-z][a-z0-9-]{1,38}[a-z0-9]. */
function isName(b: Bytes): bool {
  const n = b.length;
  if (n < 3 || n > 40) return false;
  for (let i = 0; i < n; i++) {
    const c = b.at(i), letter = c >= 0x61 && c <= 0x7a, digit = c >= 0x30 && c <= 0x39;
    if (!letter && !(digit && i > 0) && !(c == 0x2d && i > 0 && i < n - 1)) return false;
  }
  return true;
}

// ---- Proposals.

class Proposal {
  id: u32 = 0;
  /** add-publisher, remove-publisher, add-member, remove-member or set-quorum. */
  kind: Bytes = Bytes.empty();
  /** The name of a publisher or the address of a member; empty for a quorum. */
  subject: Bytes = Bytes.empty();
  /** Who is to own the publisher that is to be added. */
  owner: Bytes = Bytes.empty();
  /** The quorum that is to be. */
  quorum: u32 = 0;
  generation: u32 = 0;
  /** The last height at which it can be voted on. */
  expires: U64 = U64.zero();
  yes: u32 = 0;
  no: u32 = 0;
  /** open, passed or rejected. */
  state: Bytes = text("open");

  static key(id: u32): Bytes {
    return new Buffer(5).str("o").u32be(id).bytes();
  }

  static load(id: u32): Proposal {
    const b = Storage.get(Proposal.key(id));
    if (b === null) fail(text("proposal: no such one"));
    const p = new Proposal(), r = new Reader(b!);
    p.id = id;
    p.kind = r.text("proposal");
    p.subject = r.text("proposal");
    p.owner = r.text("proposal");
    p.quorum = r.u32("proposal");
    p.generation = r.u32("proposal");
    p.expires = r.number("proposal");
    p.yes = r.u32("proposal");
    p.no = r.u32("proposal");
    p.state = r.text("proposal");
    return p;
  }

  save(): void {
    const w = new Writer(256).text(this.kind).text(this.subject).text(this.owner).u32(this.quorum).u32(this.generation);
    Storage.set(Proposal.key(this.id), w.number(this.expires).u32(this.yes).u32(this.no).text(this.state).encoded());
  }

  /** What has become of it. */
  standing(g: Guild, height: U64): Bytes {
    if (!this.state.is("open")) return this.state;
    if (this.generation != g.generation) return text("void");
    return this.expires.lessThan(height) ? text("expired") : this.state;
  }

  /** Reads what is proposed, and checks that it can be done now. */
  describe(r: Reader, g: Guild): void {
    this.kind = r.text("kind");
    if (this.kind.is("add-publisher")) {
      this.subject = r.text("publisher");
      check(isName(this.subject), "publisher: expected [a-z][a-z0-9-]{1,38}[a-z0-9]");
      this.owner = readAddress(r, "owner");
    } else if (this.kind.is("remove-publisher")) {
      this.subject = r.text("publisher");
      check(isName(this.subject) && Storage.has(publisherKey(this.subject)), "publisher: not on the list");
    } else if (this.kind.is("add-member")) {
      this.subject = readAddress(r, "member");
      check(!isMember(this.subject), "member: is one");
      check(g.members < MAX_MEMBERS, "member: the guild is full");
    } else if (this.kind.is("remove-member")) {
      this.subject = readAddress(r, "member");
      check(isMember(this.subject), "member: is none");
      check(g.members > g.quorum, "member: as many are needed as the quorum");
    } else if (this.kind.is("set-quorum")) this.quorum = r.u32("quorum", 1, g.members);
    else {
      const expected = "kind: expected add-publisher, remove-publisher, add-member, remove-member or set-quorum, got ";
      fail(new Buffer(192).str(expected).quoted(this.kind).bytes());
    }
    r.done();
  }

  /** Does what was proposed. */
  apply(g: Guild): void {
    if (this.kind.is("add-publisher")) return Storage.set(publisherKey(this.subject), this.owner);
    if (this.kind.is("remove-publisher")) return Storage.remove(publisherKey(this.subject));
    if (this.kind.is("add-member")) {
      addMember(this.subject);
      g.members++;
    } else if (this.kind.is("remove-member")) {
      Storage.remove(memberKey(this.subject));
      g.members--;
    } else g.quorum = this.quorum;
    g.generation++;
  }

  /** Counts a member's vote and does what is then decided. */
  count(voter: Bytes, yes: bool, g: Guild): void {
    const key = voteKey(this.id, voter);
    check(!Storage.has(key), "vote: voted before");
    Storage.set(key, new Buffer(1).u8(yes ? 1 : 0).bytes());
    if (yes) this.yes++;
    else this.no++;
    if (this.yes >= g.quorum) {
      this.state = text("passed");
      this.apply(g);
    } else if (this.no > g.members - g.quorum) this.state = text("rejected");
    this.save();
    g.save();
    if (this.state.is("open")) return;
    new Event("decided").number("proposal", new U64(this.id)).text("state", this.state)
      .text("kind", this.kind).text("subject", this.subject).emit();
  }
}

// ---- Entry points.

/** init member… quorum [voting-blocks] */
export function init(): void {
  const r = new Reader(input()), g = new Guild();
  Funds.read().none();
  while (r.kind() == 0x74) {
    const member = readAddress(r, "member");
    check(g.members < MAX_FOUNDERS, "members: expected at most 16");
    check(!isMember(member), "members: expected each once");
    addMember(member);
    g.members++;
  }
  check(g.members > 0, "members: expected at least one address");
  g.quorum = r.u32("quorum", 1, g.members);
  if (r.more()) g.voting = r.u32("voting blocks", 1, 10_000_000);
  r.done();
  g.save();
}

export function execute(): void {
  const m = new Message(), g = Guild.load(), voter = caller();
  Funds.read().none();
  check(isMember(voter), "expected a member of the guild");
  if (m.is("propose")) propose(m.args, voter, g);
  else if (m.is("vote")) vote(m.args, voter, g);
  else m.unknown("propose or vote");
}

/**
 * propose add-publisher name owner | remove-publisher name | add-member address | remove-member address |
 * set-quorum number: returns the proposal's id. The proposer has voted yes.
 */
function propose(r: Reader, voter: Bytes, g: Guild): void {
  const p = new Proposal();
  p.describe(r, g);
  check(g.proposals != u32.MAX_VALUE, "propose: no more proposals");
  p.id = ++g.proposals;
  p.generation = g.generation;
  p.expires = block().height.add(new U64(g.voting));
  p.count(voter, true, g);
  output(new Writer(16).u32(p.id).encoded());
}

/** vote proposal (yes|no): once each. */
function vote(r: Reader, voter: Bytes, g: Guild): void {
  const p = Proposal.load(r.u32("proposal")), word = r.text("vote");
  r.done();
  const standing = p.standing(g, block().height);
  if (!standing.is("open")) fail(new Buffer(64).str("vote: the proposal is ").put(standing).bytes());
  const yes = word.is("yes");
  if (!yes && !word.is("no")) fail(new Buffer(128).str("vote: expected yes or no, got ").quoted(word).bytes());
  p.count(voter, yes, g);
}

/** Allows what the owner on the list does: creating the publisher, and publishing its versions. */
export function allow_publish(): i32 {
  const p = Publication.received();
  if (!isName(p.publisher)) return Vote.REFUSE;
  const owner = Storage.get(publisherKey(p.publisher));
  return owner !== null && same(owner, p.owner) ? Vote.ALLOW : Vote.REFUSE;
}

export function query(): void {
  const m = new Message(), w = new Writer(1024);
  if (m.is("config")) {
    m.args.done();
    const g = Guild.load();
    w.str("quorum").u32(g.quorum).str("members").u32(g.members).str("voting-blocks").u32(g.voting);
    w.str("proposals").u32(g.proposals);
  } else if (m.is("publishers")) {
    const page = entries("p", m.args);
    for (let i = 0; i < page.length; i++) w.text(page[i].key.slice(1)).text(page[i].value);
  } else if (m.is("members")) {
    const page = entries("m", m.args);
    for (let i = 0; i < page.length; i++) w.text(page[i].key.slice(1));
  } else if (m.is("publisher")) {
    const name = m.args.text("publisher");
    m.args.done();
    const owner = isName(name) ? Storage.get(publisherKey(name)) : null;
    if (owner !== null) w.text(owner);
  } else if (m.is("proposal")) {
    const p = Proposal.load(m.args.u32("proposal"));
    m.args.done();
    const height = block().height;
    w.str("kind").text(p.kind).str("subject").text(p.subject).str("owner").text(p.owner).str("quorum").u32(p.quorum);
    w.str("yes").u32(p.yes).str("no").u32(p.no).str("expires").number(p.expires);
    w.str("state").text(p.standing(Guild.load(), height));
  } else m.unknown("config, publishers, members, publisher or proposal");
  output(w.encoded());
}

/** A page of the entries with a prefix, after the name or address that is the only argument, if there is one. */
function entries(prefix: string, r: Reader): Entry[] {
  let after: Bytes | null = null;
  if (r.more()) {
    const name = r.text("after");
    check(name.length <= 128, "after: too long");
    after = new Buffer(128).str(prefix).put(name).bytes();
  }
  r.done();
  return Storage.page(text(prefix), after, PAGE);
}
