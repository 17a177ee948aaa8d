// SPDX-License-Identifier: MIT
// Records the calls between a host and a kernel module. core-c/tests/replay.c, which describes the
// format, replays them on the native core.
import { fileURLToPath } from "node:url";
import { offsets } from "../../../gen/abi/offsets.mjs";
import { readUnmodelled } from "../../../gen/uapi/unmodelled.mjs";
import { Chunk } from "./chunk.mjs";

/** The module reports unmodelled features by number, the native core by text. */
const UNMODELLED = readUnmodelled(
  fileURLToPath(new URL("../../../../core-c/include/trace/unmodelled.def", import.meta.url)),
);

/** Record types: `enum record` of replay.c, in its order. */
const RECORD = { end: 0, call: 1, syscall: 2, reset: 3 };

/**
 * Exports with integer arguments and an integer result: `enum function` of replay.c, in its order.
 */
const FUNCTIONS = [
  "kernel_boot",
  "kernel_settle",
  "kernel_live",
  "kernel_fork",
  "kernel_exec",
  "kernel_exit",
  "kernel_wait",
  "kernel_send_fd",
  "kernel_open_ns",
  "kernel_fd_next",
  "kernel_sysctl_read",
  "kernel_sysctl_write",
  "kernel_lsm_answer",
  "kernel_fail_nth",
  "kernel_lsm_asked",
];

/** Functions that start with an empty refusal log, which is compared after the call. */
const LOGGED = new Set(
  ["fork", "exec", "exit", "wait", "send_fd", "open_ns", "sysctl_write"].map((n) => `kernel_${n}`),
);

const { call_block: BLOCK, refusal_entry: ENTRY, refusal_log: LOG, lsm_call: HOOK } = offsets();

/** One kernel and the calls of its host. */
class Conversation {
  #exports;
  #chunk;
  #segments = [];
  /** The LSM hooks of the current call, with the host's answers. */
  #hooks = [];
  #ended = false;
  /** Why the recording ends before the kernel does, or undefined. */
  cut;

  /** @param make - instantiates the module with the given imports and returns its exports. */
  constructor(make, imports, name) {
    const ask = imports?.host?.lsm_ask;
    const listening = ask && { host: { lsm_ask: (address) => this.#ask(ask, address) } };
    this.#exports = make(listening ?? imports);
    this.#chunk = new Chunk(name);
  }

  /** The exports that the host gets instead of the module's. */
  wrapped() {
    const wrapped = { ...this.#exports };
    FUNCTIONS.forEach((name, i) => {
      wrapped[name] = (...args) => this.#call(name, i, args);
    });
    wrapped.kernel_syscall = (pid) => this.#syscall(pid);
    wrapped.kernel_user_alloc = (size) => this.#alloc(size);
    wrapped.kernel_user_reset = () => this.#reset();
    // A snapshot restores memory without a call of the module.
    wrapped.kernel_brk = () => {
      this.#end("a snapshot");
      return this.#exports.kernel_brk();
    };
    return wrapped;
  }

  finish() {
    this.#end();
    return this.#chunk.bytes();
  }

  #end(cut) {
    if (this.#ended) return;
    this.#ended = true;
    this.cut = cut;
    this.#chunk.u32(RECORD.end);
  }

  get #memory() {
    return new DataView(this.#exports.memory.buffer);
  }

  #bytes(at, size) {
    return new Uint8Array(this.#exports.memory.buffer, at, size);
  }

  /** Calls the module. After a trap, the module is not usable any more. */
  #run(work) {
    try {
      return work();
    } catch (cause) {
      this.#end("a trap");
      throw cause;
    }
  }

  #ask(ask, address) {
    const question = this.#bytes(address >>> 0, HOOK.bytes).slice();
    const answer = ask(address);
    this.#hooks.push({ question, answer });
    return answer;
  }

  #writeHooks() {
    this.#chunk.u32(this.#hooks.length);
    for (const { question, answer } of this.#hooks.splice(0)) {
      this.#chunk.raw(question);
      this.#chunk.u32(answer);
    }
  }

