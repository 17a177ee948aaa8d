// SPDX-License-Identifier: MIT

/** Fixtures that files are made of. */
export const fixtures = ["types", "maps", "programs", "core", "kernel"];

/** A file may not take longer than that, of a processor: how busy the machine is does not count. */
const SLOWEST_MS = 1000;

/** What is made of a file may not be larger than so many files. */
const LARGEST = 10;

/**
 * Does with a file all that can be done with it.
 *
 * @param object - the package, and `plan` of the loader where that is tried as well.
 * @param target - types of a kernel for CO-RE.
 * @returns what is wrong with the package, `undefined` if nothing is.
 */
export function exercise(object, file, target) {
  const start = process.cpuUsage();
  let bytes = 0;
  try {
    bytes = everything(object, file, target);
  } catch (error) {
    if (!(error instanceof object.ObjectFormatError)) return `${error?.stack ?? error}`;
  }
  const { user, system } = process.cpuUsage(start);
  const spent = (user + system) / 1000;
  if (spent > SLOWEST_MS) return `took ${spent.toFixed(0)} ms`;
  if (bytes > LARGEST * file.length) return `${file.length} bytes became ${bytes}`;
  return undefined;
}

/** @returns bytes of the largest thing that was made of the file. */
function everything(object, file, target) {
  const spec = object.parseObject(file, { name: "fuzzed.o" });
  let largest = spec.functions.reduce((sum, { insns }) => sum + insns.length, 0);
  const attempts = [
    ...(spec.btf === undefined ? [] : [() => types(object, spec.btf)]),
    () => object.relocateCore(spec, target),
    // The object's own types are a kernel as broken as the object.
    () => object.relocateCore(spec, spec.btf ?? target),
    () => object.objectNeeds(spec, { loader: "libbpf", wanted: () => true }),
    ...spec.maps.flatMap(({ keyTypeId, valueTypeId }) =>
      [keyTypeId, valueTypeId].map((id) => () => values(object, spec.btf, id)),
    ),
    // What the kernel would be asked for: a LoadError is part of what a plan answers.
    () => object.plan?.(spec, { kernelBtf: target, kallsyms: "", kconfig: "" }),
    () => object.plan?.(spec, { loader: "libbpf", token: true, kernelBtf: target, kconfig: "" }),
    ...spec.programs.map((program) => () => {
      const linked = object.linkProgram(spec, program);
      largest = Math.max(largest, linked.insns.length);
      object.bindProgram(linked, spec.externs, { map: () => 3, extern: () => undefined });
      if (spec.btf && linked.lineInfo) object.decodeLineInfo(linked.lineInfo, spec.btf);
    }),
  ];
  for (const attempt of attempts) tolerant(object, attempt);
  return largest;
}

/** Every type, decoded and written again, and as an old kernel would get it. */
function types(object, btf) {
  const all = [];
  for (let id = btf.firstId; id < btf.endId; id++) {
    tolerant(object, () => all.push(btf.type(id)));
    tolerant(object, () => object.sizeOfType(btf, id));
  }
  object.encodeBtf(all);
  const nothing = Object.keys(object.allBtfFeatures).map((name) => [name, false]);
  object.sanitiseBtf(btf, Object.fromEntries(nothing));
}

/** Values of a type: those of zeroes, written again. */
function values(object, btf, id) {
  if (btf === undefined || id === 0) return;
  const codec = object.valueCodec(btf, id);
  // Larger than any map of ours, whatever the type says.
  if (codec.size > 1 << 16) return;
  codec.encode(codec.decode(new Uint8Array(codec.size)));
}

/** One part being malformed says nothing about the next. */
function tolerant(object, attempt) {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof object.ObjectFormatError)) throw error;
  }
}
