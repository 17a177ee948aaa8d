// SPDX-License-Identifier: MIT
import { bpf, raw, type Task } from "@bpf-token/syscall";
import {
  attrLayout,
  BPF_COMMON,
  BpfCmd,
  Errno,
  insn,
  ProgType,
  structLayout,
} from "@bpf-token/uapi";
import { type Proof, proveEqual, proveNotModelled } from "./proof.js";

/** `r0 = 1; exit` with its licence: the fields that every PROG_LOAD here has. */
const program = {
  prog_type: ProgType.XDP,
  insns: Uint8Array.from([...insn(0xb7, 0, 0, 0, 1), ...insn(0x95)]),
  insn_cnt: 2,
  license: "GPL",
} as const;

interface Log {
  readonly buffer: Uint8Array;
  readonly size: number;
  readonly level: number;
}

/** PROG_LOAD with a log in the attribute and another one in the common attributes. */
function loadWithLogs(task: Task, own: Log, common: Log): number {
  const layout = attrLayout("PROG_LOAD", "7.2");
  const attr = layout.encode({
    ...program,
    log_buf: own.buffer,
    log_size: own.size,
    log_level: own.level,
  });
  const fields = { log_buf: common.buffer, log_size: common.size, log_level: common.level };
  const more = structLayout("bpf_common_attr");
  const cmd = BpfCmd.PROG_LOAD | BPF_COMMON.ATTRS;
  const ret = raw.bpf(task, cmd, attr, layout.size, more.encode(fields), more.size);
  if (ret >= 0) raw.close(task, ret);
  return Math.min(ret, 0);
}

const logs: Proof = {
  name: "a log in both places must have the same buffer, size and level",
  rules: ["LG-03"],
  run(open) {
    const { init } = open({ release: "7.2" });
    const buffer = new Uint8Array(64);
    const log: Log = { buffer, size: 64, level: 1 };
    const other = { ...log, buffer: new Uint8Array(64) };
    proveEqual(loadWithLogs(init, log, log), 0, "the same log");
    proveEqual(loadWithLogs(init, log, other), -Errno.EINVAL, "another buffer");
    proveEqual(loadWithLogs(init, log, { ...log, size: 32 }), -Errno.EINVAL, "another size");
    proveEqual(loadWithLogs(init, log, { ...log, level: 2 }), -Errno.EINVAL, "another level");
  },
};

const signatures: Proof = {
  name: "a signature that can be read is not judged",
  rules: ["PL-15"],
  run(open) {
    for (const release of ["6.18", "7.1"] as const) {
      const { init } = open({ release });
      const signature = new Uint8Array(8);
      const attr = { ...program, signature, signature_size: signature.length, keyring_id: 0 };
      proveNotModelled(() => bpf(init, "PROG_LOAD", attr), "program signatures");
    }
  },
};

/** Attributes of PROG_LOAD that a scenario cannot express: shared memory, and unmodelled fields. */
export const progAttributeProofs: readonly Proof[] = [logs, signatures];
