// SPDX-License-Identifier: MIT
// One list of the capabilities that types require, and one text for each setting: docs/decisions/0006.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The source files that people write, apart from changes that tests make to the model. */
const sources = execFileSync("git", ["ls-files", "packages/*/src/*", "tools"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => /\.(?:ts|tsx|mjs|js|json|c|h)$/.test(path))
  .filter((path) => !/\/(?:generated|tests?|mutants)\//.test(path))
  .map((path) => ({ path, text: readFileSync(`${root}/${path}`, "utf8") }));

const type = /\b(?:ProgType|MapType)\.[A-Z]|\bBPF_(?:PROG|MAP)_TYPE_[A-Z]/;
const capability =
  /["'](?:CAP_)?(?:BPF|NET_ADMIN|PERFMON|SYS_ADMIN)["']|\bCapability\.|\bCAP_(?:BPF|NET_ADMIN|PERFMON|SYS_ADMIN)\b/;

/** The lines that have a type and a capability, or follow one another with them. */
function pairs(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.filter((line, at) => {
    const near = [lines[at - 1] ?? "", line, lines[at + 1] ?? ""];
    if (/^\s*(?:\*|\/\/)/.test(line)) return false;
    return type.test(line) && near.some((one) => capability.test(one));
  });
}

test("a list of types with capabilities is found", () => {
  expect(pairs('const caps = new Map([[ProgType.XDP, ["BPF", "NET_ADMIN"]]]);')).toHaveLength(1);
  expect(pairs("[BPF_MAP_TYPE_QUEUE] = { queue_check,\n  CAP_BPF },")).toHaveLength(1);
  expect(pairs("ProgType.XDP,\n\n'BPF'")).toEqual([]);
});

test("no source has a second list of types with capabilities", () => {
  expect(sources.length).toBeGreaterThan(500);
  const found = sources.filter(({ path }) => path !== "tools/gen/uapi/facts.json");
  const lines = found.flatMap(({ path, text }) => pairs(text).map((line) => `${path}: ${line}`));
  expect(lines).toEqual([]);
});

/** The texts of settings that add a bit or a capability. */
const settings = [
  /mount the BPF filesystem with (?:delegate_|\$\{)/,
  /AmbientCapabilities=(?:CAP_|\$\{)/,
  /--cap-add[ =](?:CAP_|[A-Z]|\$\{)/,
];

test("only the package delegation has the texts of settings", () => {
  const found = sources.filter(({ path }) => !path.startsWith("packages/delegation/src/dialects/"));
  const lines = found.flatMap(({ path, text }) =>
    text
      .split("\n")
      .filter((line) => settings.some((one) => one.test(line)))
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(lines).toEqual([]);
});
