// SPDX-License-Identifier: MIT
import { basename } from "node:path";

const PERF_EVENT_ARRAY = 4;
const STRUCT_OPS = 26;
const rings = [27, 31];
const PAGE = 4096;

/**
 * What libbpf asked for beside what this repository's package makes of the same file.
 *
 * @param object - the package.
 * @param kernel - `btf`, the types that libbpf had; `address(name)`, of symbols; `processors`.
 * @param file - the object's bytes.
 * @param theirs - see `record()`.
 * @returns how many things were compared, by what they are, and what differs.
 */
export function compare(object, kernel, file, theirs) {
  const compared = { opens: 1, btfs: 0, maps: 0, programs: 0 };
  const mine = opened(object, file, basename(theirs.file));
  if (theirs.error !== 0 || mine.error !== undefined) {
    if (theirs.error !== 0 && mine.error !== undefined) return { compared, differences: [] };
    return { compared, differences: [onlyOne(mine, theirs)] };
  }
  const { spec } = mine;
  const differences = [];
  const check = (what, name, different) => {
    compared[what]++;
    if (different !== undefined)
      differences.push({ kind: different.kind, text: `${name}: ${different.text}` });
  };
  for (const btf of theirs.btfs) check("btfs", "BTF", bytesDiffer("btf", spec.btf?.raw, btf));
  for (const map of unique(theirs.maps)) {
    check("maps", `map ${map.name}`, mapDiffers(kernel, spec, map));
  }
  for (const program of unique(theirs.programs)) {
    const of = { object, kernel, spec, program };
    check("programs", `program ${program.name}`, programDiffers(of));
  }
  return { compared, differences };
}

function opened(object, file, name) {
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
    return { kind, text: `libbpf takes it: ${error.message}` };
  }
  const legacy = spec.maps.some(({ origin }) => origin === "legacy");
  return { kind: legacy ? "legacy maps" : "only we", text: `libbpf refuses it: ${theirs.error}` };
}

/** Programs that were loaded alone bring maps along that were made before. */
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

function valuesDiffer(kind, mine, theirs) {
  const names = Object.keys(mine).filter((name) => mine[name] !== theirs[name]);
  if (names.length === 0) return undefined;
  const text = names.map((name) => `${name} ${mine[name]}, libbpf has ${theirs[name]}`);
  return differ(kind, text.join("; "));
}

function mapDiffers({ processors }, spec, theirs) {
  const named = inOrder(spec).filter(({ kernelName }) => kernelName === theirs.name);
  if (named.length === 0) {
    return differ(theirs.type === STRUCT_OPS ? "struct_ops" : "map", "there is no such map");
  }
  // Names that differ after 15 characters are the same to a kernel.
  const found = named.map((map) => attributesDiffer(map, processors, theirs));
  return found.includes(undefined) ? undefined : found[0];
}

/** Maps as they are made: what is in a map of maps before that one. */
function inOrder({ maps }) {
  return maps.flatMap((map) => (map.inner ? [map.inner, map] : [map]));
}

function attributesDiffer(map, processors, theirs) {
  // Maps of some types have no types of keys and values, whatever the definition says.
  const untyped = theirs.keyTypeId === 0 && theirs.valueTypeId === 0;
  const types = untyped ? {} : { keyTypeId: map.keyTypeId, valueTypeId: map.valueTypeId };
  return valuesDiffer(
    "map",
    {
      type: map.type,
      keySize: map.keySize,
      valueSize: map.valueSize,
      maxEntries: entries(map, processors),
      flags: map.flags,
      extra: String(map.extra),
      ...types,
    },
    theirs,
  );
}

/** What loaders make of the number of entries. */
function entries({ type, maxEntries }, processors) {
  if (type === PERF_EVENT_ARRAY && maxEntries === 0) return processors;
  if (!rings.includes(type)) return maxEntries;
  let size = maxEntries === 0 ? 0 : PAGE;
  while (size < maxEntries) size *= 2;
  return size;
}

function programDiffers({ object, kernel, spec, program: theirs }) {
  const program = spec.programs.find(({ name }) => name === theirs.name);
  if (program === undefined) return differ("program", "there is no such program");
  const plain = object.linkProgram(spec, program);
  // What a program does not need may lack in a kernel.
  const wanted = new Set(plain.functions);
  const adjusted = object.relocateCore(spec, kernel.btf, wanted).object;
  const linked = object.linkProgram(adjusted, program);
  const insns = object.bindProgram(linked, spec.externs, bindings(object, kernel, spec, theirs));
  const attached = program.attachBtf
    ? kernel.btf.id(program.attachBtf.name, program.attachBtf.kind)
    : 0;
  const tableOf =
    program.type === object.sectionKind("struct_ops").type ? "struct_ops" : "attributes";
  return (
    bytesDiffer("instructions", insns, theirs.insns) ??
    bytesDiffer("func_info", linked.funcInfo?.bytes, theirs.funcInfo) ??
    bytesDiffer("line_info", linked.lineInfo?.bytes, theirs.lineInfo) ??
    valuesDiffer(
      tableOf,
      {
        type: program.type,
        attach: program.attach,
        flags: program.flags,
        license: spec.license,
        attachBtfId: attached,
      },
      theirs,
    )
  );
}

/** The descriptors that libbpf had for maps, and what the kernel has for externs. */
function bindings(object, { btf, address }, spec, theirs) {
  const maps = new Map(spec.maps.map((map) => [map.name, numbered(spec, map)]));
  const externs = new Map(spec.externs.map((extern) => [extern.name, extern]));
  return {
    map: (name) => theirs.maps.get(maps.get(name)) ?? -1,
    extern: (name) => {
      const extern = externs.get(name);
      if (extern.typeId === 0) {
        const at = address(name);
        return at === undefined ? undefined : { address: at };
      }
      const typeId = object.findKsym(spec.btf, extern, btf);
      return typeId === undefined ? undefined : { typeId, btf: 0 };
    },
  };
}

/** `NAME#0`, `NAME#1` …: names that differ after 15 characters are the same to a kernel. */
function numbered(spec, map) {
  const alike = inOrder(spec).filter(({ kernelName }) => kernelName === map.kernelName);
  return `${map.kernelName}#${alike.indexOf(map)}`;
}
