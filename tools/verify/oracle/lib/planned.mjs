// SPDX-License-Identifier: MIT

const PSEUDO_MAP_FD = 1;
const PSEUDO_MAP_VALUE = 2;
const LD_IMM64 = 0x18;
const INSN = 8;

/**
 * The calls that this repository's loader would make for an object: all programs at once, or if
 * that fails each program alone, as the recorder does with libbpf.
 *
 * @param loader - the package.
 * @param kernel - `btf`, `processors`, `kallsyms`, `kconfig`.
 * @returns `btfs`, `maps` and `programs` with the recorder's field names.
 */
export function planned(loader, kernel, spec) {
  const { btf, processors, kallsyms, kconfig, release } = kernel;
  const options = { kernelBtf: btf, processors, kallsyms, kconfig, release, externs: "all" };
  /** @type {{ btfs: Uint8Array[], maps: any[], programs: any[], failed: any[] }} */
  const all = { btfs: [], maps: [], programs: [], failed: [] };
  const collect = (programs) => {
    const { calls, failure } = loader.plan(spec, { ...options, programs });
    const one = grouped(calls.filter(({ purpose }) => purpose === "object"));
    for (const what of ["btfs", "maps", "programs"]) all[what].push(...one[what]);
    return failure;
  };
  const attempt = (name, programs) => {
    const failure = collect(programs);
    if (failure !== undefined) all.failed.push({ name, message: failure.message });
    return failure === undefined;
  };
  if (attempt("", () => true)) return all;
  for (const program of spec.programs) attempt(program.name, (one) => one === program);
  return all;
}

function grouped(calls) {
  const of = (cmd) => calls.filter((call) => call.cmd === cmd);
  const names = new Map();
  const maps = of("MAP_CREATE").map(({ attr, answer }) => {
    const before = [...names.values()].filter((name) => name.startsWith(`${attr.map_name}#`));
    names.set(answer, `${attr.map_name}#${before.length}`);
    return mapFields(attr);
  });
  return {
    btfs: of("BTF_LOAD").map(({ attr }) => attr.btf),
    maps,
    programs: of("PROG_LOAD").map(({ attr, subject }) => ({
      ...programFields(attr, subject),
      names,
    })),
  };
}

const mapFields = (attr) => ({
  name: attr.map_name,
  type: attr.map_type,
  keySize: attr.key_size,
  valueSize: attr.value_size,
  maxEntries: attr.max_entries,
  flags: attr.map_flags,
  keyTypeId: attr.btf_key_type_id ?? 0,
  valueTypeId: attr.btf_value_type_id ?? 0,
  extra: String(attr.map_extra),
  numaNode: attr.numa_node,
  inner: attr.inner_map_fd !== undefined,
  typed: attr.btf_fd !== undefined,
});

const programFields = (attr, name) => ({
  name,
  type: attr.prog_type,
  attach: attr.expected_attach_type,
  flags: attr.prog_flags,
  attachBtfId: attr.attach_btf_id ?? 0,
  license: attr.license,
  kernelName: attr.prog_name,
  version: attr.kern_version,
  typed: attr.prog_btf_fd !== undefined,
  attachBtfFd: attr.attach_btf_obj_fd ?? 0,
  fdArray: attr.fd_array !== undefined,
  insns: attr.insns,
  funcInfo: attr.func_info ?? new Uint8Array(),
  lineInfo: attr.line_info ?? new Uint8Array(),
});

/**
 * Instructions with libbpf's fds for the same maps.
 *
 * @param names - of maps, by our fds.
 * @param theirs - libbpf's fds, by name.
 */
export function renumbered(insns, names, theirs) {
  const bytes = insns.slice();
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 2 * INSN <= bytes.length; at += INSN) {
    if (bytes[at] !== LD_IMM64) continue;
    const source = bytes[at + 1] >> 4;
    if (source === PSEUDO_MAP_FD || source === PSEUDO_MAP_VALUE) {
      const name = names.get(view.getInt32(at + 4, true));
      // Tests of verifiers contain fds that belong to no map of the object.
      if (name !== undefined) view.setInt32(at + 4, theirs.get(name) ?? -1, true);
    }
    at += INSN;
  }
  return bytes;
}
