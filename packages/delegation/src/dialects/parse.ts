// SPDX-License-Identifier: MIT
import { axisNames, type DelegationAxis, isDelegationAxis } from "../axes.js";
import { DelegationError } from "../error.js";
import { parseMask } from "../mask-text.js";
import { type Delegation, delegationMasks, delegationOf } from "../masks.js";
import type { SettledCapabilities } from "./capabilities.js";
import { parseDelegateOptions } from "./exec.js";
import type { Dialect } from "./format.js";
import { type DelegationWord, Found } from "./found.js";
import { readAnnotated, readRunCommands } from "./read-annotations.js";
import { readKernel } from "./read-kernel.js";
import { readIncus, readLxd } from "./read-keys.js";
import { readCalls } from "./read-program.js";
import { isUnit, readSystemd } from "./read-systemd.js";
import type { Remark } from "./remark.js";
import { type Piece, type Source, sourceOf, sourceOfProgram, trim } from "./source.js";

/** A delegation in a text. See {@link parseDelegation}. */
export interface ParsedDelegation extends SettledCapabilities {
  /** The dialect of the text. */
  readonly dialect: Dialect;
  /** What the text delegates. */
  readonly delegation: Delegation;
  /** Parts of the text that have no effect, or another effect than it seems, and what to write. */
  readonly notes: readonly string[];
}

/** One delegation of a text, with positions. See {@link readDelegations}. */
export interface FoundDelegation extends Omit<ParsedDelegation, "notes"> {
  /** The names and numbers that delegate, in the order of the text. */
  readonly words: readonly DelegationWord[];
  /** What a manager or the kernel ignores, refuses, or reads otherwise than it seems. */
  readonly remarks: readonly Remark[];
  /** Whether the process has a network namespace of its own. Absent: not known. */
  readonly ownNetwork?: boolean;
  /**
   * `whole`: it is all of a command. `part`: it stands alone, so that other words may complete it. Absent:
   * all of its file.
   */
  readonly extent?: "part" | "whole";
}

/**
 * Parses a delegation in any of the {@link dialects}: mount options or a line of
 * `/proc/self/mountinfo`, a unit of systemd, the configuration of a container of LXD or Incus,
 * annotations in JSON, YAML, a quadlet or a command of Podman or Docker, the allow-list of
 * `bpf-token-hook`, or the arguments of `bpf-token exec`. Comments are not read.
 *
 * @param dialect - default: detected.
 * @throws DelegationError if the text has no delegation, several different ones, or an unknown name.
 *   The message suggests the right word.
 * @example
 * ```ts
 * const { delegation } = parseDelegation("BPFDelegateMaps=BPFMapTypeHash,BPFMapTypeArray");
 * formatDelegation(delegation, "kernel"); // ["delegate_maps=hash:array"]
 * ```
 */
export function parseDelegation(
  text: string,
  dialect: Dialect = detectDialect(text),
): ParsedDelegation {
  const read = readDelegations(text, dialect);
  const remarks = read.flatMap((one) => one.remarks);
  const fatal = remarks.find((remark) => remark.fatal);
  if (fatal !== undefined) throw new DelegationError(fatal.text);
  const all = read.filter(({ words }) => words.length > 0);
  const [found] = all;
  if (found === undefined) throw nothing(dialect, remarks[0]);
  const key = ({ delegation }: FoundDelegation): string => JSON.stringify(delegation);
  const others = all.filter((one) => key(one) !== key(found));
  if (others.length > 0) {
    const kinds = [...new Map([...others, found].reverse().map((one) => [key(one), one])).values()];
    throw several(text, kinds);
  }
  return {
    dialect,
    delegation: found.delegation,
    notes: [...new Set(remarks.map((remark) => remark.text))],
    ...settled(found),
  };
}

const settled = ({
  capabilities,
  root,
  dropped,
}: Found | FoundDelegation): SettledCapabilities => ({
  ...(capabilities !== undefined && { capabilities }),
  ...(root === true && { root }),
  ...(dropped !== undefined && { dropped }),
});

