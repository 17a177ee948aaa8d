// SPDX-License-Identifier: MIT
// What pasted settings delegate, and what an object lacks with them.
import {
  axisNames,
  bpffsIn,
  type Delegation,
  DelegationError,
  detectDialect,
  type FoundDelegation,
  readDelegations,
} from "@bpf-token/delegation";
import { checkPolicy, type Policy, type PolicyReason } from "bpf-token/policy";

/** Settings, or one BPF filesystem of a mountinfo. */
export interface Delegated {
  /** What it is: `mount options`, or the place of the mount. */
  readonly where: string;
  /** The names of each axis; empty if it delegates none. */
  readonly names: readonly (readonly [axis: string, names: string])[];
  /** Parts without effect, and what to write. */
  readonly notes: readonly string[];
  /** What the object needs and this lacks. Absent without an object. */
  readonly missing?: readonly PolicyReason[];
  /** What it delegates beyond the object's needs. */
  readonly superfluous: readonly string[];
  /** Capabilities that the object needs and that such a text does not show. */
  readonly capabilities: readonly string[];
  /** Why it cannot be read; then nothing else is known. */
  readonly problem?: string;
}

/** A line of `/proc/PID/mountinfo`. */
const mountLine = /^\d+ \d+ \d+:\d+ \S+ \/\S* .* - \S+ /m;

/** A unit of systemd, also one without a delegation. */
const unitLine = /^\[Service\]\s*$/m;

/** Whether a text has the keys of a delegation, or is a mountinfo or a unit. */
export function looksLikeSettings(text: string): boolean {
  if (mountLine.test(text) || unitLine.test(text)) return true;
  try {
    detectDialect(text);
    return true;
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    return false;
  }
}

/**
 * Reads settings of a container manager, mount options, or a mountinfo.
 *
 * @param policy - what an object needs, to compare with.
 * @returns one entry for settings; for a mountinfo, one for each BPF filesystem.
 * @example
 * ```ts
 * readSettings("security.bpffs.delegate_maps=hash", policy)[0]?.missing;
 * ```
 */
export function readSettings(text: string, policy: Policy | undefined): readonly Delegated[] {
  if (!mountLine.test(text)) return inText(text, policy);
  const mounts = bpffsIn(text);
  if (mounts.length === 0) {
    const problem = "the process sees no BPF filesystem, so it has nothing to create a token from";
    return [{ ...empty("this mountinfo"), problem }];
  }
  const shown = mounts.slice(0, SHOWN).map(({ path, delegates, root }) => {
    const where = `the BPF filesystem on ${path}`;
    const options = Object.entries(delegates).map(([key, mask]) => `${key}=${mask}`);
    if (root !== "/") {
      const problem = `only the directory ${root} of it is mounted, and a token needs its root`;
      return { ...empty(where), problem };
    }
    const [found] = options.length > 0 ? readDelegations(options.join(","), "kernel") : [];
    if (found !== undefined) return delegated(where, found, policy);
    return { ...empty(where), problem: "it delegates nothing: it has no delegate option" };
  });
  return [...shown, ...notShown(mounts.length)];
}

const empty = (where: string): Delegated => ({
  ...{ where, names: [], notes: [], superfluous: [], capabilities: [] },
});

/** How many delegations of a text the page shows. */
const SHOWN = 100;

function notShown(count: number): readonly Delegated[] {
  if (count <= SHOWN) return [];
  const problem = `the page shows ${SHOWN} of ${count} delegations; paste the part that you mean`;
  return [{ ...empty("the rest"), problem }];
}

/** The delegations of settings: several mounts or containers are judged one by one. */
function inText(text: string, policy: Policy | undefined): readonly Delegated[] {
  try {
    const found = readDelegations(text, unitLine.test(text) ? "systemd" : undefined);
    if (found.length === 0) throw new DelegationError("they delegate nothing");
    const shown = found.slice(0, SHOWN).map((one) => {
      const line = text.slice(0, one.words[0]?.at ?? 0).split("\n").length;
      const where = found.length === 1 ? "these settings" : `the settings in line ${line}`;
      return delegated(where, one, policy);
    });
    return [...shown, ...notShown(found.length)];
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    return [{ ...empty("these settings"), problem: error.message }];
  }
}

function delegated(where: string, found: FoundDelegation, policy: Policy | undefined): Delegated {
  const { delegation, remarks, words, capabilities } = found;
  const fatal = remarks.find((remark) => remark.fatal);
  if (fatal !== undefined) return { ...empty(where), problem: fatal.text };
  const notes = [...new Set(remarks.map(({ text }) => text))];
  if (words.length === 0) {
    return { ...empty(where), problem: notes[0] ?? "they delegate nothing" };
  }
  const compared = policy && checkPolicy(policy, delegation, found);
  return {
    ...{ where, names: namesOf(delegation), notes },
    ...(compared === undefined ? {} : { missing: compared.missing }),
    superfluous: compared?.superfluous ?? [],
    capabilities: capabilities === undefined ? (policy?.capabilities ?? []) : [],
  };
}

function namesOf(delegation: Delegation): Delegated["names"] {
  return axisNames.map((axis) => {
    const items = delegation[axis] ?? [];
    return [axis, items === "any" ? "any" : items.join(" ")];
  });
}
