#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// pack.mjs: the packages as users get them. Packs each, installs all in an empty folder, and there
// imports and requires every entry, makes a token in Node, in a bundle of Vite's and in Chromium, runs
// the command, and measures what `npm i bpf-token` puts on a disk. Prints what it does, step by step.
// Exit codes: 0 all well, 1 not, 3 there is no Chromium.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { buildExecutor } from "../../lib/build-executor.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { chromiumSkipLine, findChromium } from "../../lib/chromium.mjs";
import { entriesOf, publicPackages } from "../../lib/manifests.mjs";
import { comesWith, sizeOf, withInstalled } from "./lib/pack.mjs";
import { askChromium, bundlePage, served } from "./lib/page.mjs";

const LIMIT_MB = 5;

/** The ten lines of the README, as a program that tells how they ended. */
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

function tell(command, ...told) {
  console.log(`$ ${command}`);
  for (const line of told) console.log(`  ${line}`);
}

function same(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what} answers "${got}" in place of "${wanted}"`);
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
  tell(`node all.mjs, all.cjs`, `${imported} entries imported, ${required} required`);
  const answer = run("token.mjs", `${asImport}console.log(answer);`);
  same("require()", run("token.cjs", `${asRequire}console.log(answer);`), answer);
  tell("node token.mjs, token.cjs", answer);
  return answer;
}

async function inChromium(app, answer) {
  const chromium = findChromium();
  if (chromium === undefined) {
    console.log(chromiumSkipLine);
    return false;
  }
  const folder = await bundlePage(app, `${asImport}globalThis.answer = answer;`);
  const files = readdirSync(folder, { recursive: true }).filter((name) => extname(name) !== "");
  const other = files.filter((name) => ![".html", ".js"].includes(extname(name)));
  if (other.length > 0) throw new Error(`the bundle took ${other} along, which no page needs`);
  tell("vite build", `${files.length} files, ${kilo(sizeOf(folder))}`);
  const seen = await served(folder, (url) => askChromium(chromium, url));
  same("Chromium", seen.answer, answer);
  tell(`chromium (${seen.version})`, seen.answer);
  return true;
}

function command(app) {
  const npx = (...args) =>
    execFileSync("npx", ["--no", "--", "bpf-token", ...args], {
      cwd: app,
      encoding: "utf8",
    }).trim();
  tell("npx bpf-token --version", npx("--version"));
  const steps = npx("demo", "--no-color").match(/^ {0,2}\d+ {2}/gm) ?? [];
  if (steps.length === 0) throw new Error("the demo of the installed command tells no step");
  tell("npx bpf-token demo", `${steps.length} steps told`);
}

/** Builds the kernel's own text with what was installed, where there is such a text. */
function upstream(app) {
  const sources = [
    ["6.12", "/usr/src/linux-source-6.12.tar.xz"],
    ["v10", process.env.BPF_TOKEN_SEED_PATCH],
  ].filter(([, path]) => path && existsSync(path));
  if (sources.length === 0)
    console.log("upstream build: left out, since no text of the kernel's is here");
  const env = { ...process.env, BPF_TOKEN_UPSTREAM: join(app, "upstream") };
  const npx = (...args) =>
    execFileSync("npx", ["--no", "--", "bpf-token", ...args, "--no-color"], {
      ...{ cwd: app, env, encoding: "utf8" },
    }).trim();
  for (const [name, path] of sources) {
    const [built] = npx("upstream", "build", path, "--name", name).split("\n");
    tell(`npx bpf-token upstream build ${basename(path)} --name ${name}`, built);
    const [, release] = /Linux (\S+):/.exec(built) ?? [];
    const subjects = `model@${release},upstream:${name}`;
    const said = npx("fuzz", "--subjects", subjects, "--sequences", "1000").split("\n").at(-1);
    same(`fuzz with upstream:${name}`, said, "nothing unexpected");
    tell(`npx bpf-token fuzz --subjects ${subjects} --sequences 1000`, said);
  }
}

async function tryAll({ tarballs, app }) {
  tell("npm pack", ...tarballs.map(({ filename, size }) => `${filename}, ${kilo(size)}`));
  const wanted = [...comesWith(app, "bpf-token")];
  const bytes = wanted.map((name) => sizeOf(join(app, "node_modules", name)));
  const megabytes = bytes.reduce((sum, size) => sum + size, 0) / 1e6;
  const told = `bpf-token and what it brings: ${wanted.length} packages, ${megabytes.toFixed(2)} MB`;
  tell("npm install *.tgz", `${told}, may be ${LIMIT_MB} at most`);
  if (megabytes > LIMIT_MB) throw new Error(`the install is larger than ${LIMIT_MB} MB`);
  const answer = inNode(app);
  command(app);
  upstream(app);
  return (await inChromium(app, answer)) ? 0 : 3;
}

try {
  buildExecutor();
  process.exitCode = buildQuietly() ? await withInstalled(tryAll) : 1;
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}