const nothing = (dialect: Dialect, why: Remark | undefined): DelegationError =>
  new DelegationError(
    `the text delegates nothing: ${why?.text ?? `it has no ${examples[dialect]}`}`,
  );

/** How many lines a message names. */
const LINES_MOST = 10;

function several(text: string, found: readonly FoundDelegation[]): DelegationError {
  const lines = found
    .map(({ words }) => words[0]?.at ?? 0)
    .sort((a, b) => a - b)
    .slice(0, LINES_MOST)
    .map((at) => text.slice(0, at).split("\n").length);
  const last = found.length > LINES_MOST ? "others" : lines.pop();
  return new DelegationError(
    `the text has ${found.length} delegations, in lines ${lines.join(", ")} and ${last}; give one of them`,
  );
}

/**
 * Finds every delegation in a text: each mount, unit, command or container is one. Unlike
 * {@link parseDelegation}, it does not stop at a mistake.
 *
 * @param dialect - default: detected.
 * @throws DelegationError for a text without a key of any dialect.
 * @example
 * ```ts
 * const [{ words }] = readDelegations("mount -t bpf -o delegate_maps=hash none /b");
 * words[0].at; // 30
 * ```
 */
export function readDelegations(
  text: string,
  dialect: Dialect = detectDialect(text),
): readonly FoundDelegation[] {
  return asFound(dialect, readers[dialect](sourceFor(text, dialect)));
}

/**
 * Finds the delegations in the source of a program: the strings in calls of `fsconfig()` and `mount()`, in
 * C, C++, Go, Python and Rust.
 *
 * @example
 * ```ts
 * readProgram('fsconfig(fd, FSCONFIG_SET_STRING, "delegate_maps", "hash", 0);')[0].delegation; // { maps: ["hash"] }
 * ```
 */
export const readProgram = (text: string): readonly FoundDelegation[] =>
  asFound("kernel", readCalls(sourceOfProgram(text)));

const asFound = (dialect: Dialect, all: readonly Found[]): readonly FoundDelegation[] =>
  all
    .filter(({ any, remarks }) => any || remarks.length > 0)
    .map((found) => ({
      dialect,
      delegation: delegationOf(found.masks),
      words: found.words,
      remarks: found.remarks,
      ...settled(found),
      ...(found.ownNetwork !== undefined && { ownNetwork: found.ownNetwork }),
      ...(found.extent !== undefined && { extent: found.extent }),
    }));

/** In a unit and a quadlet, a `#` after a value belongs to the value. */
const sourceFor = (text: string, dialect: Dialect | undefined): Source => {
  const isIni =
    (dialect === "systemd" && isUnit(text)) ||
    (dialect === "podman" && /^\[Container\]/m.test(text));
  return sourceOf(text, isIni ? "unit" : "shell");
};

/**
 * Returns the dialect of a text by its keys. Comments do not count.
 *
 * @throws DelegationError for a text without a key of any dialect.
 * @example
 * ```ts
 * detectDialect("security.bpffs.delegate_maps=hash"); // "incus"
 * ```
 */
export function detectDialect(text: string): Dialect {
  const bare = sourceOf(text, "shell").text;
  for (const [dialect, ...sign] of signs) if (sign.every((part) => part.test(bare))) return dialect;
  throw new DelegationError(
    "the text is no delegation: it has neither mount options (delegate_cmds=…), settings of systemd (BPFDelegate…=), keys of LXD (security.delegate_bpf…) or Incus (security.bpffs…), annotations (…/delegate_cmds), nor arguments of exec (cmds=…)",
  );
}

