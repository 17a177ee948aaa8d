#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join, relative, resolve } from "node:path";
import { architectureOf } from "../../build/native/lib/elf.mjs";
import { prebuilds } from "../../build/native/lib/programs.mjs";
import { buildExecutor } from "../../lib/build-executor.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { chromiumSkipLine, findChromium } from "../../lib/chromium.mjs";
import { entriesOf, publicPackages } from "../../lib/manifests.mjs";
import { readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { comesWith, sizeOf, withInstalled } from "./lib/pack.mjs";
import { askChromium, bundlePage, served } from "./lib/page.mjs";

const LIMIT_MB = 8;
const FOLDER = "out-tsc/packages";

const HELP = `usage: npm run tool pack [-- --folder DIR]

Packs the public packages as npm publish would, and tests them as users get them: installs the
tarballs in an empty folder, imports and requires every entry, creates a token in Node, in a Vite bundle
and in Chromium, runs the command, checks the architecture of the native programs, and measures the size
of the installation. Keeps the tarballs and
deletes the installation. Builds the packages first.

Options:
  --folder DIR   where the tarballs go (default: ${FOLDER}, which is emptied before)

Exit codes: 0 everything works; 1 something fails; 2 usage; 3 no Chromium found, or a native program
is not built.`;

/** The ten lines of the README, as a program that prints its result. */
const tokenProgram = `
const kernel = createKernel();
const app = kernel.init.fork();
unshare(app, "user", "mnt");
const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "map_create", delegate_maps: "array" });
const token = createToken(app, bpffs);
createMap(app, { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1, token });
let refused = "nothing";
try {
  createMap(app, { type: "HASH", keySize: 4, valueSize: 8, maxEntries: 1, token });
} catch (error) {
  refused = error.errno + " " + error.refusal.check;
}
const answer = "token " + token.fd + ", refused: " + refused;
kernel.close();
`;
const names = "createKernel, createMap, createToken, delegateBpffs, unshare";
const asImport = `import { ${names} } from "bpf-token";${tokenProgram}`;
const asRequire = `const { ${names} } = require("bpf-token");${tokenProgram}`;

const kilo = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;

function printRun(command, ...lines) {
  console.log(`$ ${command}`);
  for (const line of lines) console.log(`  ${line}`);
}

function same(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what} printed "${got}" instead of "${wanted}"`);
}

function inNode(app) {
  const run = (file, code) => {
    writeFileSync(join(app, file), code);
    return execFileSync(process.execPath, [file], { cwd: app, encoding: "utf8" }).trim();
  };
  const entries = publicPackages().flatMap(({ json }) => entriesOf(json));
  const count = "console.log(all.filter((entry) => Object.keys(entry).length > 0).length);";
  const list = (word) => entries.map((name) => `${word}("${name}")`).join(", ");
  const imported = run("all.mjs", `const all = await Promise.all([${list("import")}]);${count}`);
  const required = run("all.cjs", `const all = [${list("require")}];${count}`);
  same("importing every entry", imported, String(entries.length));
  same("requiring every entry", required, String(entries.length));
  printRun(`node all.mjs, all.cjs`, `${imported} entries imported, ${required} required`);
  const answer = run("token.mjs", `${asImport}console.log(answer);`);
  same("require()", run("token.cjs", `${asRequire}console.log(answer);`), answer);
  printRun("node token.mjs, token.cjs", answer);
  return answer;
}

/** Builds a page with Vite: without warnings, and without files that no page needs. */
async function inVite(app) {
  const warnings = [];
  const page = `${asImport}globalThis.answer = answer;`;
  const folder = await bundlePage(app, page, (text) => warnings.push(text));
  if (warnings.length > 0) {
    throw new Error([`vite build prints ${warnings.length} warnings`, ...warnings].join("\n"));
  }
  const files = readdirSync(folder, { recursive: true }).filter((name) => extname(name) !== "");
  const other = files.filter((name) => ![".html", ".js"].includes(extname(name)));
  if (other.length > 0) throw new Error(`the bundle contains ${other}, which no page needs`);
  printRun("vite build", `${files.length} files, ${kilo(sizeOf(folder))}, no warning`);
  return folder;
}

async function inChromium(folder, answer) {
  const chromium = findChromium();
  if (chromium === undefined) {
    console.log(chromiumSkipLine);
    return false;
  }
  const seen = await served(folder, (url) => askChromium(chromium, url));
  same("Chromium", seen.answer, answer);
  printRun(`chromium (${seen.version})`, seen.answer);
  return true;
}

function command(app) {
  const npx = (...args) =>
    execFileSync("npx", ["--no", "--", "bpf-token", ...args], {
      cwd: app,
      encoding: "utf8",
    }).trim();
  printRun("npx bpf-token --version", npx("--version"));
  const steps = npx("demo", "--no-color").match(/^ {0,2}\d+ {2}/gm) ?? [];
  if (steps.length === 0) throw new Error("the demo of the installed command printed no steps");
  printRun("npx bpf-token demo", `${steps.length} steps printed`);
}

/** Builds upstream source with the installed packages, if there is such source. */
function upstream(app) {
  const sources = [
    ["6.12", "/usr/src/linux-source-6.12.tar.xz"],
    ["v10", process.env.BPF_TOKEN_SEED_PATCH],
  ].filter(([, path]) => path && existsSync(path));
  if (sources.length === 0) console.log("upstream build: skipped, no upstream source found");
  const env = { ...process.env, BPF_TOKEN_UPSTREAM: join(app, "upstream") };
  const npx = (...args) =>
    execFileSync("npx", ["--no", "--", "bpf-token", ...args, "--no-color"], {
      ...{ cwd: app, env, encoding: "utf8" },
    }).trim();
  for (const [name, path] of sources) {
    const [built] = npx("upstream", "build", path, "--name", name).split("\n");
    printRun(`npx bpf-token upstream build ${basename(path)} --name ${name}`, built);
    const [, release] = /Linux (\S+):/.exec(built) ?? [];
    const subjects = `model@${release},upstream:${name}`;
    const summary = npx("fuzz", "--subjects", subjects, "--sequences", "1000").split("\n").at(-1);
    same(`fuzz with upstream:${name}`, summary, "no unexpected difference");
    printRun(`npx bpf-token fuzz --subjects ${subjects} --sequences 1000`, summary);
  }
}

/**
 * Checks that the package has each native program, and for its architecture.
 *
 * @returns whether all of them are built.
 */
function nativePrograms(app) {
  const folder = join(app, "node_modules/@bpf-token/kernel-native/prebuilds");
  const absent = prebuilds.filter(({ path }) => !existsSync(join(folder, path)));
  for (const { arch, path } of prebuilds) {
    if (existsSync(join(folder, path)))
      same(path, architectureOf(readFileSync(join(folder, path))), arch);
  }
  const there = prebuilds.filter((one) => !absent.includes(one)).map(({ path }) => path);
  console.log(`native programs: ${there.join(", ")}`);
  for (const { path } of absent) console.log(`not built: ${path}`);
  return absent.length === 0;
}

async function tryAll({ tarballs, app }) {
  printRun("npm pack", ...tarballs.map(({ filename, size }) => `${filename}, ${kilo(size)}`));
  const wanted = [...comesWith(app, "bpf-token")];
  const bytes = wanted.map((name) => sizeOf(join(app, "node_modules", name)));
  const megabytes = bytes.reduce((sum, size) => sum + size, 0) / 1e6;
  const size = `bpf-token and what it brings: ${wanted.length} packages, ${megabytes.toFixed(2)} MB`;
  printRun("npm install *.tgz", `${size}, may be ${LIMIT_MB} at most`);
  if (megabytes > LIMIT_MB) throw new Error(`the install is larger than ${LIMIT_MB} MB`);
  const answer = inNode(app);
  command(app);
  upstream(app);
  const complete = nativePrograms(app);
  return (await inChromium(await inVite(app), answer)) && complete ? 0 : 3;
}

async function main({ folder }) {
  const keep = folder === undefined ? join(root, FOLDER) : resolve(folder);
  buildExecutor();
  if (!buildQuietly()) return 1;
  if (folder === undefined) rmSync(keep, { recursive: true, force: true });
  const code = await withInstalled(tryAll, keep);
  console.log(`tarballs: ${relative(process.cwd(), keep)}`);
  return code;
}

const options = readOptions(HELP, { options: { folder: { type: "string" } } });
try {
  process.exitCode = await main(options);
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}
