#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Runs a tool by its name in tools/tools.json.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { root } from "./run.mjs";

const tools = JSON.parse(readFileSync(new URL("../tools.json", import.meta.url), "utf8"));

const HELP = `usage: npm run tool NAME [-- OPTION]...

Runs a tool for people who change this repository. 'npm run tool NAME -- --help' prints what a tool
does, and docs/tools.md says who needs it. The names:

${Object.keys(tools)
  .map((name) => `  ${name}`)
  .join("\n")}

Exit codes: those of the tool; 2 usage.`;

/** @param {string | undefined} name @param {readonly string[]} rest */
async function main(name, rest) {
  if (name === undefined || name === "--help" || name === "-h") {
    console.log(HELP);
    return;
  }
  if (!Object.hasOwn(tools, name)) {
    const alike = Object.keys(tools).filter((known) => known.includes(name));
    const hint = alike.length > 0 ? `; these are alike: ${alike.join(", ")}` : "";
    console.error(`there is no tool '${name}'${hint}\n'npm run tool' lists the tools`);
    process.exitCode = 2;
    return;
  }
  const [file, ...preset] = tools[name].split(" ");
  const path = `${root}${file}`;
  if (path.endsWith(".sh")) {
    process.exitCode = spawnSync(path, [...preset, ...rest], { stdio: "inherit" }).status ?? 1;
    return;
  }
  // In this process, so that signals and the exit code are those of the tool.
  process.argv.splice(1, Infinity, path, ...preset, ...rest);
  await import(pathToFileURL(path).href);
}

const [name, ...rest] = process.argv.slice(2);
await main(name, rest);
