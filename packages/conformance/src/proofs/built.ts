// SPDX-License-Identifier: MIT
import { bpf, raw, type Task } from "@bpf-token/syscall";
import { Errno, insn, type Mem, ProgType, structLayout } from "@bpf-token/uapi";
import { type Proof, proveEqual } from "./proof.js";

/** OBJ_GET_INFO_BY_FD of the kernel's own BTF, with room for its name: the answer and the room. */
function nameOfBtf(task: Task, length: number): readonly [number, string] {
  const bpf_fd = bpf(task, "BTF_GET_FD_BY_ID", { btf_id: 1 });
  const name = new Uint8Array(length).fill(0x78);
  const asked = structLayout("bpf_btf_info").encode({ name_len: length, name });
  const info: Mem = { ...asked, dir: "inout" };
  const ret = bpf(task, "OBJ_GET_INFO_BY_FD", { bpf_fd, info_len: info.bytes.length, info });
  raw.close(task, bpf_fd);
  return [ret, String.fromCharCode(...name).replaceAll("\0", ".")];
}

/** What a kernel was built without, which no scenario can take away. */
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
    name: "the name of the kernel's BTF is cut where it does not fit",
    rules: ["CG-11"],
    run(open) {
      const { init } = open();
      proveEqual(nameOfBtf(init, 8), [0, "vmlinux."], "room for the name");
      proveEqual(nameOfBtf(init, 10), [0, "vmlinux.xx"], "room for more");
      proveEqual(nameOfBtf(init, 4), [-Errno.ENOSPC, "vml."], "room for less");
    },
  },
  {
    name: "without BTF of the kernel no program names one of its types",
    rules: ["RN-07"],
    run(open) {
      const insns = Uint8Array.of(...insn(0xb7), ...insn(0x95));
      const common = { insns, insn_cnt: 2, license: "GPL" };
      const named = { ...common, prog_type: ProgType.XDP, attach_btf_id: 1 };
      const without = open({ vmlinuxBtf: false }).init;
      proveEqual(bpf(without, "PROG_LOAD", named), -Errno.EINVAL, "a type of the kernel");
      proveEqual(without.refusal()?.check, "btf.vmlinux", "what refused");
      const target = open().init;
      proveEqual(bpf(target, "PROG_LOAD", named), -Errno.EINVAL, "an XDP program with a type");
      proveEqual(target.refusal()?.check, "prog.load.btf_id", "what refuses it with BTF");
    },
  },
];
