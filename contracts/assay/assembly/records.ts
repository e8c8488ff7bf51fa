import { Bytes } from "./bytes";
import * as env from "./env";
import { input } from "./message";
import { result } from "./result";
import { U64 } from "./u64";
import { Reader } from "./values";

/** The name of each field in errors, which nobody sees: the host writes records right. One string keeps contracts small. */
const RECORD = "record";

/** What a contract that decides may answer. */
export namespace Vote {
  /** decide_step: ask again later; the step's deadline goes on. */
  export const WAIT: i32 = 0;
  /** decide_step: the rollout may leave the step. */
  export const YES: i32 = 1;
  /** decide_step: roll it back. */
  export const NO: i32 = 2;
  /** allow_publish: no. */
  export const REFUSE: i32 = 0;
  /** allow_publish: yes. */
  export const ALLOW: i32 = 1;
}

/** Model is a model on record. */
export class Model {
  publisher: Bytes;
  /** The model's name, without the publisher. */
  name: Bytes;
  /** The address that owns the publisher. */
  owner: Bytes;
  /** The height of the block in which it was created. */
  created: U64;

  constructor(r: Reader) {
    this.publisher = r.text(RECORD);
    this.name = r.text(RECORD);
    this.owner = r.text(RECORD);
    this.created = r.number(RECORD);
  }

  /** The model publisher/name, or source:publisher/name for a mirror; null for none. */
  static find(name: Bytes): Model | null {
    const n = env.read_model(name.ptr, name.length);
    return n < 0 ? null : new Model(new Reader(result(n)));
  }
}

/** Version is a version on record. */
export class Version {
  /** publisher/model@number, or source:publisher/model@number for a mirror. */
  id: Bytes;
  publisher: Bytes;
  model: Bytes;
  number: Bytes;
  yanked: bool;
  circuitDigest: Bytes;
  keyDigest: Bytes;
  /** The height of the block in which it was published. */
  published: U64;
  /** Where a mirror came from; empty for a version of this chain. */
  source: Bytes;

  constructor(r: Reader) {
    this.id = r.text(RECORD);
    this.publisher = r.text(RECORD);
    this.model = r.text(RECORD);
    this.number = r.text(RECORD);
    this.yanked = r.u32(RECORD) != 0;
    this.circuitDigest = r.bytes(RECORD);
    this.keyDigest = r.bytes(RECORD);
    this.published = r.number(RECORD);
    this.source = r.text(RECORD);
  }

  /** The version with an id; null for none. */
  static find(id: Bytes): Version | null {
    const n = env.read_version(id.ptr, id.length);
    return n < 0 ? null : new Version(new Reader(result(n)));
  }
}

/** Attestation is a verified proof on record: this device, running this version, computed this output. */
export class Attestation {
  id: U64;
  /** The address that the device signed with. */
  device: Bytes;
  fleet: U64;
  /** Whether the device was suspect. */
  suspect: bool;
  /** The id of the version. */
  version: Bytes;
  nonce: Bytes;
  inputDigest: Bytes;
  /** The output; empty where the chain keeps its digest alone. */
  output: Bytes;
  outputDigest: Bytes;
  outputSize: U64;
  height: U64;
  /** When, in seconds since 1970. */
  seconds: U64;
  deviceId: U64;

  constructor(r: Reader) {
    this.id = r.number(RECORD);
    this.device = r.text(RECORD);
    this.fleet = r.number(RECORD);
    this.suspect = r.u32(RECORD) != 0;
    this.version = r.text(RECORD);
    this.nonce = r.bytes(RECORD);
    this.inputDigest = r.bytes(RECORD);
    this.output = r.bytes(RECORD);
    this.outputDigest = r.bytes(RECORD);
    this.outputSize = r.number(RECORD);
    this.height = r.number(RECORD);
    this.seconds = r.number(RECORD);
    this.deviceId = r.number(RECORD);
  }

  /** The attestation that on_attestation was called for. */
  static received(): Attestation {
    return new Attestation(new Reader(input()));
  }

  /** The attestation with an id; null for none. */
  static find(id: U64): Attestation | null {
    const n = env.read_attestation(id.lo, id.hi);
    return n < 0 ? null : new Attestation(new Reader(result(n)));
  }
}

/** Device is a machine of a fleet. */
export class Device {
  id: U64;
  fleet: U64;
  address: Bytes;
  /** active, suspect or revoked. */
  standing: Bytes;
  /** Whether it confirmed its enrolment. */
  confirmed: bool;
  /** key=value each. */
  labels: Bytes[];

  constructor(r: Reader) {
    this.id = r.number(RECORD);
    this.fleet = r.number(RECORD);
    this.address = r.text(RECORD);
    this.standing = r.text(RECORD);
    this.confirmed = r.u32(RECORD) != 0;
    this.labels = [];
    while (r.more()) this.labels.push(r.text(RECORD));
  }

  /** The device that signs with an address now; null for none. */
  static find(address: Bytes): Device | null {
    const n = env.read_device(address.ptr, address.length);
    return n < 0 ? null : new Device(new Reader(result(n)));
  }
}

/** Rollout is a rollout that was started on this chain. */
export class Rollout {
  id: U64;
  owner: Bytes;
  /** The id of the version that it brings. */
  version: Bytes;
  /** The id of the version that it replaces; empty for none. */
  replaces: Bytes;
  /** pending, canary, promoted, rolled-back, paused or aborted. */
  phase: Bytes;
  /** The present step, from 0. */
  step: u32;
  steps: u32;
  generation: U64;
  /** The heights at which it and its present step started. */
  started: U64;
  stepStarted: U64;
  /** The evidence of its zones, in all. */
  attestations: U64;
  ready: U64;
  serving: U64;
  failures: U64;
  zonesAccepted: U64;

  constructor(r: Reader) {
    this.id = r.number(RECORD);
    this.owner = r.text(RECORD);
    this.version = r.text(RECORD);
    this.replaces = r.text(RECORD);
    this.phase = r.text(RECORD);
    this.step = r.u32(RECORD);
    this.steps = r.u32(RECORD);
    this.generation = r.number(RECORD);
    this.started = r.number(RECORD);
    this.stepStarted = r.number(RECORD);
    this.attestations = r.number(RECORD);
    this.ready = r.number(RECORD);
    this.serving = r.number(RECORD);
    this.failures = r.number(RECORD);
    this.zonesAccepted = r.number(RECORD);
  }

  /** The rollout that decide_step was called for. */
  static received(): Rollout {
    return new Rollout(new Reader(input()));
  }

  /** The rollout with an id; null for none. */
  static find(id: U64): Rollout | null {
    const n = env.read_rollout(id.lo, id.hi);
    return n < 0 ? null : new Rollout(new Reader(result(n)));
  }
}

/** Publication is what allow_publish is asked about: a version, or with an empty model and number a new publisher. */
export class Publication {
  publisher: Bytes;
  model: Bytes;
  number: Bytes;
  /** The address that owns the publisher, or is to own it. */
  owner: Bytes;

  constructor(r: Reader) {
    this.publisher = r.text(RECORD);
    this.model = r.text(RECORD);
    this.number = r.text(RECORD);
    this.owner = r.text(RECORD);
  }

  /** The publication that allow_publish was called for. */
  static received(): Publication {
    return new Publication(new Reader(input()));
  }
}
