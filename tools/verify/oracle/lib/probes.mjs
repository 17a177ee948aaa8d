// SPDX-License-Identifier: MIT
import { basename } from "node:path";
import { run } from "./run.mjs";
import { asSeenBy } from "./sections.mjs";

/** Commands that libbpf uses only for probes while it loads an object. */
const probing = new Map([
  [15, "OBJ_GET_INFO_BY_FD"],
  [28, "LINK_CREATE"],
]);

/** The bpf_cmd of an object's own calls, with its name in probes.c. */
const own = new Map([
  ["MAP_CREATE", "map"],
  ["PROG_LOAD", "program"],
  ["BTF_LOAD", "btf"],
]);

/**
 * Records libbpf's probes for each object, one line per call, interleaved with the calls for the
 * object itself.
 *
 * @param object - the package, which parses the BTF of probes.
 * @param program - built from probes.c.
 * @param target - the BTF of the kernel, as a file.
 * @returns libbpf's version. For each file, without and with a token, and for each program alone if
 *   not all can be loaded: the errors of opening and loading, and the lines.
 */
export function recordProbes(object, program, target, files) {
  const lines = run(program, [target, ...files], ".").split("\n");
  const [{ version }, ...calls] = lines.filter(Boolean).map((line) => JSON.parse(line));
  const loads = [];
  for (const { call, ...rest } of calls) {
    if (call === "open") loads.push({ ...rest, lines: [] });
    const load = loads.at(-1);
    if (call === "load") load.loadError = rest.error;
    else if (call === "bpf") load.lines.push(...theirLine(object, rest));
  }
  return { version, loads };
}

function theirLine(object, { own: made, other, cmd, ...fields }) {
  if (made !== undefined) return [`own ${made}`];
  if (other !== undefined) return probing.has(other) ? [probing.get(other)] : [];
  const btf =
    fields.btf === undefined ? {} : { btf: typesIn(object, Buffer.from(fields.btf, "hex")) };
  return [lineOf(cmd, { ...fields, ...btf })];
}

/** The same for this repository's plan with `loader: "libbpf"`. */
export function plannedProbes({ object, loader }, kernel, spec, { token, program }) {
  const { btf, processors, kallsyms, kconfig, release } = kernel;
  const options = { kernelBtf: btf, processors, kallsyms, kconfig, release, externs: "all" };
  const wanted = program < 0 ? {} : { programs: (one) => one === spec.programs[program] };
  const { calls, failure } = loader.plan(spec, { ...options, ...wanted, token, loader: "libbpf" });
  return { lines: calls.flatMap((call) => ourLine(object, call)), failure };
}

function ourLine(object, { cmd, attr, purpose }) {
  if (purpose === "object") return own.has(cmd) ? [`own ${own.get(cmd)}`] : [];
  if (purpose !== "probe" || cmd === "PROG_BIND_MAP") return [];
  const hex = (bytes = new Uint8Array()) => Buffer.from(bytes).toString("hex");
  switch (cmd) {
    case "MAP_CREATE":
      return [
        lineOf(cmd, {
          type: attr.map_type,
          keySize: attr.key_size,
          valueSize: attr.value_size,
          maxEntries: attr.max_entries,
          flags: attr.map_flags,
          name: attr.map_name,
          token: attr.map_token_fd === undefined ? 0 : 1,
        }),
      ];
    case "PROG_LOAD":
      return [
        lineOf(cmd, {
          type: attr.prog_type,
          attach: attr.expected_attach_type,
          flags: attr.prog_flags,
          license: attr.license,
          name: attr.prog_name,
          token: attr.prog_token_fd === undefined ? 0 : 1,
          typed: attr.prog_btf_fd === undefined ? 0 : 1,
          insns: hex(withoutDescriptors(attr.insns)),
          funcInfo: hex(attr.func_info),
        }),
      ];
    case "BTF_LOAD":
      return [
        lineOf(cmd, {
          flags: attr.btf_flags ?? 0,
          token: attr.btf_token_fd === undefined ? 0 : 1,
          btf: typesIn(object, attr.btf),
        }),
      ];
    default:
      return [cmd];
  }
}

const lineOf = (cmd, fields) =>
  [cmd, ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join(" ");

/** Blanks the fds of maps, because their numbers do not matter. */
function withoutDescriptors(insns) {
  const bytes = insns.slice();
  for (let at = 0; at < bytes.length; at += 8) {
    if (bytes[at] === 0x18 && bytes[at + 1] >> 4 !== 0) bytes.fill(0, at + 4, at + 8);
    if (bytes[at] === 0x18) at += 8;
  }
  return bytes;
}

/** Types without their string offsets, which do not matter to a kernel. */
function typesIn(object, bytes) {
  const btf = object.Btf.parse(new Uint8Array(bytes));
  const types = [];
  for (let id = btf.firstId; id < btf.endId; id++) types.push(btf.type(id));
  return JSON.stringify(types);
}

/**
 * Compares one load of libbpf with its plan: which probes, how many, in which order, and between
 * which calls for the object. If libbpf fails, the plan must fail at the same call.
 *
 * @param theirs - see `recordProbes()`.
 * @param {string} [version] - of libbpf; see `compare()`.
 * @returns how many probes were compared, and the first difference, or `undefined`.
 */
export function compareProbes(packages, kernel, file, theirs, version) {
  const mine = ours(packages, kernel, file, theirs, version);
  const probes = theirs.lines.filter((line) => !line.startsWith("own ")).length;
  const length = Math.max(mine.lines.length, theirs.lines.length);
  for (let i = 0; i < length; i++) {
    const [our, their] = [mine.lines[i] ?? "nothing more", theirs.lines[i] ?? "nothing more"];
    if (our === their) continue;
    const why = mine.failure === undefined ? "" : ` (${mine.failure.message})`;
    return { probes, difference: `call ${i}: ${our}${why}, libbpf has ${their}` };
  }
  return { probes, difference: undefined };
}

/** A file that our parser refuses has no planned calls. */
function ours(packages, kernel, file, theirs, version) {
  const { ObjectFormatError, parseObject } = packages.object;
  try {
    const spec = parseObject(file, { name: basename(theirs.file) });
    return plannedProbes(packages, kernel, asSeenBy(version, packages.object, spec), theirs);
  } catch (failure) {
    if (!(failure instanceof ObjectFormatError)) throw failure;
    return { lines: [], failure };
  }
}

/**
 * Compares all loads.
 *
 * @param read - returns the bytes of a file.
 * @param {string} [version] - of libbpf; see `compare()`.
 * @returns the totals, and the differences.
 */
export function compareAllProbes(packages, kernel, loads, read, version) {
  const totals = { objects: new Set(), loads: 0, loaded: 0, withToken: 0, probes: 0, equal: 0 };
  const differences = [];
  for (const theirs of loads.filter(({ error }) => error === 0)) {
    const file = read(theirs.file);
    const { probes, difference } = compareProbes(packages, kernel, file, theirs, version);
    totals.objects.add(theirs.file);
    totals.loads++;
    totals.probes += probes;
    if (theirs.loadError === 0) totals.loaded++;
    if (theirs.token) totals.withToken++;
    if (difference === undefined) totals.equal++;
    else differences.push(`${theirs.file}${theirs.token ? ", with a token" : ""}: ${difference}`);
  }
  return { ...totals, objects: totals.objects.size, differences };
}
