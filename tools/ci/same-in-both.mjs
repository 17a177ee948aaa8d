// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** How a test learns that it runs in `npm run test:full`: sample.ts of conformance asks for it. */
const ASKS = /inject\("full"\)|BPF_TOKEN_FULL/;
/** How a test learns what the machine has: it may then test less, which a report does not show. */
const LOOKS = /probeNative|whyNotNative|describeNative|geteuid|BPF_TOKEN_REQUIRE/;
const RELATIVE = /\bfrom "(\.[^"]+\.(?:ts|mjs))"/g;

/**
 * The test files that do the same in `npm test` and in `npm run test:full`: they neither ask which run
 * it is nor import a file that asks.
 *
 * @param top - the folder of the repository.
 * @param folders - where the tests are, relative to it.
 * @returns paths relative to `top`, sorted.
 */
export function sameInBoth(top, folders) {
  return filesWithout(ASKS, top, folders);
}

function filesWithout(pattern, top, folders) {
  const known = new Map();
  const asks = (path) => {
    if (known.has(path)) return known.get(path);
    known.set(path, false);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const imports = [...text.matchAll(RELATIVE)].map(([, to]) => join(dirname(path), to));
    const answer = pattern.test(text) || imports.some(asks);
    known.set(path, answer);
    return answer;
  };
  return folders
    .flatMap((folder) => {
      const names = readdirSync(join(top, folder), { recursive: true, encoding: "utf8" });
      return names.map((name) => join(folder, name));
    })
    .filter((path) => path.endsWith(".test.ts") && !/\.(full|alone)\.test\.ts$/.test(path))
    .filter((path) => !path.includes("node_modules") && !asks(join(top, path)))
    .sort();
}

/**
 * Those of {@link sameInBoth} of which a report of Vitest has every test passed, and which do not look at
 * what the machine has.
 *
 * @param report - the parsed JSON report; the clone that wrote it may be elsewhere.
 */
export function passedIn(report, top, folders) {
  const passed = report.testResults
    .filter(({ assertionResults: tests }) => tests.length > 0 && tests.every(hasPassed))
    .map(({ name }) => name);
  return filesWithout(new RegExp(`${ASKS.source}|${LOOKS.source}`), top, folders).filter((path) =>
    passed.some((name) => name.endsWith(`/${path}`)),
  );
}

function hasPassed({ status }) {
  return status === "passed";
}
