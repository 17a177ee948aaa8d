// SPDX-License-Identifier: MIT
import type { ChangeEvidence, KernelRelease, ReleaseChange } from "@bpf-token/uapi";
import {
  type AnswerChange,
  type DelegationChanges,
  delegationChanges,
  type MaskChanges,
} from "../../../compatibility/index.js";
import { wrap } from "../../../text/wrap.js";
import type { Context } from "../../command.js";
import { readSettings } from "../../input/settings.js";
import { proseWidth } from "../../text/paint.js";
import { Exit } from "../../usage.js";

/** `support --changes FROM:TO --delegation FILE`: what changes for one delegation. */
export async function printDelegationChanges(
  context: Context,
  [a, b]: readonly [KernelRelease, KernelRelease],
  file: string,
): Promise<Exit> {
  const { delegation } = await readSettings(file);
  const changes = delegationChanges(delegation, a, b);
  if (context.json) context.printJson("support-delegation", { ...changes });
  else print(context, changes);
  return Exit.FINE;
}

function print(context: Context, { from, to, masks, calls, rules }: DelegationChanges): void {
  const { line, paint, out } = context;
  const section = (title: string, texts: readonly string[]): void => {
    line(paint("strong", title));
    if (texts.length === 0) line("  nothing");
    for (const text of texts) {
      const [first = "", ...rest] = wrap(text, proseWidth(out) - 4);
      line(`  ${first}`);
      for (const more of rest) line(`    ${more}`);
    }
  };
  section(
    `names, from ${from} to ${to}`,
    masks.flatMap((mask) => maskTexts(mask, from, to)),
  );
  section(
    `calls with such a token that ${to} answers otherwise`,
    calls.map((call) => callText(call, from, to)),
  );
  line(paint("strong", "rules of docs/spec that differ, of delegated commands and of tokens"));
  changeRows(context, rules);
}

function maskTexts(
  { axis, gained, available, any }: MaskChanges,
  from: string,
  to: string,
): readonly string[] {
  const option = `delegate_${axis}`;
  return [
    ...(gained.length === 0 ? [] : [`${option} also delegates ${gained.join(", ")}`]),
    ...(available.length === 0
      ? []
      : [`${option} does not delegate the new ${available.join(", ")}`]),
    ...(any === "only-older"
      ? [`${option} is any in ${from}, and only a list of names in ${to}; write 'any'`]
      : []),
  ];
}

function callText({ name, attach, before, after }: AnswerChange, from: string, to: string): string {
  const types = attach === undefined ? "" : ` with ${attach.join(", ")}`;
  return `${name}${types}: ${before} in ${from}; ${after} in ${to}`;
}

/** Explains the evidence for a change that was not observed on real kernels. */
const doubts: Readonly<Partial<Record<ChangeEvidence, string>>> = {
  source:
    "known from the kernel's source or mailing list; not observed on an older and a newer kernel",
  recalled: "observed or read at both ends of the range; the release of the change is from memory",
};

/** Prints changed rules by release, and what the words for the evidence mean. */
export function changeRows({ line, paint, out }: Context, changes: readonly ReleaseChange[]): void {
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
}

function changeLines({ rule, sentence, evidence }: ReleaseChange, width: number): string[] {
  const doubt = evidence === "observed" ? "" : ` (${evidence})`;
  return wrap(sentence + doubt, width).map((text, i) => `  ${i === 0 ? rule : "     "}  ${text}`);
}