const signs: readonly (readonly [Dialect, ...RegExp[]])[] = [
  ["hook", /"allow"\s*:\s*\{/],
  ["k8s", /^services\s*:/m, /\/delegate_\w+/],
  ["docker", /\bdocker\b/, /\/delegate_\w+=/],
  ["podman", /\/delegate_\w+=/],
  ["systemd", /\bBPFDelegate\w+\s*=|^PrivateBPF=/m],
  ["lxd", /\bsecurity\.delegate_bpf\b/],
  ["incus", /\bsecurity\.bpffs\./],
  ["oci", /"[^"\s]+\/delegate_[\w.-]+"\s*:/],
  ["k8s", /\/delegate_[\w.-]+["']?\s*:/],
  ["kernel", /\bdelegate_\w+=/],
  ["exec", /(^|[\s,;'"]|--delegate=)(cmds|maps|progs|attachs)=/],
];

const examples: Readonly<Record<Dialect, string>> = {
  kernel: "mount option such as delegate_cmds=map_create",
  systemd: "setting such as BPFDelegateCommands=BPFMapCreate",
  lxd: "key such as security.delegate_bpf.cmd_types=map_create",
  incus: "key such as security.bpffs.delegate_cmds=map_create",
  oci: "annotation such as bpf-token/delegate_cmds",
  podman: "option such as --annotation=bpf-token/delegate_cmds=map_create",
  docker: "option such as --annotation=bpf-token/delegate_cmds=map_create",
  k8s: "annotation such as bpf-token/delegate_cmds",
  hook: 'list such as "cmds": ["map_create"] in "allow"',
  exec: "argument such as cmds=map_create",
};

const readers: Readonly<Record<Dialect, (source: Source) => readonly Found[]>> = {
  kernel: readKernel,
  systemd: readSystemd,
  lxd: readLxd,
  incus: readIncus,
  oci: readAnnotated,
  podman: readRunCommands,
  docker: readRunCommands,
  k8s: readAnnotated,
  hook: (source) => [readAllowList(source)],
  exec: (source) => [readExec(source)],
};

/** Runs a reader that stops at the first mistake. */
function tolerant(found: Found, piece: Piece, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    found.remark("unknown_name", error.message, piece, { fatal: true });
  }
}

/** The values of --delegate, or a text that is one. */
function readExec(source: Source): Found {
  const found = new Found(source);
  const words = /--delegate[=\s]+(?:'([^']*)'|"([^"]*)"|([^\s'"]+))/g;
  const given = [...source.text.matchAll(words)].map(({ index, 0: all, 1: a, 2: b, 3: c }) => {
    const text = a ?? b ?? c ?? "";
    return { text, at: source.at + index + all.lastIndexOf(text) };
  });
  for (const piece of given.length > 0 ? given : [trim(source)]) {
    if (!found.filledIn(piece)) tolerant(found, piece, () => readMasks(piece, found));
  }
  const caps = /--caps[=\s]+["']?([\w,]+)/.exec(source.text)?.[1];
  if (caps !== undefined && caps !== "all") {
    const names = caps.toLowerCase().split(",");
    found.capabilities = names.map((name) => name.replace(/^cap_/, "")).filter((n) => n !== "none");
  }
  return found;
}

function readMasks(piece: Piece, found: Found): void {
  for (const option of parseDelegateOptions([piece.text])) {
    const [, axis = "", value = ""] = /^delegate_(\w+)=(.*)$/.exec(option) ?? [];
    if (isDelegationAxis(axis)) found.add(axis, parseMask(axis, value), piece);
  }
}

function readAllowList(source: Source): Found {
  const found = new Found(source);
  tolerant(found, source, () => {
    const allow = allowIn(source.original);
    const list = (axis: DelegationAxis): unknown => allow?.[axis];
    for (const axis of axisNames) {
      if (list(axis)) found.add(axis, delegationMasks(allow ?? {})[axis], source);
    }
  });
  return found;
}

function allowIn(text: string): Delegation | null | undefined {
  try {
    return (JSON.parse(text) as { allow?: Delegation | null }).allow;
  } catch {
    throw new DelegationError("the configuration of the hook is no JSON");
  }
}
