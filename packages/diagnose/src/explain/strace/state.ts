// SPDX-License-Identifier: MIT
import {
  axisNames,
  type DelegationAxis,
  type DelegationMasks,
  parseMask,
} from "@bpf-token/delegation";
import { type KernelRelease, linuxCode, newestRelease } from "@bpf-token/uapi";
import { factsRelease } from "@bpf-token/uapi/names";
import { maskOf, ownMounts } from "../../doctor/axes.js";
import type { CallFinding } from "../../replay/call-finding.js";
import { attrIn, callText } from "../../replay/call-text.js";
import { possibleReasons } from "../../replay/hypotheses.js";
import type { TracedCall } from "../../replay/traced-call.js";
import type { Clues } from "../clues.js";
import type { JudgedCall } from "./judged.js";
import { field, type StraceCall } from "./line.js";

/** File descriptors that are remembered. */
const FDS = 10_000;
/** Different calls that the model makes. */
const CALLS = 500;

/** The memory of a call, as one letter for each byte. */
const memoryOf = (call: TracedCall): string =>
  (attrIn(call)?.pointers ?? [])
    .map(({ to }) => (to instanceof Uint8Array ? new TextDecoder("latin1").decode(to) : ""))
    .join();

/** The release of the model for a kernel; for one without tokens the first with them. */
const releaseOf = (release: number | undefined): KernelRelease =>
  release === undefined
    ? newestRelease
    : factsRelease(
        `${Math.floor(Math.max(release, 6009) / 1000)}.${Math.max(release, 6009) % 1000}`,
      );

/** What the calls of a log did so far, as far as it decides about later ones. */
export class StraceState {
  readonly clues: Clues;
  /** Masks by delegate option; only of accepted options. */
  readonly masks: Map<DelegationAxis, bigint> = new Map();
  /** File descriptors of tokens. Processes are not told apart. */
  readonly tokens: Set<number> = new Set();
  /** Whether a call created, or tried to create, a token. */
  triedToken = false;
  /** Why a token was refused: the cause of later calls that lack it. */
  refusedToken: JudgedCall | undefined;
  /** Whether a user namespace was created after the last BPF filesystem. */
  newNamespace = false;
  /** Why a probe for the map of variables was refused although it passed a token. */
  lostProbe: JudgedCall | undefined;
  /** Contexts of fspick(2): the kernel accepts their delegate options, and ignores them. */
  readonly #reasons = new Map<string, readonly CallFinding[]>();
  readonly #picked = new Set<string>();
  /** Whether a call installed a seccomp filter, and no bpf() call passed it since. */
  filtered = false;

  /** Whether the masks come from a report: options in the log replace them. */
  #fromReport = false;

  constructor(clues: Clues) {
    this.clues = clues;
    const [mount, ...others] = clues.facts === undefined ? [] : ownMounts(clues.facts);
    if (mount === undefined || others.length > 0) return;
    for (const axis of axisNames) this.masks.set(axis, maskOf(mount.delegates, axis));
    this.#fromReport = true;
  }

  /** Whether the log shows the masks of the filesystem: a missing one delegates nothing. */
  get knowsMasks(): boolean {
    return this.masks.size > 0;
  }

  /** Why the model refuses a call, in the states that the log leaves possible. The model makes equal calls once. */
  reasons(call: TracedCall): readonly CallFinding[] {
    const { initial, effective, unprivilegedBpfDisabled, release } = this.clues;
    const masks = this.knowsMasks ? this.#allMasks() : undefined;
    const known = { initial, effective, masks, unprivilegedBpfDisabled };
    const state = [initial, effective, unprivilegedBpfDisabled, ...Object.values(masks ?? {})];
    const key = [callText(call, newestRelease), memoryOf(call), ...state].join();
    const before = this.#reasons.get(key);
    if (before !== undefined) return before;
    // A text with that many different calls is not one program's.
    if (this.#reasons.size >= CALLS) return [];
    const found = possibleReasons(call, { ...known, release: releaseOf(release) });
    this.#reasons.set(key, found);
    return found;
  }

  /** Notes what a call did. */
  note({ name, args, result, errno }: StraceCall): void {
    if (name === "bpf" && args.startsWith("BPF_TOKEN_CREATE")) {
      this.triedToken = true;
      if (result !== undefined && result >= 0 && this.tokens.size < FDS) this.tokens.add(result);
    }
    if (name === "bpf" && errno !== "EPERM" && errno !== "ENOSYS") this.filtered = false;
    if (errno !== "") return;
    if (name === "fspick" && this.#picked.size < FDS) this.#picked.add(String(result));
    if (name === "fsopen") this.#picked.delete(String(result));
    if (name === "fsconfig" && !this.#picked.has(/^\d+/.exec(args)?.[0] ?? "")) {
      this.#noteOption(args);
    }
    if (/^(?:unshare|clone3?)$/.test(name) && args.includes("CLONE_NEWUSER")) {
      this.newNamespace = true;
    }
    if (name === "fsmount" || (name === "mount" && args.includes('"bpf"'))) {
      this.newNamespace = false;
    }
    if (name === "seccomp" && args.includes("FILTER")) this.filtered = true;
    if (name === "prctl" && args.startsWith("PR_SET_SECCOMP")) this.filtered = true;
    if (name === "uname") {
      this.clues.release ??= linuxCode(field(args, "release")?.slice(1) ?? "");
    }
  }

  /** A mask that the log lacks delegates nothing. */
  #allMasks(): DelegationMasks {
    const mask = (axis: DelegationAxis): bigint => this.masks.get(axis) ?? 0n;
    return {
      ...{ cmds: mask("cmds"), maps: mask("maps") },
      ...{ progs: mask("progs"), attachs: mask("attachs") },
    };
  }

  #noteOption(args: string): void {
    const [, axis, value] = /"delegate_(\w+)", "([^"]*)"/.exec(args) ?? [];
    const known = axisNames.find((one) => one === axis);
    if (known === undefined || value === undefined) return;
    if (this.#fromReport) this.masks.clear();
    this.#fromReport = false;
    try {
      this.masks.set(known, (this.masks.get(known) ?? 0n) | parseMask(known, value, "ignore"));
    } catch {
      // The kernel accepted a value that this parser does not know: the mask stays unknown.
      this.masks.clear();
    }
  }
}
