// SPDX-License-Identifier: MIT
// The program as one executable: Node with the files of the package bpf-token-cli inside.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { onPath } from "../../../lib/run.mjs";
import { copyleftFiles } from "./bundle.mjs";
import { nodeFor, postject } from "./downloads.mjs";

const inside = (name) => fileURLToPath(new URL(`../inside/${name}`, import.meta.url));
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
/** Programs of GNU binutils for the machines. */
export const strips = { x64: "x86_64-linux-gnu-strip", arm64: "aarch64-linux-gnu-strip" };

const emulators = {
  x64: { emulator: "qemu-x86_64", libraries: "/usr/x86_64-linux-gnu" },
  arm64: { emulator: "qemu-aarch64", libraries: "/usr/aarch64-linux-gnu" },
};

const log = "bpf(BPF_MAP_CREATE) = -1 EPERM\n";
const model = ["--subject", "model@7.3", "--delegate", "cmds=any"];
/** The caches get the functions that these commands compile. */
const recorded = [
  ["--version"],
  ["--help"],
  ["explain", "-"],
  ["doctor"],
  ["doctor", "--json"],
  ["demo"],
  ["exec", ...model, "--", "/bin/true"],
  ["policy", "/bin/true", "--no-prove"],
  ["load", "/bin/true", ...model],
  ["inspect", "/bin/true"],
];

const list = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function writeMain(path) {
  const bundle = await rolldown({
    input: inside("main.mjs"),
    external: /^node:/,
    platform: "node",
  });
  await bundle.write({ file: path, format: "cjs", banner: "// SPDX-License-Identifier: MIT" });
  await bundle.close();
}

/** The name of the folder that the native programs are extracted to: their hash. */
export function buildOf(cli) {
  const folder = join(cli, "prebuilds");
  const lines = list(folder).map((name) => `${name} ${sha256(readFileSync(join(folder, name)))}\n`);
  return sha256(lines.join("")).slice(0, 16);
}

/** The command that runs Node for an architecture on this machine. */
function runnerFor(arch) {
  const { program } = nodeFor(arch);
  if (arch === process.arch) return [program];
  const { emulator, libraries } = emulators[arch];
  if (onPath(emulator)) return [emulator, "-L", libraries, program];
  throw new Error(
    `code caches for ${arch} need ${emulator}. Fix: apt install qemu-user libstdc++6-${arch}-cross, or give --no-cache`,
  );
}

/** Writes the code caches next to the modules. */
function record([node, ...before], dist) {
  for (const words of recorded) {
    const args = [...before, "--no-warnings", inside("record.mjs"), dist, ...words];
    const { signal, stderr } = spawnSync(node, args, { input: log, encoding: "utf8" });
    if (signal !== null || !existsSync(join(dist, "cli/main.js.cache")))
      throw new Error(`no code cache from '${words.join(" ")}': ${signal ?? ""} ${stderr}`);
  }
}

/** Puts the blob into the executable. The tool prints a warning for each section that it does not know. */
function inject(out, blob) {
  const code = `const [, api, out, blob] = process.argv;
require(api).inject(out, "NODE_SEA_BLOB", require("node:fs").readFileSync(blob), { sentinelFuse: "${FUSE}" });`;
  execFileSync(process.execPath, ["-e", code, postject(), out, blob], { stdio: "ignore" });
}

/** The assets by name, with their paths; the files of GPL-2.0-only go to `lib` instead. */
function collectAssets(cli, work, lib) {
  const dist = join(cli, "dist");
  const isCopyleft = (name) => copyleftFiles.includes(name.replace(/\.cache$/, ""));
  const [beside, own] = [[], []];
  for (const name of list(dist)) (isCopyleft(name) ? beside : own).push(name);
  mkdirSync(lib, { recursive: true });
  for (const name of beside) copyFileSync(join(dist, name), join(lib, name));
  const assets = Object.fromEntries(own.map((name) => [name, join(dist, name)]));
  const prebuilds = list(join(cli, "prebuilds")).map((name) => `prebuilds/${name}`);
  for (const name of prebuilds) assets[name] = join(cli, name);
  const write = (name, text) => {
    writeFileSync(join(work, name), text);
    assets[name] = join(work, name);
  };
  const hashes = beside.map((name) => [name, sha256(readFileSync(join(dist, name)))]);
  write("beside.json", JSON.stringify(Object.fromEntries(hashes)));
  write("assets.json", JSON.stringify(own));
  write("build", buildOf(cli));
  return assets;
}

/**
 * Writes the executable, and next to it the folder lib.
 *
 * @param cli - the folder of the package bpf-token-cli.
 * @param out - the path of the executable.
 * @param options - the `arch`, a folder `work`, and whether it gets a code `cache`, which is other bytes
 *   in each build.
 */
export async function writeExecutable(cli, out, { arch, work, cache }) {
  const tool = nodeFor(process.arch).program;
  const copy = join(work, "cli");
  cpSync(cli, copy, { recursive: true });
  if (cache) record(runnerFor(arch), join(copy, "dist"));
  const main = join(work, "main.cjs");
  await writeMain(main);
  const lib = join(dirname(out), "lib");
  const assets = { ...collectAssets(copy, work, lib), "main.cjs": main };
  const config = join(work, "sea.json");
  const blob = join(work, "blob");
  const settings = {
    // The blob contains this path.
    main: "main.cjs",
    ...{ output: blob, assets, disableExperimentalSEAWarning: true },
    // NODE_OPTIONS must not change a program that root runs.
    ...{ execArgv: ["--no-warnings"], execArgvExtension: "none" },
  };
  writeFileSync(config, JSON.stringify(settings));
  execFileSync(tool, ["--experimental-sea-config", config], { cwd: work, stdio: "ignore" });
  execFileSync(strips[arch], ["-o", out, nodeFor(arch).program]);
  inject(out, blob);
  chmodSync(out, 0o755);
}
