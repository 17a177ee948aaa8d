// SPDX-License-Identifier: MIT

/** Fixtures that are mutated. */
export const fixtures = ["types", "maps", "programs", "core", "kernel"];

/** The CPU time limit per file; CPU time does not depend on the load of the machine. */
const SLOWEST_MS = 1000;

/** The size limit of results, as a multiple of the file's size. */
const LARGEST = 10;

/**
 * Runs all functions of the package on a file.
 *
 * @param object - the package, and `plan` of the loader if that is tested as well.
 * @param target - BTF of a kernel for CO-RE.
 * @returns the error of the package, or `undefined`.
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

/** @returns the size of the largest result, in bytes. */
function everything(object, file, target) {
  const spec = object.parseObject(file, { name: "fuzzed.o" });
  let largest = spec.functions.reduce((sum, { insns }) => sum + insns.length, 0);
  const attempts = [
    ...(spec.btf === undefined ? [] : [() => types(object, spec.btf)]),
    () => object.relocateCore(spec, target),
    // The object's own BTF serves as the BTF of a kernel that is equally broken.
    () => object.relocateCore(spec, spec.btf ?? target),
    () => object.objectNeeds(spec, { loader: "libbpf", wanted: () => true }),
    ...spec.maps.flatMap(({ keyTypeId, valueTypeId }) =>
      [keyTypeId, valueTypeId].map((id) => () => values(object, spec.btf, id)),
    ),
    // The plan of bpf() calls. A LoadError is a valid result of a plan.
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

/** Decodes and encodes every type, also as for an old kernel. */
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

/** Decodes and encodes a zero value of a type. */
function values(object, btf, id) {
  if (btf === undefined || id === 0) return;
  const codec = object.valueCodec(btf, id);
  // Larger than the values of all maps in the fixtures, so the type is corrupt.
  if (codec.size > 1 << 16) return;
  codec.encode(codec.decode(new Uint8Array(codec.size)));
}

/** Ignores ObjectFormatError, so that the other parts of the file are tried as well. */
function tolerant(object, attempt) {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof object.ObjectFormatError)) throw error;
  }
}
