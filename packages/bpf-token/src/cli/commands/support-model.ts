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
  "What follows is left out on purpose, with the rules of docs/spec that are not carried out because of it. A call that comes to something named as not modelled throws NotModelledError with that name; run says so too. No errno is made up for it.";

/** `support --model`: what the model leaves out on purpose. */
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
  line(`The model follows ${kernelReleases.join(", ")}.`);
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

/** The meaning of the evidence of a change, where it was not observed. */
const doubts: Readonly<Partial<Record<ChangeEvidence, string>>> = {
  source:
    "read in the kernel's source or on its list, not seen on a kernel from before and one after",
  recalled: "seen or read at both ends; in which release it came is from memory",
};

/** `support --changes FROM:TO`: what differs between two releases. */
export async function printChanges(context: Context, range: string): Promise<Exit> {
  const { json, line, paint, out } = context;
  const [from, to] = readRange(range);
  const changes = releases(from, to);
  if (json) {
    context.printJson("support-changes", { from, to, changes });
    return Exit.FINE;
  }
  if (changes.length === 0) line(`nothing differs between ${from} and ${to}`);
  else line(`what differs between ${from} and ${to}, by the rules of docs/spec:`);
  let release: string | undefined;
  for (const change of changes) {
    if (change.release !== release) line(paint("strong", `with ${change.release}`));
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
    throw new UsageError(`--changes wants two releases as 6.12:6.18, not '${range}'`);
  }
  return [oneOf("release", from, kernelReleases), oneOf("release", to, kernelReleases)];
}
