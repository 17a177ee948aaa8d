// SPDX-License-Identifier: MIT
// Two correct kernels may assign different numbers to the same object; comparisons ignore these.

/**
 * A kind of BPF object with ids. The kernel numbers each kind separately: map 1 and program 1 are
 * different objects. Returned by {@link objectOf}.
 */
export type BpfObject = "map" | "prog" | "btf" | "link";

/**
 * A number that the kernel assigns freely, so equivalent kernels differ. See
 * {@link assignedNumberFields}.
 */
export type AssignedNumber = "pid" | "inode" | "device" | "mount" | "fd" | BpfObject;

/**
 * The structure fields that hold an assigned number, with its kind.
 *
 * @example
 * ```ts
 * assignedNumberFields["bpf_map_info.id"]; // "map"
 * ```
 */
export const assignedNumberFields: Readonly<Record<string, AssignedNumber>> = {
  "stat.st_ino": "inode",
  "stat.st_dev": "device",
  "bpf_map_info.id": "map",
  "bpf_map_info.btf_id": "btf",
  "bpf_prog_info.id": "prog",
  "bpf_prog_info.btf_id": "btf",
  "bpf_btf_info.id": "btf",
  "bpf_map_info.btf_vmlinux_id": "btf",
};

/** `bpf_attr` fields and fdinfo lines that hold the id of an object. */
const objectFields = /(?:^|\.)(prog|map|btf|link)_id$/;

/**
 * Returns which kind of object a `bpf_attr` field or a line of fdinfo identifies.
 *
 * @param field - name of the field, as `prog_id`.
 * @returns `undefined` where the field holds no object id.
 * @example
 * ```ts
 * objectOf("map_id"); // "map"
 * objectOf("map_flags"); // undefined
 * ```
 */
export function objectOf(field: string): BpfObject | undefined {
  return objectFields.exec(field)?.[1] as BpfObject | undefined;
}

/**
 * Whether a `bpf_attr` field holds a file descriptor, by its name.
 *
 * @example
 * ```ts
 * isFdField("map_fd"); // true
 * ```
 */
export function isFdField(field: string): boolean {
  return /(?:^|[._])fd$/.test(field);
}

const makesFd = /^(MAP_CREATE|PROG_LOAD|BTF_LOAD|TOKEN_CREATE|OBJ_GET|LINK_CREATE|ITER_CREATE)$/;
const opensFd = /_GET_FD_BY_ID$|^RAW_TRACEPOINT_OPEN$|^ENABLE_STATS$/;

/**
 * Whether a `bpf()` command returns a file descriptor.
 *
 * @param cmd - name of the command without prefix, as `MAP_CREATE`.
 * @example
 * ```ts
 * returnsFd("TOKEN_CREATE"); // true
 * returnsFd("MAP_LOOKUP_ELEM"); // false
 * ```
 */
export function returnsFd(cmd: string): boolean {
  return makesFd.test(cmd) || opensFd.test(cmd);
}
