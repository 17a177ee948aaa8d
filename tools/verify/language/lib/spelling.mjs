// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { root } from "../../../lib/run.mjs";

/** An English word: not a part of a path, an option or an identifier, and not an acronym. */
const word =
  /(?<=^|[\s("*[—–])[A-Za-z][a-z]+(?:[-’'/][A-Za-z]?[a-z]+)*(?=[)"*\].,;!?…]*(?:[\s—–]|$))/g;

/** The words of prose to spell-check, as `{ index, found }`. */
export function wordsOf(prose) {
  return [...prose.matchAll(word)].flatMap((match) =>
    [...match[0].matchAll(/[A-Za-z][a-z]+(?:['’](?!s\b)[a-z]+)?/g)].map((part) => ({
      index: match.index + part.index,
      found: part[0],
    })),
  );
}

/** Returns the words that cspell finds in no dictionary. */
export function misspelled(words) {
  const options = ["--words-only", "--unique", "--no-progress", "--no-summary"];
  const cspell = [`${root}node_modules/cspell/bin.mjs`, "lint", "stdin", ...options];
  const config = ["--config", `${root}cspell.json`];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...cspell, ...config], {
    cwd: root,
    encoding: "utf8",
    input: `${[...words].join("\n")}\n`,
    maxBuffer: 1 << 26,
  });
  // Status 1 with words on the output means misspelled words; any other failure is an error of
  // cspell.
  if (status !== 0 && !(status === 1 && stdout)) throw new Error(`cspell failed: ${stderr}`);
  return new Set(stdout.split("\n").filter(Boolean));
}
