// SPDX-License-Identifier: MIT

/**
 * Compares the results that a guest printed with the expected ones.
 *
 * @param output - with lines such as `RESULT good 0`, each after the text that belongs to it.
 * @param expected - by the name of the result: its exit code, and a pattern of its text.
 * @returns whether all are as expected; each is printed.
 */
export function judge(output, expected) {
  const found = readResults(output);
  let fine = true;
  for (const [name, { code, text }] of Object.entries(expected)) {
    const result = found.get(name);
    const right =
      result !== undefined &&
      (code === "failed" ? result.code !== 0 : result.code === code) &&
      (text === undefined || text.test(result.text.replaceAll(/\s+/g, " ")));
    fine &&= right;
    const shown = result === undefined ? "no result" : `exit code ${result.code}`;
    console.log(`${right ? "ok" : "DIFFERS"}: ${name}: ${shown}`);
    if (!right) {
      console.log(`  expected: exit code ${code}${text === undefined ? "" : `, text ${text}`}`);
      for (const line of (result?.text ?? output).trimEnd().split("\n").slice(-20)) {
        console.log(`  | ${line}`);
      }
    }
  }
  return fine;
}

/** The results by name. */
export function readResults(output) {
  const results = new Map();
  let text = "";
  for (const line of output.split("\n")) {
    const [, name, code] = /RESULT (\S+) (\d+)\s*$/.exec(line) ?? [];
    if (name === undefined) text += `${line}\n`;
    else {
      results.set(name, { code: Number(code), text });
      text = "";
    }
  }
  return results;
}
