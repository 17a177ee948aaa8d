// SPDX-License-Identifier: MIT
import type { BpfError } from "@bpf-token/syscall";
import { Errno, type ErrnoName } from "@bpf-token/uapi";
import { bpf, close, open, read, refusedBpf, refusedCall, type Steps } from "../calls/steps.js";
import { LoadError } from "../load/errors.js";
import type { TokenInUse } from "../load/session.js";
import { masksOf } from "./masks.js";
import { type BpffsMount, bpffsMounts } from "./mounts.js";

/** Why a BPF FS gave no token. */
export interface TokenReason {
  /** The directory that was tried; empty if none was. */
  readonly path: string;
  /** What was answered, where something was refused. */
  readonly code?: ErrnoName | `E${number}`;
  /** In words. */
  readonly reason: string;
}

/** A token that was looked for. */
export interface FoundToken {
  /** The descriptor and what it allows; whoever asked for it closes it. */
  readonly token?: TokenInUse & { readonly path?: string };
  /** Why there is none, or why others were not taken. */
  readonly reasons: readonly TokenReason[];
}

/** Where a token may come from. */
export type TokenSource =
  | { readonly kind: "never"; readonly why: string }
  /** It has to be there: what is missing is an error. */
  | { readonly kind: "path"; readonly path: string }
  /** Whatever a BPF FS gives. */
  | { readonly kind: "auto" };

/** The variable that libbpf heeds. */
export const TOKEN_PATH_VARIABLE = "LIBBPF_BPF_TOKEN_PATH";

/** What option and environment say together: the option wins, and an empty path is none. */
export function tokenSource(
  option: string,
  env: Readonly<Record<string, string | undefined>>,
): TokenSource {
  if (option === "never") return { kind: "never", why: "the option token is 'never'" };
  if (option === "") return { kind: "never", why: "the option token is an empty path" };
  if (option !== "auto") return { kind: "path", path: option };
  const path = env[TOKEN_PATH_VARIABLE];
  if (path === undefined) return { kind: "auto" };
  if (path === "") return { kind: "never", why: `${TOKEN_PATH_VARIABLE} is empty` };
  return { kind: "path", path };
}

/**
 * Looks for a token. One that is asked for by path has to be there; else every BPF FS of the task is
 * tried, and why one gives none is kept.
 */
export function* discoverToken(source: TokenSource): Steps<FoundToken> {
  if (source.kind === "never") return { reasons: [{ path: "", reason: source.why }] };
  if (source.kind === "path") {
    const found = yield* tokenAt(source.path);
    if ("token" in found) return { token: found.token, reasons: [] };
    const { error, reason } = found;
    throw new LoadError({ phase: "token", subject: source.path }, reason.reason, { cause: error });
  }
  const reasons: TokenReason[] = [];
  for (const mount of yield* visibleMounts(reasons)) {
    const { cmds, maps, progs } = mount.delegates;
    if ((cmds | maps | progs) === 0n) {
      reasons.push({ path: mount.path, reason: nothingDelegated });
      continue;
    }
    const found = yield* tokenAt(mount.path);
    if ("token" in found) return { token: found.token, reasons };
    reasons.push(found.reason);
  }
  if (reasons.length === 0) reasons.push({ path: "", reason: "no BPF FS is mounted" });
  return { reasons };
}

function* visibleMounts(reasons: TokenReason[]): Steps<BpffsMount[]> {
  const path = "/proc/self/mountinfo";
  const text = yield* read(path);
  if (typeof text !== "number") return bpffsMounts(new TextDecoder().decode(text));
  const { code, message } = yield* refusedCall({ syscall: "openat", cmd: path }, text);
  reasons.push({
    path: "",
    code,
    reason: `which BPF FS are mounted is not to be seen: ${message}`,
  });
  return [];
}

type Tried =
  | { readonly token: TokenInUse & { readonly path: string } }
  | { readonly error: BpfError; readonly reason: TokenReason };

function* tokenAt(path: string): Steps<Tried> {
  const directory = yield* open(path, true);
  if (directory < 0) {
    const error = yield* refusedCall({ syscall: "openat", cmd: path }, directory);
    return { error, reason: { path, code: error.code, reason: error.message } };
  }
  const fd = yield* bpf("TOKEN_CREATE", { bpffs_fd: directory }, { purpose: "token" });
  if (fd < 0) {
    const error = yield* refusedBpf("TOKEN_CREATE", fd);
    yield* close(directory);
    const why = meaning.get(error.errno);
    const reason = why === undefined ? error.message : `${error.message}: ${why}`;
    return { error, reason: { path, code: error.code, reason } };
  }
  yield* close(directory);
  const masks = yield* masksOf(fd);
  return { token: { fd, path, ...(masks === undefined ? {} : { masks }) } };
}

const nothingDelegated = "it delegates nothing: mount it with delegate_cmds and the like";

/** What an answer of BPF_TOKEN_CREATE means, as far as that is clear: rules TC-03…TC-12. */
const meaning: ReadonlyMap<number, string> = new Map([
  [Errno.EINVAL, "it is not the root of a BPF FS, or this kernel has no tokens (before Linux 6.9)"],
  [Errno.ENOENT, nothingDelegated],
  [Errno.EOPNOTSUPP, "the first user namespace needs no token and gets none"],
  [
    Errno.EPERM,
    "the BPF FS belongs to another user namespace, or the process lacks CAP_BPF in its own",
  ],
]);
