// SPDX-License-Identifier: MIT
// Runs blocks as a reader would: with the built packages, in a folder with a scenario file.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import ts from "typescript";
import { root } from "../../../lib/run.mjs";

const folder = `${root}out-tsc/docs/`;

function prepare() {
  mkdirSync(folder, { recursive: true });
  copyFileSync(`${root}packages/bpf-token/scenarios/demo.yaml`, `${folder}scenario.yaml`);
}

const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
  types: ["node"],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** The compiler's errors in TypeScript blocks, for all blocks at once: `PAGE:LINE: message`. */
export function typeErrors(blocks) {
  prepare();
  const places = new Map(blocks.map((block) => [`${folder}${fileOf(block)}.mts`, block]));
  for (const [path, { code }] of places) writeFileSync(path, code);
  const program = ts.createProgram([...places.keys()], options);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const { page, line } = places.get(diagnostic.file?.fileName) ?? { page: "?", line: 0 };
    const at = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
    return `${page}:${line + 1 + at}: ${text}`;
  });
}

function fileOf({ page, line }) {
  return `${page.replaceAll("/", "-").replace(/\.md$/, "")}-${line}`;
}

/** Runs a ts or js block as a module in Node; returns `status`, `printed` and `thrown`. */
export function runModule(block) {
  prepare();
  const module = ts.transpileModule(block.code, {
    compilerOptions: { ...options, module: ts.ModuleKind.ESNext, noEmit: false },
  });
  const path = `${folder}${fileOf(block)}.mjs`;
  writeFileSync(path, module.outputText);
  return start(process.execPath, [path]);
}

/**
 * Runs a command line of a page: at the top of the repository if it names files there, else in the
 * folder with the scenario. `npx bpf-token` is the built program.
 */
export function runCommand(line) {
  prepare();
  const own = `"${process.execPath}" "${root}packages/bpf-token/bin/bpf-token.js"`;
  const command = line.replace(/^npx bpf-token\b/, own);
  const atTop = /^(npm|node) |\bpackages\/\S*\*/.test(line);
  return start("sh", ["-c", command], atTop ? root : folder);
}

function start(program, args, cwd = folder) {
  const env = { ...process.env, NO_COLOR: "1" };
  const run = spawnSync(program, args, { cwd, env, encoding: "utf8", timeout: 120_000 });
  return { status: run.status, printed: run.stdout ?? "", thrown: run.stderr ?? "" };
}
