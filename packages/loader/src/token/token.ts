// SPDX-License-Identifier: MIT
import { OwnedFd, type Task } from "@bpf-token/syscall";
import { AttachType, BpfCmd, MapType, ProgType } from "@bpf-token/uapi";
import { runSteps } from "../calls/run.js";
import type { TokenAllows, TokenInUse } from "../load/session.js";
import { discoverToken, type FoundToken, tokenSource } from "./discover.js";
import { masksOf } from "./masks.js";
import { maskText } from "./names.js";

/** A token that a load may use. Since Linux 6.9. */
export class Token implements Disposable {
  /** Its descriptor. */
  readonly fd: OwnedFd<"token">;
  /** The directory of the BPF FS that it comes from; empty if that is not known. */
  readonly path: string;
  /** What it allows, bit N for value N; undefined where the kernel does not say. */
  readonly allows: TokenAllows | undefined;

  private constructor(fd: OwnedFd<"token">, path: string, allows: TokenAllows | undefined) {
    this.fd = fd;
    this.path = path;
    this.allows = allows;
  }

  /**
   * Makes a token from a BPF FS.
   *
   * @param path - the root of a BPF FS that delegates something to the task's user namespace.
   * @throws LoadError with the reason if the kernel refuses.
   */
  static open(task: Task, path: string): Token {
    const { token } = runSteps(task, discoverToken({ kind: "path", path }));
    return Token.adopt(task, token as TokenInUse);
  }

  /** A token for a descriptor of one, which is owned by it from now on. */
  static of(fd: OwnedFd<"token">): Token {
    return new Token(fd, "", runSteps(fd.task, masksOf(fd.fd)));
  }

  /** @internal What a search has found. */
  static adopt(task: Task, found: TokenInUse & { readonly path?: string }): Token {
    const call = { syscall: "bpf", cmd: "BPF_TOKEN_CREATE" };
    return new Token(OwnedFd.adopt(task, found.fd, "token", call), found.path ?? "", found.masks);
  }

  /** @internal For a load. */
  inUse(): TokenInUse {
    const masks = this.allows;
    return { fd: this.fd.fd, ...(masks === undefined ? {} : { masks }) };
  }

  /** The masks as mount options that make such a token, in the order of the kernel. */
  get mountOptions(): string | undefined {
    const { allows } = this;
    if (allows === undefined) return undefined;
    const options = [
      ["cmds", BpfCmd],
      ["maps", MapType],
      ["progs", ProgType],
      ["attachs", AttachType],
    ] as const;
    return options
      .filter(([kind]) => allows[kind] !== 0n)
      .map(([kind, names]) => `delegate_${kind}=${maskText(allows[kind], names)}`)
      .join(",");
  }

  /** Closes the descriptor. */
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
 * @param option - `"auto"`, `"never"` or the path of a BPF FS.
 * @param env - where `LIBBPF_BPF_TOKEN_PATH` may stand. Default the environment of this process.
 * @returns the token if there is one; the caller closes it.
 */
export function findToken(
  task: Task,
  option: string = "auto",
  env: Readonly<Record<string, string | undefined>> = environment(),
): { readonly token: Token | undefined; readonly reasons: FoundToken["reasons"] } {
  const { token, reasons } = runSteps(task, discoverToken(tokenSource(option, env)));
  return { token: token && Token.adopt(task, token), reasons };
}

/** The environment of this process, where there is one. */
export function environment(): Readonly<Record<string, string | undefined>> {
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return host.process?.env ?? {};
}
