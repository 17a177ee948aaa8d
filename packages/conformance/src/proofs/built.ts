// SPDX-License-Identifier: MIT
import {
  bpf,
  capabilityMask,
  getCapabilities,
  raw,
  setCapabilities,
  type Task,
} from "@bpf-token/syscall";
import { BAD_ADDRESS, Errno, insn, type Mem, ProgType, structLayout } from "@bpf-token/uapi";
import { type Proof, proveEqual, proveNotModelled } from "./proof.js";

/** Calls OBJ_GET_INFO_BY_FD on the kernel's BTF; returns the result and the name buffer. */
function nameOfBtf(task: Task, length: number): readonly [number, string] {
  const bpf_fd = bpf(task, "BTF_GET_FD_BY_ID", { btf_id: 1 });
  const name = new Uint8Array(length).fill(0x78);
  const asked = structLayout("bpf_btf_info").encode({ name_len: length, name });
  const info: Mem = { ...asked, dir: "inout" };
  const ret = bpf(task, "OBJ_GET_INFO_BY_FD", { bpf_fd, info_len: info.bytes.length, info });
  raw.close(task, bpf_fd);
  return [ret, String.fromCharCode(...name).replaceAll("\0", ".")];
}

/** Build options of the kernel, which a scenario cannot change. */
export const builtProofs: readonly Proof[] = [
  {
    name: "a kernel built without bpf() answers ENOSYS to every command",
    rules: ["SY-01"],
    run(open) {
      const without = open({ bpfSyscall: false }).init;
      const map = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 };
      proveEqual(bpf(without, "MAP_CREATE", map), -Errno.ENOSYS, "MAP_CREATE");
      proveEqual(bpf(without, "TOKEN_CREATE", {}), -Errno.ENOSYS, "TOKEN_CREATE");
      proveEqual(bpf(open().init, "MAP_CREATE", map) >= 0, true, "with bpf()");
    },
  },
  {
    name: "the name of the kernel's BTF is truncated to the caller's buffer",
    rules: ["CG-11"],
    run(open) {
      const { init } = open();
      proveEqual(nameOfBtf(init, 8), [0, "vmlinux."], "a buffer of the exact size");
      proveEqual(nameOfBtf(init, 10), [0, "vmlinux.xx"], "a larger buffer");
      proveEqual(nameOfBtf(init, 4), [-Errno.ENOSPC, "vml."], "a smaller buffer");
    },
  },
  {
    name: "BTF names and map ids are written to the caller's buffers",
    rules: ["CG-11"],
    run(open) {
      const { init } = open();
      const bpf_fd = bpf(init, "BTF_GET_FD_BY_ID", { btf_id: 1 });
      const layout = structLayout("bpf_btf_info");
      const unnamed = layout.encode({ name_len: 8, name: BAD_ADDRESS });
      const about = { bpf_fd, info_len: unnamed.bytes.length, info: unnamed };
      proveEqual(bpf(init, "OBJ_GET_INFO_BY_FD", about), -Errno.EFAULT, "an invalid buffer");
      const sizes = { key_size: 4, value_size: 4, max_entries: 1 };
      const map_fd = bpf(init, "MAP_CREATE", { map_type: 2, ...sizes });
      const insns = Uint8Array.of(...insn(0xb7), ...insn(0x95));
      const program = { insns, insn_cnt: 2, license: "GPL", prog_type: ProgType.XDP };
      const prog_fd = bpf(init, "PROG_LOAD", program);
      proveEqual(bpf(init, "PROG_BIND_MAP", { prog_fd, map_fd }), 0, "PROG_BIND_MAP");
      const ids = new Uint8Array(4);
      const asked = structLayout("bpf_prog_info").encode({ nr_map_ids: 1, map_ids: ids });
      const given = { bpf_fd: prog_fd, info_len: asked.bytes.length, info: asked };
      proveEqual(bpf(init, "OBJ_GET_INFO_BY_FD", given), 0, "map ids");
      proveEqual([...ids], [1, 0, 0, 0], "the id of the map");
    },
  },
  {
    name: "PROG_QUERY needs CAP_NET_ADMIN or CAP_SYS_ADMIN, and is not modelled beyond that",
    rules: ["CG-08", "EN-08"],
    run(open) {
      const { init } = open();
      for (const cap of ["NET_ADMIN", "SYS_ADMIN"] as const) {
        const task = init.fork();
        const effective = capabilityMask([cap]);
        setCapabilities(task, { ...getCapabilities(task), effective });
        proveNotModelled(() => bpf(task, "PROG_QUERY", {}), "PROG_QUERY");
      }
    },
  },
  {
    name: "without kernel BTF no program can refer to a kernel type",
    rules: ["RN-07"],
    run(open) {
      const insns = Uint8Array.of(...insn(0xb7), ...insn(0x95));
      const common = { insns, insn_cnt: 2, license: "GPL" };
      const named = { ...common, prog_type: ProgType.XDP, attach_btf_id: 1 };
      const without = open({ vmlinuxBtf: false }).init;
      proveEqual(bpf(without, "PROG_LOAD", named), -Errno.EINVAL, "a type of the kernel");
      proveEqual(without.refusal()?.check, "btf.vmlinux", "the refusing check");
      const target = open().init;
      proveEqual(bpf(target, "PROG_LOAD", named), -Errno.EINVAL, "an XDP program with a type");
      proveEqual(target.refusal()?.check, "prog.load.btf_id", "the refusing check with BTF");
    },
  },
];
