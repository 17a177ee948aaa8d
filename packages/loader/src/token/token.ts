// SPDX-License-Identifier: MIT
import { axisNames, formatMask } from "@bpf-token/delegation";
import { OwnedFd, type Task } from "@bpf-token/syscall";
import { runSteps } from "../calls/run.js";
import type { TokenAllows, TokenInUse } from "../load/session.js";
import { discoverToken, type FoundToken, tokenSource } from "./discover.js";
import { masksOf } from "./masks.js";

/**
 * A token for loads. Since Linux 6.9.
 *
 * @example
 * ```ts
 * using token = Token.open(task, "/sys/fs/bpf");
 * Collection.load(task, bytes, { token });
 * ```
 */
export class Token implements Disposable {
  /** The file descriptor of the token. */
  readonly fd: OwnedFd<"token">;
  /** The bpffs mount that the token was created from; empty if unknown. */
  readonly path: string;
  /** What the token allows, bit N for value N; `undefined` if the kernel does not report it. */
  readonly allows: TokenAllows | undefined;

  private constructor(fd: OwnedFd<"token">, path: string, allows: TokenAllows | undefined) {
    this.fd = fd;
    this.path = path;
    this.allows = allows;
  }

  /**
   * Creates a token from a BPF filesystem.
   *
   * @param path - the root of a BPF filesystem that delegates to the task's user namespace.
   * @throws LoadError with the reason if the kernel refuses.
   */
  static open(task: Task, path: string): Token {
    const { token } = runSteps(task, discoverToken({ kind: "path", path }));
    return Token.adopt(task, token as TokenInUse);
  }

  /** Wraps an existing token fd. The returned token owns the fd. */
  static of(fd: OwnedFd<"token">): Token {
    return new Token(fd, "", runSteps(fd.task, masksOf(fd.fd)));
  }

  /** @internal Wraps the result of a search. */
  static adopt(task: Task, found: TokenInUse & { readonly path?: string }): Token {
    const call = { syscall: "bpf", cmd: "BPF_TOKEN_CREATE" };
    return new Token(OwnedFd.adopt(task, found.fd, "token", call), found.path ?? "", found.masks);
  }

  /** @internal The token as a load uses it. */
  inUse(): TokenInUse {
    const masks = this.allows;
    return { fd: this.fd.fd, ...(masks === undefined ? {} : { masks }) };
  }

  /** The masks as bpffs mount options, in the order of the kernel; `undefined` if unknown. */
  get mountOptions(): string | undefined {
    const { allows } = this;
    if (allows === undefined) return undefined;
    return axisNames
      .filter((axis) => allows[axis] !== 0n)
      .map((axis) => `delegate_${axis}=${formatMask(axis, allows[axis])}`)
      .join(",");
  }

  /** Closes the file descriptor. */
  close(): void {
    this.fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Looks for a token as a load does, without loading anything.
 *
 * @param option - `"auto"`, `"never"` or the path of a BPF filesystem.
 * @param env - where to look for `LIBBPF_BPF_TOKEN_PATH`. Default: this process's environment.
 * @returns the token, if there is one, and the reasons. The caller closes the token.
 * @throws LoadError if an explicit path gives no token.
 * @example
 * ```ts
 * const { token, reasons } = findToken(currentTask());
 * if (token === undefined) console.log(reasons.map(({ reason }) => reason).join("\n"));
 * ```
 */
export function findToken(
  task: Task,
  option: string = "auto",
  env: Readonly<Record<string, string | undefined>> = environment(),
): { readonly token: Token | undefined; readonly reasons: FoundToken["reasons"] } {
  const { token, reasons } = runSteps(task, discoverToken(tokenSource(option, env)));
  return { token: token && Token.adopt(task, token), reasons };
}

/** Returns the environment of this process, if there is one. */
export function environment(): Readonly<Record<string, string | undefined>> {
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return host.process?.env ?? {};
}
