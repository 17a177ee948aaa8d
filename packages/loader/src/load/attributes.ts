// SPDX-License-Identifier: MIT
import type { MapSpec } from "@bpf-token/object";
import { type AttrByCmd, BPF_F, MapType } from "@bpf-token/uapi";
import type { TokenInUse } from "./session.js";

/** Adds the token to flags and fields of BPF_MAP_CREATE. */
export function mapToken(
  token: TokenInUse | undefined,
  flags = 0,
): Partial<AttrByCmd["MAP_CREATE"]> {
  if (token === undefined) return { map_flags: flags };
  return { map_flags: withFlag(flags), map_token_fd: token.fd };
}

/** Adds the token to flags and fields of BPF_PROG_LOAD. */
export function progToken(
  token: TokenInUse | undefined,
  flags = 0,
): Partial<AttrByCmd["PROG_LOAD"]> {
  if (token === undefined) return { prog_flags: flags };
  return { prog_flags: withFlag(flags), prog_token_fd: token.fd };
}

/** Adds the token to flags and fields of BPF_BTF_LOAD. */
export function btfToken(token: TokenInUse | undefined): Partial<AttrByCmd["BTF_LOAD"]> {
  return token === undefined ? {} : { btf_flags: BPF_F.TOKEN_FD, btf_token_fd: token.fd };
}

const withFlag = (flags: number): number => (flags | BPF_F.TOKEN_FD) >>> 0;

/** Map types for which the kernel refuses BTF of keys and values. */
const untyped: ReadonlySet<number> = new Set([
  ...[MapType.PERF_EVENT_ARRAY, MapType.CGROUP_ARRAY, MapType.STACK_TRACE],
  ...[MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS, MapType.DEVMAP, MapType.DEVMAP_HASH],
  ...[MapType.CPUMAP, MapType.XSKMAP, MapType.SOCKMAP, MapType.SOCKHASH],
  ...[MapType.QUEUE, MapType.STACK, MapType.ARENA],
]);

const rings: ReadonlySet<number> = new Set([MapType.RINGBUF, MapType.USER_RINGBUF]);
const PAGE = 4096;

/** Returns the number of entries that the kernel requires, where the loader has to choose it. */
export function entriesOf({ type, maxEntries }: MapSpec, processors: number): number {
  if (type === MapType.PERF_EVENT_ARRAY && maxEntries === 0) return processors;
  if (!rings.has(type) || maxEntries === 0) return maxEntries;
  let size = PAGE;
  while (size < maxEntries) size *= 2;
  return size;
}

/** The inputs of a map's attributes, apart from its specification. */
export interface MapParts {
  readonly token: TokenInUse | undefined;
  /** The fd of the object's BTF; `undefined` creates the map without BTF. */
  readonly btfFd: number | undefined;
  readonly innerFd: number | undefined;
  readonly processors: number;
  /** The type id of the value in the kernel's BTF, for struct_ops. */
  readonly kernelTypeId: number | undefined;
}

/** Builds the attributes of BPF_MAP_CREATE. */
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
