// SPDX-License-Identifier: MIT
import type { MapSpec } from "@bpf-token/object";
import { type AttrByCmd, BPF_F, MapType } from "@bpf-token/uapi";
import type { TokenInUse } from "./session.js";

/** Flags and the field of BPF_MAP_CREATE that hand a token over. */
export function mapToken(
  token: TokenInUse | undefined,
  flags = 0,
): Partial<AttrByCmd["MAP_CREATE"]> {
  if (token === undefined) return { map_flags: flags };
  return { map_flags: withFlag(flags), map_token_fd: token.fd };
}

/** Flags and the field of BPF_PROG_LOAD that hand a token over. */
export function progToken(
  token: TokenInUse | undefined,
  flags = 0,
): Partial<AttrByCmd["PROG_LOAD"]> {
  if (token === undefined) return { prog_flags: flags };
  return { prog_flags: withFlag(flags), prog_token_fd: token.fd };
}

/** The field of BPF_BTF_LOAD that hands a token over. */
export function btfToken(token: TokenInUse | undefined): Partial<AttrByCmd["BTF_LOAD"]> {
  return token === undefined ? {} : { btf_flags: BPF_F.TOKEN_FD, btf_token_fd: token.fd };
}

const withFlag = (flags: number): number => (flags | BPF_F.TOKEN_FD) >>> 0;

/** Types of maps that take no types of keys and values. Fixed by the kernel since Linux 5.x. */
const untyped: ReadonlySet<number> = new Set([
  ...[MapType.PERF_EVENT_ARRAY, MapType.CGROUP_ARRAY, MapType.STACK_TRACE],
  ...[MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS, MapType.DEVMAP, MapType.DEVMAP_HASH],
  ...[MapType.CPUMAP, MapType.XSKMAP, MapType.SOCKMAP, MapType.SOCKHASH],
  ...[MapType.QUEUE, MapType.STACK, MapType.ARENA],
]);

const rings: ReadonlySet<number> = new Set([MapType.RINGBUF, MapType.USER_RINGBUF]);
const PAGE = 4096;

/** The number of entries that a kernel wants, where the object leaves it to the loader. */
export function entriesOf({ type, maxEntries }: MapSpec, processors: number): number {
  if (type === MapType.PERF_EVENT_ARRAY && maxEntries === 0) return processors;
  if (!rings.has(type) || maxEntries === 0) return maxEntries;
  let size = PAGE;
  while (size < maxEntries) size *= 2;
  return size;
}

/** What a map is made of, beside its specification. */
export interface MapParts {
  readonly token: TokenInUse | undefined;
  /** Descriptor of the object's BTF; without, the map has no types. */
  readonly btfFd: number | undefined;
  readonly innerFd: number | undefined;
  readonly processors: number;
  /** The type of the value in the kernel's BTF, for tables of functions. */
  readonly kernelTypeId: number | undefined;
}

/** The attribute of BPF_MAP_CREATE. */
export function mapAttr(spec: MapSpec, parts: MapParts): Partial<AttrByCmd["MAP_CREATE"]> {
  const { token, btfFd, innerFd, processors, kernelTypeId } = parts;
  const typed = btfFd !== undefined && !untyped.has(spec.type);
  return {
    map_type: spec.type,
    key_size: spec.keySize,
    value_size: spec.valueSize,
    max_entries: entriesOf(spec, processors),
    numa_node: spec.numaNode,
    map_name: spec.kernelName,
    map_extra: spec.extra,
    ...mapToken(token, spec.flags),
    ...(kernelTypeId === undefined ? {} : { btf_vmlinux_value_type_id: kernelTypeId }),
    ...(innerFd === undefined ? {} : { inner_map_fd: innerFd }),
    ...(typed
      ? {
          btf_fd: btfFd,
          btf_key_type_id: spec.keyTypeId,
          btf_value_type_id: spec.valueTypeId,
        }
      : {}),
  };
}
