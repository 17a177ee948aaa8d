// SPDX-License-Identifier: MIT
import { basename } from "node:path";
import { planned, renumbered } from "./planned.mjs";
import { newerThan } from "./sections.mjs";

const STRUCT_OPS = 26;
const STRUCT_OPS_PROGRAM = 27;

/**
 * Compares libbpf's calls with those of this repository's loader, for the same file.
 *
 * @param packages - `object` and `loader`.
 * @param kernel - see `planned()`.
 * @param file - the object's bytes.
 * @param theirs - see `record()`.
 * @param {string} [version] - of libbpf; without it, libbpf knows all names of sections.
 * @returns how many items were compared, by kind, and the differences.
 */
export function compare({ object, loader }, kernel, file, theirs, version) {
  const compared = { opens: theirs.error === 0 ? 1 : 0, btfs: 0, maps: 0, programs: 0 };
  const opened = parsed(object, file, basename(theirs.file));
  if (theirs.error !== 0 || opened.error !== undefined) {
    if (theirs.error !== 0 && opened.error !== undefined) return { compared, differences: [] };
    return { compared, differences: [onlyOne(opened, theirs)] };
  }
  const differences = [];
  const check = (what, name, different) => {
    compared[what]++;
    if (different !== undefined)
      differences.push({ kind: different.kind, text: `${name}: ${different.text}` });
  };
  const mine = planned(loader, kernel, opened.spec);
  for (const btf of theirs.btfs) check("btfs", "BTF", bytesDiffer("btf", mine.btfs[0], btf));
  for (const map of unique(theirs.maps)) {
    check("maps", `map ${map.name}`, mapDiffers(mine, map));
  }
  const programs = unique(theirs.programs);
  const checkProgram = (name, different) => {
    const since = newerSection(object, opened.spec, name, version);
    check(
      "programs",
      `program ${name}`,
      since === undefined ? different : withKind(different, since),
    );
  };
  for (const program of programs) checkProgram(program.name, programDiffers(mine, program));
  for (const { name } of unique(mine.programs)) {
    if (programs.some((one) => one.name === name)) continue;
    checkProgram(name, differ("only we load", "libbpf does not load it"));
  }
  return { compared, differences };
}

const withKind = (different, kind) => different && { ...different, kind };

/** The kind of all differences of a program whose section name is newer than libbpf. */
function newerSection(object, { programs }, name, version) {
  const section = programs.find((one) => one.name === name)?.section ?? "";
  const since = newerThan(version, object, section);
  return since === undefined ? undefined : `section name of libbpf ${since}`;
}

function parsed(object, file, name) {
  try {
    return { spec: object.parseObject(file, { name }) };
  } catch (error) {
    if (!(error instanceof object.ObjectFormatError)) throw error;
    return { error };
  }
}

function onlyOne({ spec, error }, theirs) {
  if (error !== undefined) {
    const kind = error.reason === "not little-endian" ? "big-endian" : "only libbpf";
    return { kind, text: `libbpf opens it: ${error.message}` };
  }
  const legacy = spec.maps.some(({ origin }) => origin === "legacy");
  return { kind: legacy ? "legacy maps" : "only we", text: `libbpf refuses it: ${theirs.error}` };
}

/** Loading programs alone repeats the maps that were created before. */
function unique(calls) {
  return [
    ...new Map(calls.map((call) => [`${call.name} ${call.type} ${call.keyTypeId}`, call])).values(),
  ];
}

const differ = (kind, text) => ({ kind, text });

function bytesDiffer(kind, mine = new Uint8Array(), theirs) {
  if (mine.length !== theirs.length) {
    return differ(kind, `${kind} of ${mine.length} bytes, libbpf has ${theirs.length}`);
  }
  const at = mine.findIndex((byte, i) => byte !== theirs[i]);
  return at < 0 ? undefined : differ(kind, `${kind} differs at ${at}`);
}

function valuesDiffer(kind, mine, theirs, names) {
  const different = names.filter((name) => mine[name] !== theirs[name]);
  if (different.length === 0) return undefined;
  const text = different.map((name) => `${name} ${mine[name]}, libbpf has ${theirs[name]}`);
  return differ(kind, text.join("; "));
}

const mapNames = [
  ...["type", "keySize", "valueSize", "maxEntries", "flags", "keyTypeId", "valueTypeId"],
  ...["extra", "numaNode", "inner", "typed"],
];

function mapDiffers({ maps, failed }, theirs) {
  const named = maps.filter(({ name }) => name === theirs.name);
  if (named.length === 0) {
    const why = failed.map(({ message }) => message).join("; ");
    return differ(
      theirs.type === STRUCT_OPS ? "struct_ops" : "map",
      `the loader has no such map ${why}`,
    );
  }
  // Names that differ only after 15 characters are equal for the kernel.
  const found = named.map((map) => valuesDiffer("map", map, theirs, mapNames));
  return found.includes(undefined) ? undefined : found[0];
}

const programNames = [
  ...["type", "attach", "flags", "license", "attachBtfId", "attachBtfFd", "kernelName", "version"],
  ...["typed", "fdArray"],
];

function programDiffers({ programs, failed }, theirs) {
  const mine = programs.find(({ name }) => name === theirs.name);
  if (mine === undefined) {
    const why =
      failed.find(({ name }) => name === theirs.name)?.message ?? "the loader has no such program";
    return differ(theirs.type === STRUCT_OPS_PROGRAM ? "struct_ops" : "program", why);
  }
  const insns = renumbered(mine.insns, mine.names, theirs.maps);
  const kind = theirs.type === STRUCT_OPS_PROGRAM ? "struct_ops" : "attributes";
  return (
    bytesDiffer("instructions", insns, theirs.insns) ??
    bytesDiffer("func_info", mine.funcInfo, theirs.funcInfo) ??
    bytesDiffer("line_info", mine.lineInfo, theirs.lineInfo) ??
    valuesDiffer(kind, mine, theirs, programNames)
  );
}
