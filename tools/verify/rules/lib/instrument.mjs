// SPDX-License-Identifier: MIT
// Writes a copy of the sources in which every check has a switch.
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { modelSources } from "../../../build/core/lib/paths.mjs";
import { sitesOf, underSwitches } from "./sites.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/** Copies the files that a build of the model needs. */
export function copySources(top, to) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const folder of ["arch", "fs", "include", "init", "kernel", "lib", "net", "security"]) {
    cpSync(join(top, "core-c", folder), join(to, "core-c", folder), { recursive: true });
  }
}

/** Replaces a text that must occur exactly once. */
export function replaceOnce(text, find, replacement, where) {
  const parts = text.split(find);
  if (parts.length === 2) return parts.join(replacement);
  throw new Error(`${where}: '${find}' occurs ${parts.length - 1} times, not once`);
}

function hookRefusals(text) {
  const head = "int refuse_for(int err, enum check_id id, u64 needed, u64 present)\n{\n";
  const hook = "\tu32 check = id;\n\n\terr = mutant_refuse(err, &check);\n\tid = check;\n";
  const silent = "void decide(enum check_id id, u64 needed, u64 present)\n{\n";
  const quiet = "\tif (mutant_silent(id))\n\t\treturn;\n";
  const where = "core-c/kernel/refusal.c";
  const hooked = replaceOnce(text, head, head + hook, where);
  return replaceOnce(hooked, silent, silent + quiet, where);
}

function hookLeave(text) {
  const call = /block\.ret = (leave\(.*\));/;
  if (!call.test(text)) throw new Error("core-c/arch/wasm/entry.c: no 'block.ret = leave(…)'");
  return text.replace(call, "block.ret = mutant_leave($1);");
}

const hooks = new Map([
  ["core-c/kernel/refusal.c", hookRefusals],
  ["core-c/arch/wasm/entry.c", hookLeave],
]);

/**
 * Writes the copy.
 *
 * @param checks - the table, from {@link readChecks}.
 * @returns every site and every call with a check, numbered, and the symbols of checks without a
 *   condition.
 */
export function instrument(top, to, checks) {
  copySources(top, to);
  const known = new Map(checks.map((check) => [check.symbol, check]));
  const all = { sites: [], asked: [] };
  let last = 0;
  const bare = new Set();
  for (const path of modelSources(top)) {
    const text = readFileSync(join(top, path), "utf8");
    const found = sitesOf(path, text, known);
    const numbered = (site) => ({ ...site, number: ++last });
    const sites = found.sites.map(numbered);
    const asked = found.asked.map(numbered);
    all.sites.push(...sites);
    all.asked.push(...asked);
    for (const symbol of found.bare) bare.add(symbol);
    const hook = hooks.get(path) ?? ((same) => same);
    if (sites.length + asked.length > 0 || hooks.has(path)) {
      writeFileSync(join(to, path), hook(underSwitches(text, sites, asked)));
    }
  }
  appendFileSync(join(to, "core-c/arch/wasm/exports.txt"), "\nmutant_seen () -> i32\n");
  cpSync(join(here, "mutant.h"), join(to, "core-c/include/trace/mutant.h"));
  cpSync(join(here, "mutant.c"), join(to, "core-c/kernel/mutant.c"));
  return { ...all, bare: [...bare] };
}
