// SPDX-License-Identifier: MIT
import {
  bpf,
  type LsmAnswer,
  type LsmControl,
  type LsmHook,
  lsmHooks,
  NotModelledError,
  raw,
  type Task,
} from "@bpf-token/syscall";
import { AttachType, Errno, errnoName, HelperId, Insn, insn, ProgType } from "@bpf-token/uapi";
import { findFunction } from "./vmlinux-btf.js";

/** Group id of the task that loads the programs. The programs always allow this group. */
const GID = 0x6270_6674;
/** The BTF of vmlinux has the first id. */
const VMLINUX_ID = 1;
const HEADER_BYTES = 32;
const INSN_BYTES = 8;

/** The operations of a guest that its security module needs. */
interface LsmGuest {
  readonly backend: string;
  /** Forks the task that loads the programs. */
  fork(): Task;
  /** Runs calls without recording them. */
  withoutRecording(work: () => void): void;
  /** Records an answer that a model can replay. */
  recordAnswer(hook: LsmHook, answer: LsmAnswer): void;
  /** Records that a model cannot follow. */
  recordGap(why: string): void;
}

/**
 * The security module of a guest. Each hook that refuses has an attached LSM program, which gives
 * the same answer to all tasks except the one that loaded it.
 *
 * @example
 * ```ts
 * kernel.lsm?.answer("bpf_token_create", "EACCES"); // refuse
 * kernel.lsm?.answer("bpf_token_create", 0); // allow again
 * ```
 */
export class GuestLsm implements LsmControl {
  readonly #guest: LsmGuest;
  readonly #links = new Map<string, number>();
  #maker: Task | undefined;
  #btf: Uint8Array | undefined;

  /**
   * @internal See `GuestKernel.lsm`.
   */
  constructor(guest: LsmGuest) {
    this.#guest = guest;
  }

  /**
   * Sets the answer of a hook.
   *
   * @throws RangeError for a hook or an errno that does not exist; NotModelledError for a positive
   *   answer, because the verifier accepts only 0 and errnos from LSM programs.
   * @example
   * ```ts
   * kernel.lsm?.answer("bpf_token_create", "EACCES");
   * ```
   */
  answer(hook: LsmHook, answer: LsmAnswer): void {
    if (!lsmHooks.includes(hook)) throw new RangeError(`unknown LSM hook '${hook}'`);
    this.#set(hook, answer);
    this.#guest.recordAnswer(hook, answer);
  }

  /**
   * Makes any hook refuse, including hooks that the model does not have, until its answer is set to
   * 0. A refusing `inode_alloc_security`, for example, makes every inode allocation fail. Refusals
   * after that are not inferred.
   *
   * @throws the errors of {@link GuestLsm.answer}.
   */
  fault(hook: string, answer: LsmAnswer): void {
    this.#set(hook, answer);
    this.#guest.recordGap("an LSM hook that the model does not have refuses calls");
  }

  #set(hook: string, answer: LsmAnswer): void {
    const ret = numberOf(answer);
    const { backend, withoutRecording } = this.#guest;
    if (ret > 0) throw new NotModelledError(backend, `${hook} that answers ${ret}`);
    withoutRecording(() => {
      const maker = this.#ready();
      const link = this.#links.get(hook);
      if (link !== undefined) must("close", raw.close(maker, link));
      this.#links.delete(hook);
      if (ret < 0) this.#links.set(hook, this.#attach(maker, hook, ret));
    });
  }

  #ready(): Task {
    if (this.#maker !== undefined) return this.#maker;
    const maker = this.#guest.fork();
    must("setresgid", raw.setresgid(maker, GID, GID, GID));
    this.#maker = maker;
    return maker;
  }

  #attach(maker: Task, hook: string, ret: number): number {
    this.#btf ??= readVmlinuxBtf(maker);
    const bytes = program(ret);
    const loaded = bpf(maker, "PROG_LOAD", {
      prog_type: ProgType.LSM,
      expected_attach_type: AttachType.LSM_MAC,
      attach_btf_id: findFunction(this.#btf, `bpf_lsm_${hook}`),
      insns: { bytes, dir: "in" },
      insn_cnt: bytes.length / INSN_BYTES,
      license: "GPL",
    });
    const prog_fd = must("PROG_LOAD", loaded);
    const link = bpf(maker, "RAW_TRACEPOINT_OPEN", { prog_fd });
    raw.close(maker, prog_fd);
    return must("RAW_TRACEPOINT_OPEN", link);
  }
}

function numberOf(answer: LsmAnswer): number {
  if (typeof answer === "number") return answer;
  const errno = Errno[answer];
  if (errno === undefined) throw new RangeError(`unknown errno '${answer}'`);
  return -errno;
}

/** A program that answers 0 to the loading task's group and `ret` to all others. */
function program(ret: number): Uint8Array {
  const { ALU64, JMP, K, MOV, RSH, JEQ, CALL, EXIT } = Insn;
  return Uint8Array.from(
    [
      insn(JMP | CALL, 0, 0, 0, HelperId.get_current_uid_gid),
      insn(ALU64 | RSH | K, 0, 0, 0, 32),
      insn(JMP | JEQ | K, 0, 0, 2, GID),
      insn(ALU64 | MOV | K, 0, 0, 0, ret),
      insn(JMP | EXIT),
      insn(ALU64 | MOV | K, 0, 0, 0, 0),
      insn(JMP | EXIT),
    ].flatMap((bytes) => [...bytes]),
  );
}

/** Reads the BTF of vmlinux. */
function readVmlinuxBtf(task: Task): Uint8Array {
  const bpf_fd = must("BTF_GET_FD_BY_ID", bpf(task, "BTF_GET_FD_BY_ID", { btf_id: VMLINUX_ID }));
  const ask = (btf: Uint8Array): number => {
    const info = new Uint8Array(HEADER_BYTES);
    const view = new DataView(info.buffer);
    view.setUint32(8, btf.length, true);
    const mem = { bytes: info, pointers: btf.length === 0 ? [] : [{ offset: 0, to: btf }] };
    const ret = bpf(task, "OBJ_GET_INFO_BY_FD", { bpf_fd, info_len: info.length, info: mem });
    must("OBJ_GET_INFO_BY_FD", ret);
    return view.getUint32(8, true);
  };
  const btf = new Uint8Array(ask(new Uint8Array()));
  ask(btf);
  raw.close(task, bpf_fd);
  return btf;
}

function must(what: string, ret: number): number {
  if (ret >= 0) return ret;
  throw new Error(`the guest refused ${what} of an LSM program: ${errnoName(ret) ?? ret}`);
}
