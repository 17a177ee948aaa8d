// SPDX-License-Identifier: MIT
// What each reader of explain sees in a line: clues, errnos, the marks of loggers, and its place in a log.
// `npx vitest run --project node FILE -u` writes the answers to the lines of the file; read their difference.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseStraceLine } from "../../src/evidence/strace-line.ts";
import { type Clues, noteClues, startClues } from "../../src/explain/clues.ts";
import {
  errnoOfLine,
  errnosIn,
  hasWords,
  inEnglish,
  isBareErrno,
  withErrnoLast,
} from "../../src/explain/errno-text.ts";
import { ErrorChain } from "../../src/explain/error-chain.ts";
import { loggedLines } from "../../src/explain/logger-line.ts";
import { permissionMessage } from "../../src/explain/permission-message.ts";
import { parsePerror } from "../../src/explain/perror.ts";
import { isInteresting } from "../../src/explain/text-explainer.ts";
import { VerifierText } from "../../src/explain/verifier-text.ts";
import { lastLine } from "../../src/replay/by-verifier.ts";

/** The clues of a line that differ from those of a text that has none. */
function cluesIn(line: string): object | undefined {
  const [before, after] = [startClues(undefined, undefined), startClues(undefined, undefined)];
  noteClues(after, line, 1);
  const changed = (Object.keys(after) as (keyof Clues)[]).filter(
    (key) => after[key] !== before[key],
  );
  if (changed.length === 0) return undefined;
  return Object.fromEntries(changed.map((key) => [key, String(after[key])]));
}

/** The reason of a log of the verifier in which the line stands, and whether the line begins one. */
function verifierIn(line: string): unknown {
  const alone = new VerifierText();
  const first = alone.take(1, line);
  const begins = alone.open;
  const log = new VerifierText();
  log.take(1, "0: (b7) r0 = 0");
  const inside = log.take(2, line);
  log.take(3, "the usual reason");
  const { says, line: at } = log.take(4, "processed 1 insns") ?? {};
  const isNoise = says?.endsWith(": the usual reason") && at === 3;
  const isReason = says === `the verifier rejects the program: ${line.trim()}` && at === 2;
  const found = { first, begins: begins || undefined, inside, says: isReason ? undefined : says };
  if (isNoise) return { ...found, says: "noise" };
  return Object.values(found).some((one) => one !== undefined) ? found : undefined;
}

/** What an error before the line, and an errno after it, become. */
function chainIn(line: string): readonly string[] | undefined {
  const chain = new ErrorChain();
  const lines = ["Error: failed to load it", line, "Operation not permitted (os error 1)"];
  const joined = lines.flatMap((one, i) => chain.take(one, i + 1));
  return joined.join() === usualChain ? undefined : joined;
}
const usualChain = "failed to load it: Operation not permitted (os error 1)";

function answerTo(line: string): string {
  const errnos = errnosIn(line);
  const [english, logged] = [inEnglish(line), loggedLines(line)];
  const parts = {
    clues: cluesIn(line),
    errnos: errnos.length === 0 ? undefined : errnos.join(" "),
    errno: errnoOfLine(line),
    last: withErrnoLast(line),
    english: english === line ? undefined : english,
    bare: isBareErrno(line) || undefined,
    words: hasWords(line) ? undefined : false,
    logged: logged.length === 1 && logged[0] === line ? undefined : logged,
    perror: parsePerror(line),
    message: permissionMessage(line),
    skipped: isInteresting(line) ? undefined : true,
    strace: parseStraceLine(line),
    end: lastLine(`reason\n${line}`) === line.trim() ? undefined : lastLine(`reason\n${line}`),
    verifier: verifierIn(line),
    chain: chainIn(line),
  };
  return JSON.stringify(parts).slice(1, -1);
}

test("lines as each reader sees them, one per line", async () => {
  const file = new URL("./answers/lines.txt", import.meta.url);
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const answers = lines.map((line) => {
    const [text = ""] = line.split(" => ");
    return `${text} => ${answerTo(JSON.parse(text))}\n`;
  });
  expect(answers.length).toBeGreaterThan(1000);
  await expect(answers.join("")).toMatchFileSnapshot("./answers/lines.txt");
});
