// SPDX-License-Identifier: MIT
import type { BpfError } from "@bpf-token/syscall";
import { Errno, type ErrnoName } from "@bpf-token/uapi";
import { bpf, close, open, read, refusedBpf, refusedCall, type Steps } from "../calls/steps.js";
import { LoadError } from "../load/errors.js";
import type { TokenInUse } from "../load/session.js";
import { masksOf } from "./masks.js";
import { type BpffsMount, bpffsMounts } from "./mounts.js";

/** Why a bpffs mount gave no token. See {@link findToken}. */
export interface TokenReason {
  /** The directory that was tried; empty if there was none. */
  readonly path: string;
  /** The error, if the kernel refused a call. */
  readonly code?: ErrnoName | `E${number}`;
  /** The reason in words. */
  readonly reason: string;
}

/** The result of looking for a token. */
export interface FoundToken {
  /** The fd and what the token allows; the caller must close the fd. */
  readonly token?: TokenInUse & { readonly path?: string };
  /** Why there is no token, or why earlier mounts gave none. */
  readonly reasons: readonly TokenReason[];
}

/** Where to look for a token. */
export type TokenSource =
  | { readonly kind: "never"; readonly why: string }
  /** An explicit path, where a missing token is an error. */
  | { readonly kind: "path"; readonly path: string }
  /** All bpffs mounts that the task sees. */
  | { readonly kind: "auto" };

/**
 * The environment variable with the token's bpffs path, which libbpf uses too.
 *
 * @example
 * ```ts
 * Collection.load(task, bytes, { env: { [TOKEN_PATH_VARIABLE]: "/run/bpf" } });
 * ```
 */
export const TOKEN_PATH_VARIABLE = "LIBBPF_BPF_TOKEN_PATH";

/** Combines option and environment. The option wins; an empty path means no token. */
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
 * Looks for a token. An explicit path must provide one. Otherwise the first bpffs mount that gives
 * a token is used, and the reasons of the others are recorded.
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
  if (reasons.length === 0) reasons.push({ path: "", reason: "no BPF filesystem is mounted" });
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
    reason: `cannot list the mounted BPF filesystems: ${message}`,
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

const nothingDelegated = "it delegates nothing; mount it with delegate_cmds and other options";

/** What an error of BPF_TOKEN_CREATE means, as far as it is unambiguous: rules TC-03 to TC-12. */
const meaning: ReadonlyMap<number, string> = new Map([
  [
    Errno.EINVAL,
    "the path is not the root of a BPF filesystem, or this kernel has no tokens (before Linux 6.9)",
  ],
  [Errno.ENOENT, nothingDelegated],
  [Errno.EOPNOTSUPP, "the kernel creates no tokens in the initial user namespace"],
  [
    Errno.EPERM,
    "the BPF filesystem belongs to another user namespace, or the process lacks CAP_BPF in its own",
  ],
]);
