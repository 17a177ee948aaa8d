// SPDX-License-Identifier: MIT
import { type KernelRelease, kernelReleases, type ReleaseChange, releases } from "@bpf-token/uapi";
import { proseWidth, wrap } from "./paint.js";
import type { Context } from "./program.js";
import { Exit, oneOf, UsageError } from "./usage.js";

/** `support --model`: what the model leaves out on purpose. */
export async function tellModel({ json, line, paint, out }: Context): Promise<Exit> {
  const { leftOut } = await import("@bpf-token/kernel-wasm");
  if (json) {
    line(JSON.stringify({ releases: kernelReleases, leftOut }, null, 2));
    return Exit.FINE;
  }
  const width = proseWidth(out) - 2;
  line(`The model follows ${kernelReleases.join(", ")}. It leaves out, on purpose:`);
  for (const { what, rules, reason } of leftOut) {
    const named = rules.length === 0 ? "" : ` (${rules.join(", ")})`;
    line();
    for (const text of wrap(`${what}${named}`, width)) line(paint("strong", text));
    for (const text of wrap(reason, width)) line(`  ${text}`);
  }
  return Exit.FINE;
}

/** `support --changes FROM:TO`: what differs between two releases. */
export async function tellChanges(context: Context, range: string): Promise<Exit> {
  const { json, line, paint, out } = context;
  const [from, to] = readRange(range);
  const changes = releases(from, to);
  if (json) {
    line(JSON.stringify(changes, null, 2));
    return Exit.FINE;
  }
  if (changes.length === 0) line(`nothing differs between ${from} and ${to}`);
  let release: string | undefined;
  for (const change of changes) {
    if (change.release !== release) line(paint("strong", `with ${change.release}`));
    release = change.release;
    for (const text of changeLines(change, proseWidth(out) - 9)) line(text);
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
