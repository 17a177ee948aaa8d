// SPDX-License-Identifier: MIT
import type { NeedChange } from "../../../policy/baseline.js";
import type { Paint } from "../../../text/paint.js";
import { wrap } from "../../../text/wrap.js";
import { code } from "../../text/markdown.js";
import { axisWords } from "../../text/policy-text.js";

const of = (changes: readonly NeedChange[], wanted: NeedChange["kind"]): readonly NeedChange[] =>
  changes.filter(({ kind }) => kind === wanted);

const whyOf = ({ reason }: NeedChange): string => (reason?.because ?? []).join("; ");

/** What to do about the changes; empty without any. */
function advice(file: string, changes: readonly NeedChange[]): string {
  if (changes.length === 0) return "";
  const more = of(changes, "more").length > 0;
  const first = more ? "delegate it where the objects run, or change the programs" : "take it away";
  return `${first}; then write ${file} again with --write-baseline`;
}

/** Formats the changes for a terminal. */
export function baselineLines(
  file: string,
  objects: number,
  changes: readonly NeedChange[],
  paint: Paint,
  width: number,
): readonly string[] {
  if (changes.length === 0) {
    const what = objects === 1 ? "the object needs" : `${objects} objects need`;
    return [paint("good", `${what} what ${file} has`)];
  }
  const lines: string[] = [];
  const names = [...new Set(changes.map(({ object }) => object))];
  for (const object of names) {
    for (const kind of ["more", "less"] as const) {
      const some = of(changes, kind).filter((one) => one.object === object);
      if (some.length === 0) continue;
      lines.push(
        paint(kind === "more" ? "bad" : "strong", `${object} needs ${kind} than ${file}:`),
      );
      for (const one of some) {
        lines.push(`  ${axisWords[one.axis].padEnd(6)} ${one.name}`);
        const why = whyOf(one);
        if (why !== "")
          lines.push(...wrap(`why: ${why}`, width - 8).map((text) => `        ${text}`));
      }
    }
  }
  return [...lines, "", ...wrap(`Fix: ${advice(file, changes)}.`, width)];
}

/** Formats the changes as Markdown, for a comment on a pull request. */
export function baselineMarkdown(file: string, changes: readonly NeedChange[]): readonly string[] {
  if (changes.length === 0) return [`The objects need what ${code(file)} has.`];
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = (kind: NeedChange["kind"], title: string, head: readonly string[]): string[] => {
    const some = of(changes, kind);
    if (some.length === 0) return [];
    const rows = some.map((one) => {
      const cells = [code(one.object), `${axisWords[one.axis]} ${code(one.name)}`];
      return row(kind === "more" ? [...cells, code(whyOf(one))] : cells);
    });
    return [`**${title} ${code(file)}:**`, "", row(head), row(head.map(() => "---")), ...rows, ""];
  };
  return [
    ...table("more", "The objects need more than", ["object", "needs", "why"]),
    ...table("less", "The objects need less than", ["object", "no longer needs"]),
    `Fix: ${advice(code(file), changes)}.`,
  ];
}
