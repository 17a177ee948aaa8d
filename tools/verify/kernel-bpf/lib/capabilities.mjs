// SPDX-License-Identifier: MIT
// The least capabilities of programs: found on the module, confirmed on the running kernel.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** Several programs of a package contain the same object. It is listed once, with their names. */
export function distinctObjects(files) {
  const byHash = new Map();
  for (const file of [...files].sort()) {
    const bytes = readFileSync(file);
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
    const [program] = basename(file).split(".");
    const known = byHash.get(hash) ?? { hash, bytes, names: [] };
    byHash.set(hash, { ...known, names: [...known.names, program] });
  }
  return [...byHash.values()];
}

/** The rows of an object: each program with its verdict on each module. */
export function rowsOf({ parseObject, verifyObject }, modules, { hash, bytes, names }) {
  const spec = parseObject(new Uint8Array(bytes), { name: names[0] });
  // Tools set the sizes of these maps before they load the object.
  const maps = spec.maps.map((map) => ({
    ...map,
    pinning: "none",
    maxEntries: map.maxEntries === 0 && map.type !== PERF_EVENT_ARRAY ? 1 : map.maxEntries,
  }));
  const object = { ...spec, maps };
  const programs = spec.programs.map(({ name }) => name);
  const title = names.length > 3 ? `${names[0]} and ${names.length - 1} others` : names.join(", ");
  const verdicts = modules.map((module) => verifyObject(module, object, { programs, least: true }));
  return programs.map((program, i) => {
    return { hash, title, object, program, verdicts: verdicts.map((one) => one[i]) };
  });
}

const PERF_EVENT_ARRAY = 4;

/**
 * Loads a program in a task of its own, with some capabilities or with all. Returns why it was
 * refused.
 */
function load({ Collection, LoadError, setCapabilities }, native, { object, program }, mask) {
  const task = native.init.fork();
  try {
    if (mask !== undefined)
      setCapabilities(task, { effective: mask, permitted: mask, inheritable: 0n });
    const programs = ({ name }) => name === program;
    Collection.load(task, object, { token: "never", programs, env: {} }).close();
    return undefined;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    return error.reason.split("\n", 1)[0];
  } finally {
    task.close();
  }
}

/** Whether the running kernel refuses the program as well, or needs the same capabilities. */
function agrees(packages, native, row, { verdict, least }) {
  if (verdict === "refused") return load(packages, native, row, undefined) !== undefined;
  if (least === null) return undefined;
  const { capabilityMask } = packages;
  const names = least.map(({ name }) => name.slice("CAP_".length));
  if (load(packages, native, row, capabilityMask(names)) !== undefined) return false;
  return names.every((name) => {
    const rest = capabilityMask(names.filter((one) => one !== name));
    return load(packages, native, row, rest) !== undefined;
  });
}

/** For each verdict of a row, whether the running kernel confirms it; undefined for no verdict. */
export function confirm(packages, native, row) {
  const seen = new Map();
  return row.verdicts.map((verdict) => {
    const key = resultText(verdict);
    if (!seen.has(key)) seen.set(key, agrees(packages, native, row, verdict));
    return seen.get(key);
  });
}

function resultText({ least, verdict }) {
  if (least === null) return verdict;
  return least.map(({ name }) => name).join(", ") || "none";
}

function confirmedText(confirmed, releases) {
  if (confirmed.every((one) => one === true)) return "yes";
  const named = releases.filter((_, i) => confirmed[i] === true);
  return named.length > 0 ? `only that of ${named.join(", ")}` : "**no**";
}

/** Programs of an object with the same results share a row. */
function joined(rows, releases) {
  const groups = new Map();
  for (const row of rows) {
    const results = row.verdicts.map(resultText);
    const cells = [...results, confirmedText(row.confirmed, releases)];
    const key = [row.hash, ...cells].join("\n");
    const known = groups.get(key) ?? { row, cells, programs: [] };
    groups.set(key, { ...known, programs: [...known.programs, row.program] });
  }
  return [...groups.values()];
}

/** The page. */
export function pageLines(rows, { modules, running, packages }) {
  const releases = modules.map(({ release }) => release);
  const objects = new Set(rows.map(({ hash }) => hash)).size;
  const short = running.replace(/^(\d+\.\d+).*$/s, "$1");
  const counts = releases.map((release, i) => {
    const all = rows.filter(({ confirmed }) => confirmed[i] !== undefined);
    const same = all.filter(({ confirmed }) => confirmed[i]).length;
    return `- Linux ${release}, with the configuration and the BTF of Debian's ${modules[i].image}: ${same} of ${all.length} results`;
  });
  return [
    "# Least capabilities",
    "",
    "This page is for readers who want to know which capabilities a BPF program needs, and whether the answer of",
    "`bpf-token verify --least` is right. `npm run tool kernel-bpf:capabilities -- --write` writes it, as root.",
    "",
    `The module of each release loaded each program of the ${objects} objects of Debian's ${packages} with every`,
    "capability, and removed each one. Without any capability of the least set, the kernel refuses the program.",
    "",
    `Then Linux ${short}, the running kernel, loaded each program with the least set, and without each capability of`,
    "it. A program that a module refuses was loaded with every capability. Nothing was attached. The running kernel",
    "confirmed:",
    "",
    ...counts,
    "",
    `| object | programs | ${releases.join(" | ")} | confirmed |`,
    `|---|---|${"---|".repeat(releases.length)}---|`,
    ...joined(rows, releases).map(({ row, cells, programs }) =>
      [`| ${row.title} (${row.hash})`, programs.join(", "), ...cells].join(" | ").concat(" |"),
    ),
    "",
  ];
}
