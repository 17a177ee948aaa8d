// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sample } from "../../../packages/conformance/test/sample.ts";
import { root } from "../run.mjs";

const read = (path: string) => JSON.parse(readFileSync(root + path, "utf8"));
const { scripts } = read("package.json") as { scripts: Record<string, string> };
const named = read("tools/tools.json") as Record<string, string>;

/** Everything that people run with npm, as they type it, with the file of the tool. */
const tools = [
  ...Object.entries(scripts),
  ...Object.entries(named).map(([name, file]) => [`tool ${name}`, file] as const),
]
  .map(([name, command]) => ({ name, file: /^(?:node )?(tools\/\S+)/.exec(command)?.[1] }))
  .filter((tool): tool is { name: string; file: string } => tool.file !== undefined);

/**
 * Runs a tool without permission to write files or to start processes or threads, so that a tool
 * fails if it does more than print.
 */
function harmlessly(file: string, ...args: string[]) {
  const major = Number(process.versions.node.split(".")[0]);
  const permission = major >= 24 ? "--permission" : "--experimental-permission";
  const node = ["--no-warnings", permission, "--allow-fs-read=*", "--allow-addons"];
  const command = file.endsWith(".sh") ? [file] : [process.execPath, ...node, file];
  const [program = "", ...rest] = [...command, ...args];
  return spawnSync(program, rest, { cwd: root, encoding: "utf8" });
}

describe("npm run NAME -- --help", () => {
  test.each(sample(tools, 7))("$name prints its help and does nothing", ({ file }) => {
    const { status, stdout, stderr } = harmlessly(file, "--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const [, name = ""] = /^usage: npm run (tool [a-z][\w:-]*|[\w:-]+)/.exec(stdout) ?? [];
    expect(tools.filter((tool) => tool.name === name).map((tool) => tool.file)).toEqual([file]);
    expect(stdout).toContain("Exit codes: ");
    expect(
      stdout
        .split("\n")
        .slice(1)
        .filter((line) => line.length > 104),
    ).toEqual([]);
  });

  test("a tool that starts a process before it answers fails here", () => {
    const { status, stderr } = harmlessly("tools/lib/test/fixtures/hasty.mjs", "--help");
    expect(status).not.toBe(0);
    expect(stderr).toContain("ERR_ACCESS_DENIED");
  });
});

test("a program in tools/ has a script, and a line in docs/tools.md", () => {
  const files = readdirSync(`${root}tools`, { recursive: true, encoding: "utf8" })
    .map((name) => `tools/${name.replaceAll("\\", "/")}`)
    .filter((path) => /\.(mjs|sh)$/.test(path) && !path.includes("node_modules"))
    .filter((path) => readFileSync(root + path, "utf8").startsWith("#!"));
  expect(files.sort()).toEqual([...new Set(tools.map(({ file }) => file))].sort());
  const page = readFileSync(`${root}docs/tools.md`, "utf8");
  const listed = [...page.matchAll(/^\| `npm (?:run )?((?:tool )?[\w:-]+)` \|/gm)].map(
    ([, name]) => name,
  );
  const all = [...Object.keys(scripts), ...Object.keys(named).map((name) => `tool ${name}`)];
  expect(listed.sort()).toEqual(all.sort());
});

describe("npm run tool", () => {
  test("runs a tool by its name, with its arguments and exit code", () => {
    const { status, stderr } = harmlessly("tools/lib/tool.mjs", "sizes", "--nothing");
    expect(status).toBe(2);
    expect(stderr).toContain("'--nothing'");
    expect(stderr).toContain("usage: npm run tool sizes");
  });

  test("names what is alike", () => {
    const { status, stderr } = harmlessly("tools/lib/tool.mjs", "fuz");
    expect(status).toBe(2);
    expect(stderr).toContain("there is no tool 'fuz'; these are alike: fuzz, fuzz:core");
  });
});
