// SPDX-License-Identifier: GPL-2.0-only
import type { LsmHook } from "@bpf-token/syscall";
import { attrLayout, type KernelRelease, releaseCode } from "@bpf-token/uapi";
import { hookTokens, lsmCall } from "../generated/abi.js";
import { hookNames } from "../kernel/names.js";
import type { Machine } from "../module/machine.js";

/** A token, as hooks receive it. */
export interface LsmToken {
  /** Id of its user namespace, the same as in refusals: 2 in `user namespace #2`. */
  readonly userns: number;
  readonly allowedCmds: bigint;
  readonly allowedMaps: bigint;
  readonly allowedProgs: bigint;
  readonly allowedAttachs: bigint;
}

/** Arguments of the hooks that receive a bpf() command. */
export interface LsmAttr {
  /** The kernel's copy of the whole attribute union. Bytes after the caller's size are zero. */
  readonly attr: Uint8Array;
}

/** Argument of the hooks that the kernel itself can trigger. */
export interface LsmFromKernel {
  /** Whether the kernel itself made the call. Present from Linux 6.15 on. */
  readonly fromKernel?: boolean;
}

/** The arguments of each hook. */
export interface LsmHookArgs {
  /** Every bpf() command, including unknown ones. `size` is the caller's size of the union. */
  readonly bpf: LsmAttr & LsmFromKernel & { readonly cmd: number; readonly size: number };
  /**
   * `mask`: EXEC 1, WRITE 2, READ 4, APPEND 8, ACCESS 16, OPEN 32, CHDIR 64. `magic`: as in
   * statfs(2).
   */
  readonly inode_permission: {
    readonly mode: number;
    readonly mask: number;
    readonly ino: number;
    readonly magic: number;
  };
  /** The token is complete but has no file descriptor yet. `ino` is the root inode of its bpffs. */
  readonly bpf_token_create: LsmAttr & { readonly token: LsmToken; readonly ino: number };
  readonly bpf_token_cmd: { readonly token: LsmToken; readonly cmd: number };
  readonly bpf_token_capable: { readonly token: LsmToken; readonly cap: number };
  readonly bpf_map_create: LsmAttr &
    LsmFromKernel & { readonly token: LsmToken | null; readonly mapType: number };
  /** `token` is null up to Linux 7.2 (rule PL-18): the program already owns it, see `progToken`. */
  readonly bpf_prog_load: LsmAttr &
    LsmFromKernel & {
      readonly token: LsmToken | null;
      readonly progToken: LsmToken | null;
      readonly progType: number;
      readonly expectedAttachType: number;
    };
  readonly bpf_token_free: { readonly token: LsmToken };
  /** `userns` is the parent of the new namespace, `euid` the caller's kernel uid. */
  readonly userns_create: { readonly userns: number; readonly euid: number };
  /** `userns` is the namespace of the capability check, `ofUserns` that of the credentials. */
  readonly capable: {
    readonly cap: number;
    readonly userns: number;
    readonly ofUserns: number;
  };
  /**
   * A new directory or pinned object on a bpffs of Linux 7.2 or newer, never the root or a token.
   * `dir` is the inode number of its directory.
   */
  readonly inode_init_security: {
    readonly mode: number;
    readonly ino: number;
    readonly dir: number;
  };
}

/**
 * One call of a hook: the hook, the pid of the calling task (1 for deferred work), the arguments.
 */
export type LsmCall<H extends LsmHook = LsmHook> = {
  [K in H]: { readonly hook: K; readonly pid: number } & LsmHookArgs[K];
}[H];

/** Offsets of `struct lsm_call` in words. */
const AT = {
  hook: lsmCall.hook / 4,
  pid: lsmCall.pid / 4,
  token: lsmCall.token / 4,
  userns: lsmCall.userns / 4,
  allowed: lsmCall.allowed / 4,
  args: lsmCall.args / 4,
};
const TOKEN = hookTokens.indexOf("token");
const TOKEN_OF_PROG = hookTokens.indexOf("token_of_prog");
const FROM_KERNEL_SINCE = 6015;

class Reader {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #at: number;
  readonly #release: KernelRelease;

  constructor({ words, bytes }: Machine, address: number, release: KernelRelease) {
    this.#words = words;
    this.#bytes = bytes;
    this.#at = address / 4;
    this.#release = release;
  }

  word(i: number): number {
    return this.#words[this.#at + i] ?? 0;
  }

  arg(i: number): number {
    return this.word(AT.args + i);
  }

  #allowed(i: number): bigint {
    const at = AT.allowed + 2 * i;
    return BigInt(this.word(at)) | (BigInt(this.word(at + 1)) << 32n);
  }

  token(whose: number): LsmToken | null {
    if (this.word(AT.token) !== whose) return null;
    return {
      userns: this.word(AT.userns),
      allowedCmds: this.#allowed(0),
      allowedMaps: this.#allowed(1),
      allowedProgs: this.#allowed(2),
      allowedAttachs: this.#allowed(3),
    };
  }

  attr(): { attr: Uint8Array; fromKernel?: boolean } {
    const { size } = attrLayout("TOKEN_CREATE", this.#release);
    const attr = this.#bytes.slice(this.arg(3), this.arg(3) + size);
    if (releaseCode(this.#release) < FROM_KERNEL_SINCE) return { attr };
    return { attr, fromKernel: this.arg(2) !== 0 };
  }
}

/** Decodes the arguments of each hook from the words that security/security.c writes. */
const readers: { readonly [H in LsmHook]: (r: Reader) => LsmHookArgs[H] } = {
  bpf: (r) => ({ cmd: r.arg(0) | 0, size: r.arg(1), ...r.attr() }),
  inode_permission: (r) => ({ mode: r.arg(0), mask: r.arg(1), ino: r.arg(2), magic: r.arg(3) }),
  bpf_token_create: (r) => ({ token: someToken(r), ino: r.arg(0), attr: r.attr().attr }),
  bpf_token_cmd: (r) => ({ token: someToken(r), cmd: r.arg(0) }),
  bpf_token_capable: (r) => ({ token: someToken(r), cap: r.arg(0) }),
  bpf_map_create: (r) => ({ token: r.token(TOKEN), mapType: r.arg(0), ...r.attr() }),
  bpf_prog_load: (r) => ({
    token: r.token(TOKEN),
    progToken: r.token(TOKEN_OF_PROG) ?? r.token(TOKEN),
    progType: r.arg(0),
    expectedAttachType: r.arg(1),
    ...r.attr(),
  }),
  bpf_token_free: (r) => ({ token: someToken(r) }),
  userns_create: (r) => ({ userns: r.arg(0), euid: r.arg(1) }),
  capable: (r) => ({ cap: r.arg(0), userns: r.arg(1), ofUserns: r.arg(3) }),
  inode_init_security: (r) => ({ mode: r.arg(0), ino: r.arg(1), dir: r.arg(2) }),
};

function someToken(r: Reader): LsmToken {
  const token = r.token(TOKEN);
  if (token === null) throw new TypeError("the core passed no token to the hook");
  return token;
}

/** Decodes a hook call into a value that does not change when the core's memory does. */
export function readCall(machine: Machine, address: number, release: KernelRelease): LsmCall {
  const r = new Reader(machine, address, release);
  const hook = hookNames[r.word(AT.hook)];
  if (hook === undefined)
    throw new TypeError(`the core calls an unknown LSM hook: ${r.word(AT.hook)}`);
  return { hook, pid: r.word(AT.pid), ...readers[hook](r) } as LsmCall;
}
