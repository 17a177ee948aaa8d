// SPDX-License-Identifier: MIT
import type { CauseText } from "@bpf-token/diagnose";
import { checkById } from "@bpf-token/uapi";
import type { Paint } from "../../text/paint.js";
import { block } from "./block.js";

/** Formats everything that is known about a finding: `bpf-token explain ID`. */
export function findingLines(
  id: string,
  { cause, decides, fix }: CauseText,
  paint: Paint,
  width: number,
): readonly string[] {
  const check = checkById(id);
  return [
    paint("bad", id),
    ...block("cause", [cause], width),
    ...(check === undefined
      ? []
      : [
          ...block("answer", [check.errno ?? "the kernel continues"], width),
          ...block("kernel", [`${check.func}() of ${check.file}`], width),
        ]),
    ...block("check", [decides], width),
    ...block("fix", fix, width),
    ...(check === undefined ? [] : block("rules", [check.rules.join(", ")], width)),
  ];
}

/** The command that prints more about a finding; it needs no network and no site. */
export const moreAbout = (id: string): string => `bpf-token explain ${id}`;
