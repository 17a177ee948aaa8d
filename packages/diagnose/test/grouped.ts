// SPDX-License-Identifier: MIT

/** Texts below their answer: those that have the same one together. */
export function grouped(answers: Iterable<readonly [text: string, answer: string]>): string {
  const groups = new Map<string, string[]>();
  for (const [text, answer] of answers) groups.set(answer, [...(groups.get(answer) ?? []), text]);
  return [...groups].map(([answer, texts]) => `${answer}\n  ${texts.join("\n  ")}\n`).join("");
}
