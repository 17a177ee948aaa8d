// SPDX-License-Identifier: MIT
import {
  type ChangeEvidence,
  type KernelRelease,
  kernelReleases,
  type ReleaseChange,
  releases,
} from "@bpf-token/uapi";
import { wrap } from "../../text/wrap.js";
import type { Context } from "../command.js";
import { proseWidth } from "../text/paint.js";
import { Exit, oneOf, UsageError } from "../usage.js";

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

/** Explains the evidence for a change that was not observed on real kernels. */
const doubts: Readonly<Partial<Record<ChangeEvidence, string>>> = {
  source:
    "known from the kernel's source or mailing list; not observed on an older and a newer kernel",
  recalled: "observed or read at both ends of the range; the release of the change is from memory",
};

/** `support --changes FROM:TO`: the differences between two releases. */
export async function printChanges(context: Context, range: string): Promise<Exit> {
  const { json, line, paint, out } = context;
  const [from, to] = readRange(range);
  const changes = releases(from, to);
  if (json) {
    context.printJson("support-changes", { from, to, changes });
    return Exit.FINE;
  }
  if (changes.length === 0) line(`no rule differs between ${from} and ${to}`);
  else line(`differences between ${from} and ${to}, by the rules of docs/spec:`);
  let release: string | undefined;
  for (const change of changes) {
    if (change.release !== release) line(paint("strong", `since ${change.release}`));
    release = change.release;
    for (const text of changeLines(change, proseWidth(out) - 9)) line(text);
  }
  for (const [word, meaning] of Object.entries(doubts)) {
    if (!changes.some(({ evidence }) => evidence === word)) continue;
    for (const text of wrap(`${word}: ${meaning}`, proseWidth(out))) line(text);
  }
  return Exit.FINE;
}

function changeLines({ rule, sentence, evidence }: ReleaseChange, width: number): string[] {
  const doubt = evidence === "observed" ? "" : ` (${evidence})`;
  return wrap(sentence + doubt, width).map((text, i) => `  ${i === 0 ? rule : "     "}  ${text}`);
}

function readRange(range: string): readonly [KernelRelease, KernelRelease] {
  const words = range.split(":");
  const [from, to] = words;
  if (from === undefined || to === undefined || words.length !== 2) {
    throw new UsageError(`--changes needs two releases such as 6.12:6.18, not '${range}'`);
  }
  return [oneOf("release", from, kernelReleases), oneOf("release", to, kernelReleases)];
}
