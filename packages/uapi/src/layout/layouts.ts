// SPDX-License-Identifier: MIT
import { attrTable } from "../generated/attr-table.js";
import type { AttrByCmd } from "../generated/attr-types.js";
import type { BpfCmdName } from "../generated/enums.js";
import { type KernelRelease, newestRelease } from "../generated/releases.js";
import { structTable } from "../generated/struct-table.js";
import type { StructByName, StructName } from "../generated/struct-types.js";
import { nearest } from "../nearest.js";
import { attrUnionSize, releaseCode } from "../releases.js";
import { makeLayout } from "./layout.js";
import type { Layout } from "./layout-types.js";
import { readRow } from "./table-row.js";

// Layouts are immutable and few, and creating one costs more than using it.
const attrs = new Map<string, Map<string, unknown>>();
const structs = new Map<string, Map<string, unknown>>();

/**
 * Returns the layout of a `bpf(2)` command's attributes in one kernel release. The size is that of
 * the whole `union bpf_attr`; a caller that wants to pass fewer bytes cuts them off.
 *
 * Section 0.3 of the specification has the offsets per release. Rules TC-01, MC-01, PL-01, BL-01,
 * BG-01 and EN-08 have the end of the last field.
 *
 * @param cmd - the command without prefix: `MAP_CREATE`.
 * @throws RangeError for an unknown command or release, and for a command that the release lacks.
 * @example
 * ```ts
 * const { bytes } = attrLayout("TOKEN_CREATE", "6.12").encode({ bpffs_fd: 3 });
 * ```
 */
export function attrLayout<C extends BpfCmdName>(
  cmd: C,
  release: KernelRelease,
): Layout<AttrByCmd[C]> {
  return cached(attrs, release, cmd, () => makeAttrLayout<AttrByCmd[C]>(cmd, release));
}

function makeAttrLayout<T extends object>(cmd: BpfCmdName, release: KernelRelease): Layout<T> {
  const code = releaseCode(release);
  const key = cmd === "PROG_RUN" ? "PROG_TEST_RUN" : cmd;
  if (!Object.hasOwn(attrTable, key)) {
    throw new RangeError(`command '${cmd}' is unknown${hint(cmd, Object.keys(attrTable))}`);
  }
  const row = readRow(attrTable[key]);
  const end = row.sizes.findLast(([since]) => since <= code)?.[1];
  if (end === undefined) throw new RangeError(`release ${release} has no command ${cmd}`);
  return makeLayout<T>({
    name: cmd,
    size: attrUnionSize(release),
    lastFieldEnd: end,
    rows: row.fields,
    code,
    release,
  });
}

/**
 * Returns the layout of a structure of the kernel interface.
 *
 * @param name - such as `bpf_map_info`.
 * @param release - default: the newest.
 * @throws RangeError for an unknown structure or release, or one that the release does not have.
 * @example
 * ```ts
 * const info = structLayout("bpf_map_info", "6.12");
 * info.decode(bytes).max_entries;
 * ```
 */
export function structLayout<N extends StructName>(
  name: N,
  release: KernelRelease = newestRelease,
): Layout<StructByName[N]> {
  return cached(structs, release, name, () => {
    const code = releaseCode(release);
    if (!Object.hasOwn(structTable, name)) {
      throw new RangeError(`structure '${name}' is unknown${hint(name, Object.keys(structTable))}`);
    }
    const row = readRow(structTable[name]);
    const size = row.sizes.findLast(([since]) => since <= code)?.[1];
    if (size === undefined) throw new RangeError(`release ${release} has no struct ${name}`);
    const parts = { name, size, lastFieldEnd: size, rows: row.fields, code, release };
    return makeLayout<StructByName[N]>(parts);
  });
}

function cached<T>(
  cache: Map<string, Map<string, unknown>>,
  release: string,
  name: string,
  make: () => T,
): T {
  const found = cache.get(release)?.get(name) as T | undefined;
  if (found !== undefined) return found;
  const made = make();
  const ofRelease = cache.get(release) ?? new Map<string, unknown>();
  cache.set(release, ofRelease.set(name, made));
  return made;
}

function hint(word: string, list: readonly string[]): string {
  const near = nearest(word, list);
  return near === undefined ? "" : `; did you mean '${near}'?`;
}
