// SPDX-License-Identifier: MIT
import type { Attempt, TokenAttempt, Verdict } from "@bpf-token/kernel-native";
import type { HostSupport, KernelTypes } from "../../support/host.js";
import { wrap } from "../../text/wrap.js";
import type { Context } from "../command.js";
import { proseWidth } from "./paint.js";

/** Prints rows of label and text, wrapped to the screen. */
export function printRows(
  { line, out, paint }: Context,
  title: string,
  list: readonly (readonly [string, string])[],
): void {
  const label = 16;
  line();
  line(paint("strong", title));
  for (const [name, text] of list) {
    for (const [i, part] of wrap(text, proseWidth(out) - label - 3).entries()) {
      line(`  ${(i === 0 ? name : "").padEnd(label)} ${part}`);
    }
  }
}

/** The rows about commands and types. */
export function typeRows(types: KernelTypes): readonly (readonly [string, string])[] {
  if ("why" in types) return [["commands, types", `unknown: ${types.why}`]];
  return [
    ...verdictRows("commands", types.commands),
    ...verdictRows("map types", types.maps),
    ...verdictRows("program types", types.programs),
    ...verdictRows("attach types", types.attachments),
  ];
}

function verdictRows(label: string, list: readonly Verdict[]): (readonly [string, string])[] {
  const named = (state: Verdict["state"]): readonly string[] =>
    list
      .filter((verdict) => verdict.state === state)
      .map(({ name, errno }) => (state === "refused" ? `${name} (${errno})` : name));
  const [yes, no, refused] = [named("yes"), named("no"), named("refused")];
  const unknown = named("unknown");
  const all = unknown.length === list.length;
  if (all) return [[label, "unknown: this kernel has no BTF"]];
  return [
    [label, yes.join(", ")],
    ...(no.length > 0 ? [["  missing", no.join(", ")] as const] : []),
    ...(refused.length > 0 ? [["  refused", refused.join(", ")] as const] : []),
    ...(unknown.length > 0 ? [["  unknown", unknown.join(", ")] as const] : []),
  ];
}

const sysctls: readonly string[] = [
  "every process may create some maps and load some programs",
  "bpf() needs CAP_BPF; this cannot change until the next boot",
  "bpf() needs CAP_BPF; root can change this",
];

/** The row about `kernel.unprivileged_bpf_disabled`; undefined means that the kernel lacks it. */
export function sysctlRow(value: number | undefined): readonly [string, string] {
  const text = value === undefined ? "missing" : `${value}: ${sysctls[value] ?? "?"}`;
  return ["unprivileged", `kernel.unprivileged_bpf_disabled is ${text}`];
}

/** The rows about the running kernel. */
export function machineRows({
  native,
  machine,
  types,
}: HostSupport): (readonly [string, string])[] {
  const { unprivilegedBpfDisabled: sysctl, lsms, lockdown, maxUserNamespaces } = machine;
  const tokens = native.ok
    ? `supported; ${native.tokenInfo ? "OBJ_GET_INFO_BY_FD and fdinfo show" : "only fdinfo shows"} their masks`
    : `unknown: ${native.why}`;
  const noneAllowed = maxUserNamespaces === 0 ? "not allowed: user.max_user_namespaces is 0" : "";
  return [
    ["release", native.release],
    ["tokens", tokens],
    sysctlRow(sysctl),
    ...(noneAllowed === "" ? [] : [["user namespaces", noneAllowed] as const]),
    ["LSMs", lsms?.join(", ") ?? "unknown: the kernel does not list its security modules"],
    ["lockdown", lockdown ?? "unknown: the kernel does not show it"],
    [
      "mount options",
      machine.btf ? "accept names, numbers and 'any'" : "accept only numbers and 'any'",
    ],
    ...typeRows(types),
  ];
}

/** The rows about this process. */
export function processRows({ process }: HostSupport): (readonly [string, string])[] {
  const { uid, firstUserNamespace, capabilities, seccomp, may, tokens } = process;
  const user = `${uid === undefined ? "unknown" : uid === 0 ? "root" : `uid ${uid}`}, `;
  const where = firstUserNamespace ? "in the initial user namespace" : "in another user namespace";
  return [
    ["user", user + where],
    ["capabilities", capabilities.join(", ") || "none that bpf() checks"],
    ...(seccomp ? [["seccomp", "a filter is active and may refuse bpf()"] as const] : []),
    ...("why" in may ? [["may", `unknown: ${may.why}`] as const] : mayRows(may)),
    ...(process.bpffs.length === 0 ? [["bpffs", "none is mounted"] as const] : []),
    ...tokens.flatMap((one) => tokenRows(one)),
  ];
}

function mayRows(list: readonly Attempt[]): (readonly [string, string])[] {
  const can = list.filter(({ answer }) => answer === "ok").map(({ what }) => what);
  const cannot = list.filter(({ answer }) => answer !== "ok");
  return [
    ...(can.length > 0 ? [["may", can.join(", ")] as const] : []),
    ...(cannot.length > 0
      ? [["may not", cannot.map(({ what, answer }) => `${what} (${answer})`).join(", ")] as const]
      : []),
  ];
}

function tokenRows({
  path,
  delegated,
  token,
  attempts,
}: TokenAttempt): (readonly [string, string])[] {
  const masks = Object.entries(delegated).map(([axis, mask]) => `${axis}=${mask}`);
  return [
    [path, masks.length === 0 ? "delegates nothing" : `delegates ${masks.join(", ")}`],
    ["  token", token === "ok" ? "can be created" : `cannot be created: ${token}`],
    ...mayRows(attempts).map(([label, text]) => [`  with token ${label}`, text] as const),
  ];
}
