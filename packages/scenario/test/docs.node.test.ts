// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { syscallTable } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { parseScenario, readScenario, scenarioSchema } from "../src/index.ts";
import { calls } from "../src/language/calls.ts";

const update = process.env.UPDATE_GENERATED === "1";
const doc = fileURLToPath(new URL("../../../docs/scenario.md", import.meta.url));
const schemaFile = fileURLToPath(new URL("../schema/scenario.schema.json", import.meta.url));
const text = readFileSync(doc, "utf8");
const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

test("the example of docs/scenario.md is a valid scenario", () => {
  const scenario = parseScenario(blocks[0] ?? "", { file: "docs/scenario.md" });
  expect(scenario.steps).toHaveLength(11);
  expect(scenario.tasks.map((task) => task.name)).toEqual(["host", "app"]);
});

test("every other block of docs/scenario.md is a valid list of steps", () => {
  for (const block of blocks.slice(1)) {
    const steps = block.replace(/^/gm, "  ");
    expect(readScenario(`name: x\nsteps:\n${steps}`).problems).toEqual([]);
  }
});

test("the example of the README is a valid scenario", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /parseScenario\(`([^`]*)`\)/.exec(readme)?.[1] ?? "";
  expect(parseScenario(example).steps).toHaveLength(2);
});

test("docs/scenario.md describes every step", () => {
  const missing = [...calls.keys()].filter((name) => !text.includes(`\`${name}`));
  expect(missing).toEqual([]);
});

/** One line per system call, with its arguments and their name groups. */
function callTable(): string {
  const rows = syscallTable.map(({ name, args }) => {
    const shown = args.map((arg) => {
      const names = arg.enum ?? arg.flags;
      return names === undefined ? arg.name : `${arg.name} [${names}]`;
    });
    return `| \`${name}\` | ${shown.join(", ")} |`;
  });
  return ["| call | arguments |", "|---|---|", ...rows].join("\n");
}

test("the table of system calls is up to date (UPDATE_GENERATED=1 writes it)", () => {
  const [head = "", rest = ""] = text.split("<!-- syscalls:begin -->");
  const tail = rest.split("<!-- syscalls:end -->")[1] ?? "";
  const wanted = `${head}<!-- syscalls:begin -->\n${callTable()}\n<!-- syscalls:end -->${tail}`;
  if (update) writeFileSync(doc, wanted);
  expect(readFileSync(doc, "utf8")).toBe(wanted);
});

test("the schema file is up to date (UPDATE_GENERATED=1 writes it)", () => {
  if (update) writeFileSync(schemaFile, `${JSON.stringify(scenarioSchema)}\n`);
  expect(JSON.parse(readFileSync(schemaFile, "utf8"))).toEqual(scenarioSchema);
});
