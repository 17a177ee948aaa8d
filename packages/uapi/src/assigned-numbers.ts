// SPDX-License-Identifier: MIT
// Numbers that two healthy kernels need not agree on, and where they are found.

/** What has numbers of its own: map 1 is another thing than program 1. */
export type BpfObject = "map" | "prog" | "btf" | "link";

/** What two kernels that do the same may number otherwise. */
export type AssignedNumber = "pid" | "inode" | "device" | "mount" | "fd" | BpfObject;

/** Fields of structures that hold such a number. */
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

/** Fields of attributes that hold the number of an object, and lines of fdinfo. */
const objectFields = /(?:^|\.)(prog|map|btf|link)_id$/;

/** The object whose number a field of an attribute, or a line of fdinfo, holds. */
export function objectOf(field: string): BpfObject | undefined {
  return objectFields.exec(field)?.[1] as BpfObject | undefined;
}

/** Whether a field of an attribute holds a descriptor. */
export function isFdField(field: string): boolean {
  return /(?:^|[._])fd$/.test(field);
}

const makesFd = /^(MAP_CREATE|PROG_LOAD|BTF_LOAD|TOKEN_CREATE|OBJ_GET|LINK_CREATE|ITER_CREATE)$/;
const opensFd = /_GET_FD_BY_ID$|^RAW_TRACEPOINT_OPEN$|^ENABLE_STATS$/;

/** Whether a command of bpf(), named without prefix, answers a descriptor. */
export function returnsFd(cmd: string): boolean {
  return makesFd.test(cmd) || opensFd.test(cmd);
}
