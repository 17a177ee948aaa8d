// SPDX-License-Identifier: MIT
import { axisNames, type DelegationAxis, delegationNames } from "@bpf-token/delegation";
import { type KernelRelease, kernelReleases, releaseCode, releases } from "@bpf-token/uapi";
import { wrap } from "../../../text/wrap.js";
import type { Context } from "../../command.js";
import { readRelease } from "../../input/release.js";
import { proseWidth } from "../../text/paint.js";
import { Exit, UsageError } from "../../usage.js";
import { changeRows, printDelegationChanges } from "./changes.js";

const INTRODUCTION =
  "The model omits the following on purpose. The rules of docs/spec in parentheses are not modelled because of it. A call that reaches something unmodelled throws NotModelledError with its name, and 'run' reports the name. The model never invents an errno.";

/** `support --model`: what the model omits on purpose. */
export async function printModel({ json, line, paint, out, printJson }: Context): Promise<Exit> {
  const { unmodelledFeatures } = await import("@bpf-token/kernel-wasm");
  if (json) {
    printJson("support-model", { releases: kernelReleases, unmodelledFeatures });
    return Exit.FINE;
  }
  const width = proseWidth(out) - 2;
  const printText = (text: string): void => {
    for (const part of wrap(text, width)) line(`  ${part}`);
  };
  line(`The model implements ${kernelReleases.join(", ")}.`);
  line();
  for (const text of wrap(INTRODUCTION, width + 2)) line(text);
  for (const { what, rules, reason, names } of unmodelledFeatures) {
    const carried = rules.length === 0 ? "" : ` (${rules.join(", ")})`;
    line();
    for (const text of wrap(`${what}${carried}`, width)) line(paint("strong", text));
    printText(reason);
    if (names.length > 0) printText(`not modelled: ${names.join("; ")}`);
  }
  return Exit.FINE;
}

/** `support --changes FROM:TO [--delegation FILE]`: the differences between two releases. */
export async function printChanges(context: Context, range: string): Promise<Exit> {
  const { json, line, out } = context;
  const [from, to] = readRange(range, context);
  const { delegation } = context.parsed.values;
  if (delegation !== undefined) {
    return printDelegationChanges(context, [from, to], String(delegation));
  }
  const changes = releases(from, to);
  const names = newNames(from, to);
  if (json) {
    context.printJson("support-changes", { from, to, names, changes });
    return Exit.FINE;
  }
  if (changes.length === 0) line(`no rule differs between ${from} and ${to}`);
  else {
    for (const text of nameLines(names, newer(from, to), proseWidth(out))) line(text);
    line(`differences between ${from} and ${to}, by the rules of docs/spec:`);
  }
  changeRows(context, changes);
  return Exit.FINE;
}

const newer = (a: KernelRelease, b: KernelRelease): KernelRelease =>
  releaseCode(a) > releaseCode(b) ? a : b;

/** The names that the delegate options of only the newer release accept. */
function newNames(a: KernelRelease, b: KernelRelease): Record<DelegationAxis, readonly string[]> {
  const to = newer(a, b);
  const added = (axis: DelegationAxis): readonly string[] => {
    const old = new Set(delegationNames(axis, to === a ? b : a));
    return delegationNames(axis, to).filter((name) => !old.has(name));
  };
  return {
    cmds: added("cmds"),
    maps: added("maps"),
    progs: added("progs"),
    attachs: added("attachs"),
  };
}

function nameLines(
  names: Readonly<Record<DelegationAxis, readonly string[]>>,
  to: KernelRelease,
  width: number,
): readonly string[] {
  const axes = axisNames.filter((axis) => names[axis].length > 0);
  if (axes.length === 0) return [];
  const rows = axes.flatMap((axis) => {
    const option = `delegate_${axis}`.padEnd(18);
    return wrap(names[axis].join(", "), width - 20).map(
      (text, i) => `  ${i === 0 ? option : " ".repeat(18)}${text}`,
    );
  });
  const masks = axes.map((axis) => `delegate_${axis}`).join(", ");
  const all = `For ${masks}, a number with all bits of the older release is not 'any' in ${to}; write 'any'.`;
  return [`names that only ${to} can delegate:`, ...rows, ...wrap(all, width), ""];
}

function readRange(range: string, context: Context): readonly [KernelRelease, KernelRelease] {
  const words = range.split(":");
  const [from, to] = words;
  if (from === undefined || to === undefined || words.length !== 2) {
    throw new UsageError(`--changes needs two releases such as 6.18:7.3, not '${range}'`);
  }
  return [readRelease(from, context), readRelease(to, context)];
}