  #call(name, index, args) {
    const ret = this.#run(() => this.#exports[name](...args));
    if (this.#ended) return ret;
    this.#chunk.u32(RECORD.call, index, args.length, ...args);
    this.#writeHooks();
    this.#chunk.u32(ret ?? 0);
    const block = this.#exports.kernel_call_block() >>> 0;
    if (name === "kernel_fd_next")
      this.#chunk.raw(this.#bytes(block + BLOCK.out, BLOCK.bytes - BLOCK.out));
    if (LOGGED.has(name)) this.#log();
    return ret;
  }

  #syscall(pid) {
    const block = this.#exports.kernel_call_block() >>> 0;
    if (!this.#ended) {
      this.#chunk.u32(RECORD.syscall, pid);
      this.#chunk.raw(this.#bytes(block, BLOCK.ret));
      this.#chunk.u32(this.#segments.length);
      for (const { at, size } of this.#segments) this.#chunk.data(this.#bytes(at, size));
    }
    const before = this.#segments.map(({ at, size }) => this.#bytes(at, size).slice());
    const ret = this.#run(() => this.#exports.kernel_syscall(pid));
    if (this.#ended) return ret;
    this.#writeHooks();
    this.#chunk.raw(this.#bytes(block + BLOCK.ret, 8));
    this.#segments.forEach(({ at, size }, i) => {
      const after = this.#bytes(at, size);
      const same = Buffer.compare(after, before[i]) === 0;
      this.#chunk.u32(same ? 0 : 1);
      if (!same) this.#chunk.data(after);
    });
    this.#log();
    return ret;
  }

  #alloc(size) {
    const at = this.#run(() => this.#exports.kernel_user_alloc(size)) >>> 0;
    if (this.#ended || at === 0) return at;
    this.#segments.push({ at, size });
    this.#chunk.segment(at, size);
    return at;
  }

  #reset() {
    this.#run(() => this.#exports.kernel_user_reset());
    this.#segments = [];
    if (!this.#ended) this.#chunk.u32(RECORD.reset);
  }

  #log() {
    const log = this.#exports.kernel_refusals() >>> 0;
    const memory = this.#memory;
    const count = memory.getUint32(log + LOG.count, true);
    this.#chunk.raw(this.#bytes(log, LOG.entry));
    this.#chunk.raw(this.#bytes(log + LOG.entry, count * ENTRY.bytes));
    this.#chunk.data(this.#notModelled(memory.getUint32(log + LOG.not_modelled, true)));
  }

  /** @param at - number of a name, or address of a text; 0 for none */
  #notModelled(at) {
    if (at <= UNMODELLED.length) return new TextEncoder().encode(UNMODELLED[at - 1] ?? "");
    const all = new Uint8Array(this.#memory.buffer);
    return all.subarray(at, all.indexOf(0, at));
  }
}

/** Records every kernel that is created between start and stop. */
export class Recorder {
  #real = WebAssembly.Instance;
  #open = [];
  #name = "";
  /** How many recordings end before their kernel does, by reason. */
  cut = new Map();

  start() {
    const open = this.#open;
    const named = () => this.#name;
    const Real = this.#real;
    WebAssembly.Instance = function Recorded(module, imports) {
      const make = (given) => new Real(module, given).exports;
      const conversation = new Conversation(make, imports, named());
      open.push(conversation);
      return { exports: conversation.wrapped() };
    };
  }

  /** Sets the name for kernels that are created from now on. */
  name(name) {
    this.#name = name;
  }

  /** The recordings of all kernels so far; they receive no further records. */
  take() {
    const chunks = this.#open.splice(0).map((conversation) => {
      const bytes = conversation.finish();
      const { cut } = conversation;
      if (cut !== undefined) this.cut.set(cut, (this.cut.get(cut) ?? 0) + 1);
      return bytes;
    });
    return chunks;
  }

  stop() {
    WebAssembly.Instance = this.#real;
  }
}
