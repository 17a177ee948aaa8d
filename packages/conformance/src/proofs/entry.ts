// SPDX-License-Identifier: MIT
import { bpf, raw, unshare, writeIdMaps } from "@bpf-token/syscall";
import { BpfCmd, Errno } from "@bpf-token/uapi";
import { type ModelKernel, type Proof, proveEqual } from "./proof.js";

const name = "kernel.unprivileged_bpf_disabled";

/** The results of root in a container without a token for a map, a program and BTF. */
function askAll(kernel: ModelKernel): readonly number[] {
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app);
  const insns = { bytes: Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0) };
  const license = { bytes: new TextEncoder().encode("GPL\0") };
  const map = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 } as const;
  return [
    bpf(app, "MAP_CREATE", map),
    bpf(app, "PROG_LOAD", { prog_type: 1, insn_cnt: 2, insns, license }),
    bpf(app, "BTF_LOAD", {}),
    bpf(app, "OBJ_GET_INFO_BY_FD", { bpf_fd: 0 }),
  ].map((ret) => Math.min(ret, 0));
}

/** BTF with one integer and `count` pointers to it. */
function manyTypes(count: number): Uint8Array {
  const types = 16 + 12 * count;
  const bytes = new Uint8Array(24 + types + 5);
  const words = new Uint32Array(bytes.buffer, 0, (24 + types) / 4);
  words.set([0x1eb9f, 24, 0, types, types, 5, 1, 1 << 24, 4, (1 << 24) | 32]);
  for (let at = 10; at < words.length; at += 3) words.set([0, 2 << 24, 1], at);
  bytes.set(new TextEncoder().encode("\0int\0"), 24 + types);
  return bytes;
}

/** Proofs about the entry of bpf() that need a separate kernel or much memory. */
export const entryProofs: readonly Proof[] = [
  {
    name: "unprivileged_bpf_disabled=1 restricts bpf() like the value 2",
    rules: ["SY-01", "SY-02", "SY-03"],
    run(open) {
      const closed = [-Errno.EPERM, -Errno.EPERM, -Errno.EPERM, -Errno.EINVAL];
      for (const value of [1, 2] as const) {
        const kernel = open({ unprivilegedBpfDisabled: value });
        proveEqual(kernel.readSysctl(name), value, "the sysctl at boot");
        proveEqual(askAll(kernel), closed, `answers at ${value}`);
      }
      const free = open({ unprivilegedBpfDisabled: 0 });
      proveEqual(askAll(free), [0, 0, -Errno.EPERM, -Errno.EINVAL], "answers at 0");
      proveEqual(open().readSysctl(name), 2, "the sysctl by default");
    },
  },
  {
    name: "unprivileged_bpf_disabled=1 cannot be changed",
    rules: ["SY-03", "SY-10", "SY-11"],
    run(open) {
      const kernel = open({ unprivilegedBpfDisabled: 0 });
      const write = (value: number): number => kernel.writeSysctl(kernel.init, name, value);
      proveEqual([write(2), write(0), write(1)], [0, 0, 0], "0 to 2, to 0, to 1");
      proveEqual([write(0), write(2)], [-Errno.EPERM, -Errno.EPERM], "1 to another value");
      proveEqual(kernel.init.refusal()?.check, "sysctl.locked", "the refusing check");
      proveEqual([write(3), write(1)], [-Errno.EINVAL, 0], "an invalid value first; 1 to 1");
      proveEqual(kernel.readSysctl(name), 1, "the sysctl");
    },
  },
  {
    name: "BTF has at most about a million types",
    rules: ["BL-05"],
    run(open) {
      const kernel = open();
      const load = (count: number): number => {
        const bytes = manyTypes(count);
        return bpf(kernel.init, "BTF_LOAD", {
          btf: { bytes, dir: "in" },
          btf_size: bytes.length,
        });
      };
      proveEqual(load(1000) >= 0, true, "a thousand types");
      proveEqual(load(0xfffff), -Errno.E2BIG, "one type too many");
      proveEqual(kernel.init.refusal()?.check, "btf.too_many", "the refusing check");
    },
  },
  {
    name: "attributes that are not passed are zero",
    rules: ["EN-04", "EN-05"],
    run(open) {
      const kernel = open();
      const full = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1, map_flags: 0x80 };
      proveEqual(bpf(kernel.init, "MAP_CREATE", full) >= 0, true, "a map");
      const answers = [raw.bpf(kernel.init, BpfCmd.MAP_CREATE, null, 0)];
      answers.push(raw.bpf(kernel.init, BpfCmd.BTF_GET_FD_BY_ID, null, 0));
      proveEqual(answers, [-Errno.EINVAL, -Errno.ENOENT], "no attributes of the previous call");
    },
  },
];
