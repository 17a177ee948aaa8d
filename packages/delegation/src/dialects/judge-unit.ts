// SPDX-License-Identifier: MIT
// Whether the other settings of a unit permit what its delegation promises.
import type { Found } from "./found.js";
import { type Piece, type Setting, unquote } from "./source.js";

/** Adds the capabilities of the service, and what keeps it from a token. */
export function judgeUnit(settings: readonly Setting[], found: Found): void {
  const values = (key: string): readonly Piece[] =>
    settings.filter((one) => one.key === key).map(({ value }) => unquote(value));
  const last = (key: string): string => values(key).at(-1)?.text ?? "";
  const isOn = (key: string): boolean => /^(yes|y|true|t|1|on)$/i.test(last(key));
  const isSet = (key: string): boolean => !/^(|no|n|false|f|0|off)$/i.test(last(key));

  if (isSet("PrivateNetwork") || isSet("NetworkNamespacePath")) found.ownNetwork = true;
  else found.ownNetwork = false;
  const named = capabilitySet(values("AmbientCapabilities"));
  const bound = capabilitySet(values("CapabilityBoundingSet"));
  const isRoot = !isOn("DynamicUser") && /^(|root|0)$/.test(last("User"));
  if (isRoot) judgeRoot(found, named, bound);
  else found.capabilities = capabilitiesOf(named, bound);

  const filter = values("SystemCallFilter");
  if (refusesBpf(filter)) {
    const why =
      "SystemCallFilter= refuses bpf(), before the kernel looks at a token; add bpf to it";
    found.remark("seccomp", why, filter.at(-1));
  }
  if (!isOn("PrivateBPF")) {
    const why = "systemd ignores the settings BPFDelegate…= without PrivateBPF=yes";
    found.remark("not_enabled", why, values("PrivateBPF").at(-1));
    return;
  }
  const delegated = delegatesMounts(values("DelegateNamespaces").map(({ text }) => text));
  if (delegated === true) return;
  // Without these settings the unit starts and the masks are visible.
  if (delegated === false || isSet("PrivateUsers") || isSet("UserNamespacePath")) {
    const why =
      "the BPF filesystem belongs to the host's user namespace, so the service gets no token (EPERM); write DelegateNamespaces=mnt";
    found.remark("mount_namespace", why, values("DelegateNamespaces").at(-1));
  } else {
    const why =
      "without a user namespace of its own, the service gets no token (EOPNOTSUPP); write PrivateUsers=yes and DelegateNamespaces=mnt";
    found.remark("user_namespace", why, values("PrivateBPF").at(-1));
  }
}

/** A set that several lines extend: an empty line resets it, and `~` takes away. */
interface CapabilitySet {
  readonly names: ReadonlySet<string>;
  /** Whether the names are those that are missing. */
  readonly without: boolean;
}

function capabilitySet(values: readonly Piece[]): CapabilitySet | undefined {
  let set: { names: Set<string>; without: boolean } | undefined;
  for (const { text } of values) {
    if (text === "") {
      set = undefined;
      continue;
    }
    const minus = text.startsWith("~");
    set ??= { names: new Set(), without: minus };
    for (const word of text.replace(/^~/, "").split(/[\s,]+/)) {
      const name = word.toLowerCase().replace(/^cap_/, "");
      if (name === "") continue;
      if (minus === set.without) set.names.add(name);
      else set.names.delete(name);
    }
  }
  return set;
}

const has = ({ names, without }: CapabilitySet, name: string): boolean =>
  names.has(name) !== without;

/** Root of a user namespace has the bounding set, whatever AmbientCapabilities= names. */
function judgeRoot(
  found: Found,
  named: CapabilitySet | undefined,
  bound: CapabilitySet | undefined,
): void {
  if (bound !== undefined && !bound.without) {
    found.capabilities = [...bound.names];
    return;
  }
  if (named !== undefined) found.capabilities = capabilitiesOf(named, bound);
  if (bound !== undefined) found.dropped = [...bound.names];
  found.root = found.capabilities !== undefined || bound !== undefined;
}

/** Somebody other than root has only the named ones of the bounding set. */
function capabilitiesOf(
  named: CapabilitySet | undefined,
  bound: CapabilitySet | undefined,
): readonly string[] | undefined {
  if (named === undefined) return [];
  if (named.without) return undefined;
  return [...named.names].filter((name) => bound === undefined || has(bound, name));
}

/** The groups of systemd-analyze syscall-filter that contain bpf. */
const withBpf = /^(bpf|@privileged|@known)(:|$)/;

/** The first value decides whether the filter lists what it permits or, with `~`, what it refuses. */
function refusesBpf(values: readonly Piece[]): boolean {
  let filter: { refuses: boolean; listed: boolean } | undefined;
  for (const { text } of values) {
    if (text === "") {
      filter = undefined;
      continue;
    }
    const minus = text.startsWith("~");
    filter ??= { refuses: minus, listed: false };
    const words = text.replace(/^~/, "").split(/\s+/);
    if (words.some((word) => withBpf.test(word))) filter.listed = minus === filter.refuses;
  }
  return filter !== undefined && filter.listed === filter.refuses;
}

/** Whether DelegateNamespaces= has mnt; undefined if it is not set. */
function delegatesMounts(values: readonly string[]): boolean | undefined {
  let set: boolean | undefined;
  for (const value of values) {
    const listed = /\bmnt\b/.test(value);
    if (value === "") set = undefined;
    else if (/^(yes|y|true|t|1|on)$/i.test(value)) set = true;
    else if (/^(no|n|false|f|0|off)$/i.test(value)) set = false;
    else if (value.startsWith("~")) set = !listed && (set ?? true);
    else set = listed || (set ?? false);
  }
  return set;
}
