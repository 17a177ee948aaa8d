// SPDX-License-Identifier: MIT
// Which messages of the verifier CAP_PERFMON removes: the same programs with and without it.

/** Lines of a log that are no message: states, sources, statistics. */
const NOISE =
  /^(?:\d+: R|R\d+(?:_\w+)?=|frame\d+|from \d+ to |;|func#\d+ @|mark_precise|last_idx|regs=|parent |\d+: safe|caller|callee|verification time|stack depth|propagating|processed |Live regs|cur state|old state|$)/;
const INSTRUCTION = /^\d+: \([0-9a-f]{2}\) /;

/** The message of a log: the first line after the last instruction that is not about its states. */
export function messageOf(log) {
  const lines = log.split("\n").map((line) => line.trim());
  const last = lines.findLastIndex((line) => INSTRUCTION.test(line));
  return lines.slice(last + 1).find((line) => !NOISE.test(line));
}

/** A message with `%d` in place of each number, so that it stands for all programs. */
export function patternOf(message) {
  return message.replace(/-?\b(?:0x[0-9a-f]+|\d+)\b|(?<=R)\d+/g, "%d");
}

/** Counts, by pattern, how often a message stands for a program. */
export class MessageCounts {
  #counts = new Map();

  /** Counts a program: the verdict with all capabilities, and the one without CAP_PERFMON. */
  add(all, without) {
    if (all.verdict === "refused") this.#count(all, "always");
    if (all.verdict === "accepted" && without?.verdict === "refused") this.#count(without, "cured");
  }

  #count({ log }, column) {
    const message = messageOf(log);
    if (message === undefined) return;
    const pattern = patternOf(message);
    const row = this.#counts.get(pattern) ?? { cured: 0, always: 0 };
    row[column]++;
    this.#counts.set(pattern, row);
  }

  /** The messages that the capability removed at least once, in the order of their text. */
  rows() {
    const rows = [...this.#counts].filter(([, { cured }]) => cured > 0);
    return rows.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** The generated file. */
export function messagesFile(rows, { programs, release }) {
  const lines = rows.map(([pattern, { cured, always }]) => {
    return `  [${JSON.stringify(pattern)}, ${cured}, ${always}],`;
  });
  return `// SPDX-License-Identifier: MIT
// Written by npm run tool kernel-bpf:messages. Do not edit.

/**
 * Messages of the verifier that CAP_PERFMON removes, with \`%d\` for each number: of how many programs it
 * did, and how many other programs have the same message with all capabilities.
 * Observed with ${programs} programs on Linux ${release}.
 */
// biome-ignore format: one message a line
export const verifierMessages: readonly (readonly [string, number, number])[] = [
${lines.join("\n")}
];
`;
}
