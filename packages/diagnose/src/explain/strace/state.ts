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
import { tracedBpf } from "../../evidence/from-strace.js";
import { field, type StraceCall } from "../../evidence/strace-line.js";
import type { TracedCall } from "../../evidence/traced-call.js";
import type { CallFinding } from "../../replay/call-finding.js";
import { possibleReasons } from "../../replay/hypotheses.js";
import type { Clues } from "../clues.js";
import type { JudgedCall } from "./judged.js";

/** File descriptors that are remembered. */
const FDS = 10_000;
/** A mask that the log lacks delegates nothing. */
const NOTHING: DelegationMasks = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n };
/** Different calls that the model makes. */
const CALLS = 200;

/** Why the model refuses a call, and for which state of the log. */
interface Reasons {
  readonly state: string;
  readonly found: readonly CallFinding[];
}

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
  readonly #traced = new Map<string, TracedCall>();
  readonly #reasons = new WeakMap<TracedCall, Reasons>();
  #asked = 0;
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

  /** The typed form of a call. Of equal calls it is one object. */
  traced(call: StraceCall): TracedCall | undefined {
    const key = `${call.errno} ${call.args}`;
    const before = this.#traced.get(key);
    if (before !== undefined) return before;
    const traced = tracedBpf(call);
    if (this.#traced.size >= CALLS) this.#traced.clear();
    if (traced !== undefined) this.#traced.set(key, traced);
    return traced;
  }

  /** Why the model refuses a call, in the states that the log leaves possible. */
  reasons(call: TracedCall): readonly CallFinding[] {
    const { initial, effective, unprivilegedBpfDisabled, release } = this.clues;
    const masks = this.knowsMasks ? { ...NOTHING, ...Object.fromEntries(this.masks) } : undefined;
    const known = { initial, effective, masks, unprivilegedBpfDisabled };
    const state = [initial, effective, unprivilegedBpfDisabled, ...this.masks.values()].join();
    const before = this.#reasons.get(call);
    if (before?.state === state) return before.found;
    // A text with that many different calls is not one program's.
    if (++this.#asked > CALLS) return [];
    const found = possibleReasons(call, { ...known, release: releaseOf(release) });
    this.#reasons.set(call, { state, found });
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
    if (args.startsWith("PR_SET_SECCOMP")) this.filtered = true;
    if (name === "uname") {
      this.clues.release ??= linuxCode(field(args, "release")?.slice(1) ?? "");
    }
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
