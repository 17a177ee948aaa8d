// SPDX-License-Identifier: MIT
// What 'policy' and 'inspect' share: the words of their options, and how they print settings.
import { type Dialect, dialects } from "@bpf-token/delegation";
import type { KernelRelease } from "@bpf-token/uapi/names";
import type { Policy } from "../../../policy/policy.js";
import { policySettings } from "../../../policy/settings.js";
import type { Context } from "../../command.js";
import { proseWidth } from "../../text/paint.js";
import { dialectNotes, noteLines } from "../../text/policy-text.js";
import { oneOf } from "../../usage.js";

const otherNames: Readonly<Record<string, Dialect>> = {
  mount: "kernel",
  kubernetes: "k8s",
};

/** The words for `--for`. */
export const dialectWords: readonly string[] = [...dialects, "all"];

/** @throws UsageError for an unknown dialect. */
export function dialectOf(name: string): Dialect | "all" {
  const other = Object.hasOwn(otherNames, name) ? otherNames[name] : undefined;
  return other ?? oneOf("dialect", name, [...dialects, "all"] as const);
}

/** Prints a policy as settings on standard output, and what to know about it on standard error. */
export function printSettings(
  { line, paint, io }: Context,
  policy: Policy,
  dialect: Dialect | "all",
  release: KernelRelease | undefined,
): void {
  const wanted = dialect === "all" ? dialects : [dialect];
  for (const to of wanted) {
    if (dialect === "all") {
      if (to !== wanted[0]) line();
      line(paint("strong", `# ${to}`));
    }
    for (const text of policySettings(policy, to, release)) line(text);
  }
  // Standard output may be redirected to a file and holds only the policy.
  const notes = wanted.flatMap((to) => dialectNotes[to]);
  for (const text of noteLines(policy, notes, proseWidth(io.stderr))) io.stderr.line(text);
}
