// SPDX-License-Identifier: MIT
import { axisNames, type DelegationAxis, isDelegationAxis } from "../axes.js";
import { DelegationError } from "../error.js";
import { parseMask } from "../mask-text.js";
import { type Delegation, delegationMasks, delegationOf } from "../masks.js";
import { parseDelegateOptions } from "./exec.js";
import type { Dialect } from "./format.js";
import { Found, maskOf, unknownKey } from "./found.js";
import { readKernel } from "./read-kernel.js";
import { readSystemd } from "./read-systemd.js";

/** A delegation in a text. See {@link parseDelegation}. */
export interface ParsedDelegation {
  /** The dialect of the text. */
  readonly dialect: Dialect;
  /** What the text delegates. */
  readonly delegation: Delegation;
  /** Parts of the text that have no effect, or another effect than it seems, and what to write. */
  readonly notes: readonly string[];
}

/**
 * Parses a delegation in any of the {@link dialects}: mount options or a line of
 * `/proc/self/mountinfo`, a unit of systemd, the configuration of a container of LXD or Incus,
 * annotations in JSON, YAML or a command of Podman or Docker, the allow-list of `bpf-token-hook`, or
 * the arguments of `bpf-token exec`.
 *
 * @param dialect - default: detected.
 * @throws DelegationError if the text has no delegation, or an unknown name in it. The message
 *   suggests the right word.
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
  const found = new Found();
  readers[dialect](text, found);
  if (!found.any) {
    throw new DelegationError(`the text delegates nothing: it has no ${examples[dialect]}`);
  }
  return { dialect, delegation: delegationOf(found.masks), notes: found.notes };
}

/**
 * Returns the dialect of a text by its keys.
 *
 * @throws DelegationError for a text without a key of any dialect.
 * @example
 * ```ts
 * detectDialect("security.bpffs.delegate_maps=hash"); // "incus"
 * ```
 */
export function detectDialect(text: string): Dialect {
  for (const [dialect, ...sign] of signs) if (sign.every((part) => part.test(text))) return dialect;
  throw new DelegationError(
    "the text is no delegation: it has neither mount options (delegate_cmds=…), settings of systemd (BPFDelegate…=), keys of LXD (security.delegate_bpf…) or Incus (security.bpffs…), annotations (…/delegate_cmds), nor arguments of exec (cmds=…)",
  );
}

const annotation = /--annotation[=\s][^\s=]*\/delegate_/;
const signs: readonly (readonly [Dialect, ...RegExp[]])[] = [
  ["hook", /"allow"\s*:\s*\{/],
  ["docker", /\bdocker\b/, annotation],
  ["podman", annotation],
  ["systemd", /\bBPFDelegate\w+\s*=|^PrivateBPF=/m],
  ["lxd", /\bsecurity\.delegate_bpf\b/],
  ["incus", /\bsecurity\.bpffs\./],
  ["oci", /"[^"\s]+\/delegate_[\w.-]+"\s*:/],
  ["k8s", /\/delegate_[\w.-]+["']?\s*:/],
  ["kernel", /\bdelegate_\w+=/],
  ["exec", /(^|[\s,;'"])(cmds|maps|progs|attachs)=/],
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

const readers: Readonly<Record<Dialect, (text: string, found: Found) => void>> = {
  kernel: readKernel,
  systemd: readSystemd,
  lxd: (text, found) => {
    for (const [key, value] of keysOf(text, /\bsecurity\.delegate_bpf\.(\w+)/g)) {
      const axis = lxdAxis(key);
      if (value !== "") found.add(axis, maskOf(axis, value, found));
    }
    if (found.any && !/\bsecurity\.delegate_bpf["']?\s*[=:]\s*["']?(true|1|yes|on)\b/i.test(text)) {
      found.notes.push("LXD mounts nothing: set security.delegate_bpf=true");
    }
  },
  incus: (text, found) => {
    for (const [key, value] of keysOf(text, /\bsecurity\.bpffs\.(\w+)/g)) {
      if (key === "path" || value === "") continue;
      const axis = key.replace(/^delegate_/, "");
      if (!key.startsWith("delegate_") || !isDelegationAxis(axis)) {
        throw unknownKey(`security.bpffs.${key}`, "security.bpffs.delegate_");
      }
      const words = value.split(",").map((word) => word.trim());
      found.add(axis, maskOf(axis, words.join(":"), found));
    }
  },
  oci: readAnnotations,
  podman: readRunCommand,
  docker: readRunCommand,
  k8s: readAnnotations,
  hook: readAllowList,
  exec: (text, found) => {
    const words = /--delegate[=\s]+(?:'([^']*)'|"([^"]*)"|(\S+))/g;
    const given = [...text.matchAll(words)].map(([, a, b, c]) => a ?? b ?? c ?? "");
    for (const option of parseDelegateOptions(given.length > 0 ? given : [text.trim()])) {
      const [, axis = "", value = ""] = /^delegate_(\w+)=(.*)$/.exec(option) ?? [];
      if (isDelegationAxis(axis)) found.add(axis, parseMask(axis, value));
    }
  },
};

/** The value of each key in lines such as `KEY=VALUE` or `KEY: VALUE`. */
function keysOf(text: string, key: RegExp): readonly (readonly [key: string, value: string])[] {
  const line = new RegExp(`${key.source}["']?\\s*[=:][ \\t]*("[^"\\n]*"|'[^'\\n]*'|[^\\n]*)`, "g");
  return [...text.matchAll(line)].map(([, name = "", value = ""]) => {
    return [name, value.replace(/^(["'])(.*)\1$/, "$2").trim()];
  });
}

function lxdAxis(key: string): DelegationAxis {
  const axis = key.replace(/_types$/, "s");
  if (key.endsWith("_types") && isDelegationAxis(axis)) return axis;
  const known = ["cmd_types", "map_types", "prog_types", "attach_types"];
  throw unknownKey(`security.delegate_bpf.${key}`, "security.delegate_bpf.", known);
}

/** Annotations of a pod and of its containers, which end in `.container.NAME`, add up. */
function readAnnotations(text: string, found: Found): void {
  for (const [key, value] of keysOf(text, /\/delegate_(\w+)(?:\.container\.[\w.-]+)?/g)) {
    if (!isDelegationAxis(key)) throw unknownKey(`delegate_${key}`, "delegate_");
    // In JSON, a comma may follow the value.
    const bare = value.replace(/,$/, "").replace(/^(["'])(.*)\1$/, "$2");
    found.add(key, maskOf(key, bare, found));
  }
}

function readRunCommand(text: string, found: Found): void {
  for (const [, key = "", value = ""] of text.matchAll(/\/delegate_(\w+)=([^\s"'\\]*)/g)) {
    if (!isDelegationAxis(key)) throw unknownKey(`delegate_${key}`, "delegate_");
    found.add(key, maskOf(key, value, found));
  }
}

function readAllowList(text: string, found: Found): void {
  let allow: Delegation | null | undefined;
  try {
    ({ allow } = JSON.parse(text) as { allow?: Delegation | null });
  } catch {
    throw new DelegationError("the configuration of the hook is no JSON");
  }
  for (const axis of axisNames) if (allow?.[axis]) found.add(axis, delegationMasks(allow)[axis]);
}
