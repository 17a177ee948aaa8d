// SPDX-License-Identifier: MIT
// An answer as Markdown, to post in an issue tracker. It has no line of the text that was pasted.
import type { Dialect } from "@bpf-token/delegation";
import { policySettings } from "bpf-token/policy";
import type { StartAnswer, TextAnswer } from "./answer.js";
import type { Delegated } from "./settings.js";

/** More causes than these help nobody. */
const CAUSES = 3;

/**
 * Formats an answer as Markdown.
 *
 * @param file - the name of the object; empty without one.
 * @param pageUrl - the address of the page, without a state.
 * @example
 * ```ts
 * markdownOf(await startAnswer(question), { file: "x.bpf.o", dialect: "systemd", pageUrl });
 * ```
 */
export function markdownOf(
  { text, object }: StartAnswer,
  about: { readonly file: string; readonly dialect: Dialect; readonly pageUrl: string },
): string {
  const lines = text === undefined ? [] : textLines(text, about.file);
  if (object?.kind === "object") {
    const { policy } = object;
    lines.push(`Least delegation for ${code(about.file)} with ${policy.loader}:`, "", "```");
    lines.push(...policySettings(policy, about.dialect), "```", "");
  }
  return `${[...lines, `Found with ${about.pageUrl}`].join("\n")}\n`;
}

function textLines(text: TextAnswer, file: string): string[] {
  switch (text.kind) {
    case "error": {
      const { verdict, candidates } = text.explanation;
      const causes = candidates
        .slice(0, CAUSES)
        .flatMap(({ id, cause, confidence, decides, fix }) => [
          `- ${plain(cause)} (${confidence}, ${code(id)})`,
          `  - decided by: ${plain(decides)}`,
          ...fix.map((each) => `  - fix: ${plain(each)}`),
        ]);
      return [`**${plain(verdict)}**`, "", ...causes, ""];
    }
    case "report": {
      const { verdict, findings } = text.diagnosis;
      const found = findings.flatMap(({ id, cause, fix }) => [
        `- ${plain(cause)} (${code(id)})`,
        ...fix.map((each) => `  - fix: ${plain(each)}`),
      ]);
      return [`**${plain(verdict)}**`, "", ...found, ""];
    }
    case "settings":
      return text.settings.flatMap((one) => settingsLines(one, file));
    case "damaged":
      return [plain(text.message), ""];
  }
}

function settingsLines({ where, problem, missing, notes }: Delegated, file: string): string[] {
  const reasons = missing ?? [];
  const verdict = () => {
    if (problem !== undefined) return `${where}: ${problem}`;
    if (missing === undefined) return where;
    if (reasons.length === 0) return `${where}: nothing is missing for ${file}`;
    return `${where}: ${file} lacks ${reasons.length === 1 ? "this" : "these"}`;
  };
  return [
    `**${plain(verdict())}**`,
    "",
    ...reasons.map(({ axis, name, without }) => `- ${code(`${axis} ${name}`)}: ${plain(without)}`),
    ...notes.map((note) => `- ${plain(note)}`),
    "",
  ];
}

/**
 * A text in which no character is markup, and which stays one line. An issue tracker notifies the user
 * after an `@`, even after `\@`, and links `://` and `www.`; a word joiner prevents both.
 */
function plain(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ");
  return line
    .replace(/[\\`*_[\]<>#|~@]/g, (mark) => `\\${mark}`)
    .replace(/@|:(?=\/\/)|www(?=\.)/gi, (start) => `${start}\u2060`);
}

function code(text: string): string {
  return `\`${text.replace(/[`\p{Cc}\p{Cf}]/gu, " ")}\``;
}
