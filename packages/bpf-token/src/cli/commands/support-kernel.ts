// SPDX-License-Identifier: MIT
import type {
  Attempt,
  MachineSupport,
  NativeSupport,
  ProcessSupport,
  TokenAttempt,
  TypeSupport,
  Verdict,
} from "@bpf-token/kernel-native";
import { wrap } from "../../text/wrap.js";
import type { Context } from "../command.js";
import { proseWidth } from "../text/paint.js";
import { CannotTellError } from "../usage.js";

/** What is known of a kernel's types, or why nothing is. */
export type Types = TypeSupport | { readonly why: string };

/** What is known of the running kernel and of this process. */
export interface Here {
  readonly native: NativeSupport;
  readonly machine: MachineSupport;
  readonly types: Types;
  readonly process: ProcessSupport & {
    /** What this process may do; or why that is not known. */
    readonly may: readonly Attempt[] | { readonly why: string };
    /** What came of each BPF FS that it sees. */
    readonly tokens: readonly TokenAttempt[];
  };
}

/** Looks at the running kernel and at this process. Everything that is made is let go of. */
export async function lookHere(context: Context): Promise<Here> {
  const native = await import("@bpf-token/kernel-native");
  const { circumstances } = context.io;
  const support = native.probeNative({ circumstances });
  const process = native.describeProcess(circumstances);
  return {
    native: support,
    machine: native.describeMachine(),
    types: await lookAtTypes(support),
    process: { ...process, ...(await lookAtProcess(process)) },
  };
}

async function lookAtTypes(support: NativeSupport): Promise<Types> {
  if (!support.ok) return { why: support.why ?? "the running kernel cannot be asked" };
  const { openNativeKernel, probeTypes } = await import("@bpf-token/kernel-native");
  const kernel = openNativeKernel();
  try {
    return probeTypes(kernel.init);
  } finally {
    kernel.close();
  }
}

async function lookAtProcess({
  bpffs,
}: ProcessSupport): Promise<Pick<Here["process"], "may" | "tokens">> {
  const native = await import("@bpf-token/kernel-native");
  try {
    const task = native.currentTask();
    const tokens = bpffs.map((one) => native.attemptToken(task, one));
    return { may: native.attempt(task), tokens };
  } catch (error) {
    if (!(error instanceof native.NativeUnavailableError)) throw error;
    return { may: { why: error.why }, tokens: [] };
  }
}

/** Prints rows of label and text, broken to the screen. */
export function rows(
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
export function typeRows(types: Types): readonly (readonly [string, string])[] {
  if ("why" in types) return [["commands, types", `cannot be tried: ${types.why}`]];
  return [
    ...verdictRows("commands", types.commands),
    ...verdictRows("types of maps", types.maps),
    ...verdictRows("of programs", types.programs),
    ...verdictRows("of attachments", types.attachments),
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
  if (all) return [[label, "cannot be asked for: this kernel has no type information"]];
  return [
    [label, yes.join(", ")],
    ...(no.length > 0 ? [["  not there", no.join(", ")] as const] : []),
    ...(refused.length > 0 ? [["  refused", refused.join(", ")] as const] : []),
    ...(unknown.length > 0 ? [["  not known", unknown.join(", ")] as const] : []),
  ];
}

const sysctls: readonly string[] = [
  "anybody may make some maps and load some programs",
  "CAP_BPF is needed, until the next boot",
  "CAP_BPF is needed, until root says otherwise",
];

/** The rows about the running kernel. */
export function machineRows({ native, machine, types }: Here): (readonly [string, string])[] {
  const { unprivilegedBpfDisabled: sysctl, lsms, lockdown, maxUserNamespaces } = machine;
  const tokens = native.ok
    ? `one was made; ${native.tokenInfo ? "it tells its masks" : "only fdinfo tells its masks"}`
    : `cannot be tried: ${native.why}`;
  const disabled = sysctl === undefined ? "not there" : `${sysctl}: ${sysctls[sysctl] ?? "?"}`;
  const noneAllowed = maxUserNamespaces === 0 ? "none allowed: user.max_user_namespaces" : "";
  return [
    ["release", native.release],
    ["tokens", tokens],
    ["unprivileged", `kernel.unprivileged_bpf_disabled is ${disabled}`],
    ...(noneAllowed === "" ? [] : [["user namespaces", noneAllowed] as const]),
    ["modules", lsms?.join(", ") ?? "the kernel does not say which security modules it has"],
    ["lockdown", lockdown ?? "the kernel does not say"],
    ["names", machine.btf ? "known to mount options" : "not known: only numbers and 'any' are"],
    ...typeRows(types),
  ];
}

/** The rows about this process. */
export function processRows({ process }: Here): (readonly [string, string])[] {
  const { uid, firstUserNamespace, capabilities, seccomp, may, tokens } = process;
  const user = `${uid === undefined ? "unknown" : uid === 0 ? "root" : `uid ${uid}`}, `;
  const where = firstUserNamespace ? "in the first user namespace" : "in another user namespace";
  return [
    ["user", user + where],
    ["capabilities", capabilities.join(", ") || "none that BPF asks for"],
    ...(seccomp ? [["seccomp", "a filter is in force; it may refuse bpf()"] as const] : []),
    ...("why" in may ? [["may", `cannot be tried: ${may.why}`] as const] : mayRows(may)),
    ...(process.bpffs.length === 0 ? [["BPF FS", "none is mounted"] as const] : []),
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
    ["  a token", token === "ok" ? "can be made" : `cannot be made: ${token}`],
    ...mayRows(attempts).map(([label, text]) => [`  with it ${label}`, text] as const),
  ];
}

/** `support --subject`: what another kernel has. */
export async function printSubject(context: Context): Promise<void> {
  const [{ chooseKernel }, { probeTypes }] = await Promise.all([
    import("../input/kernels.js"),
    import("@bpf-token/kernel-native"),
  ]);
  const choice = await chooseKernel(context);
  const kernel = choice.open();
  try {
    const types = probeTypes(kernel.init);
    const disabled = kernel.readSysctl("kernel.unprivileged_bpf_disabled");
    if (context.json) {
      const { backend, release } = kernel;
      const sysctl = { unprivilegedBpfDisabled: disabled };
      context.printJson("support-subject", { backend, release, ...sysctl, types });
      return;
    }
    rows(context, choice.title, [
      ["release", kernel.release],
      [
        "unprivileged",
        `kernel.unprivileged_bpf_disabled is ${disabled}: ${sysctls[disabled] ?? "?"}`,
      ],
      ...typeRows(types),
    ]);
  } catch (error) {
    if (error instanceof Error && error.name === "NotModelledError") {
      throw new CannotTellError(error.message);
    }
    throw error;
  } finally {
    kernel.close();
  }
}
