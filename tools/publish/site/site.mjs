#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions } from "../../lib/options.mjs";
import { root, typedoc } from "../../lib/run.mjs";
import { compilerFolders, copyExtras, kernelFolders, withExtras } from "./lib/extras.mjs";
import { problemsOf } from "./lib/inspect.mjs";

const HELP = `usage: npm run site -- [OPTION]...

Writes one static site: the playground, the pages of docs with a local search, a page for every check,
and the API. It works from any folder and without a network.

  --out FOLDER      where to write; default dist/site. What an earlier run left there is removed first
  --kernels         with the kernels that 'npm run kernel-bpf -- build' wrote, for the view "Verifier".
                    They contain code of Linux (GPL-2.0). If you publish the site, offer its source
  --compiler        with the compiler @yowasp/clang (98 MB), for the view "token.c"
  --no-api          without the API, which takes most of the time

Exit codes: 0 written; 1 the build failed, or a page has a broken link or needs a network; 2 usage.`;

const mark = ".bpf-token-site";

async function main({ out, kernels, compiler, "no-api": withoutApi }) {
  const folder = resolve(root, out);
  if (existsSync(folder) && !existsSync(join(folder, mark))) {
    console.error(`site: ${folder} exists and is not a site; name another folder with --out`);
    return 2;
  }
  if (!buildQuietly()) return 1;
  const files = await site();
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of files) write(join(folder, path), text);
  write(join(folder, mark), "");
  if (!withoutApi) {
    const { status } = typedoc(["--out", join(folder, "api")], {
      stdio: "inherit",
    });
    if (status !== 0) return status ?? 1;
  }
  copyPlayground(folder, [
    ...(kernels ? await kernelFolders() : []),
    ...(compiler ? compilerFolders() : []),
  ]);
  const problems = problemsOf(folder, withoutApi ? ["api"] : []);
  for (const line of problems.slice(0, 20)) console.error(`site: ${line}`);
  console.log(
    `${relative(process.cwd(), folder) || "."}: ${files.size} files and the playground, ${problems.length} problems`,
  );
  return problems.length === 0 ? 0 : 1;
}

/** The files of the site. Their texts come from the packages, which are built by now. */
async function site() {
  const { siteFiles } = await import("./lib/files.mjs");
  return siteFiles();
}

/** The playground is the start. With the mark, it links to the pages of checks. */
function copyPlayground(folder, extras) {
  cpSync(`${root}packages/playground/dist`, folder, { recursive: true });
  const index = join(folder, "index.html");
  const html = readFileSync(index, "utf8");
  writeFileSync(index, withExtras(html.replace("<html ", "<html data-site "), extras));
  copyExtras(extras, folder);
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const options = {
  out: { type: "string", default: "dist/site" },
  kernels: { type: "boolean" },
  compiler: { type: "boolean" },
  "no-api": { type: "boolean" },
};
process.exitCode = await main(readOptions(HELP, { options }));
