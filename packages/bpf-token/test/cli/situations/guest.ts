// SPDX-License-Identifier: MIT
// Situations that need settings which a test must not change on this machine.
import { explainText } from "@bpf-token/diagnose";
import {
  bpf,
  createToken,
  delegateBpffs,
  type Kernel,
  raw,
  setCapabilities,
  type Task,
  unshare,
} from "@bpf-token/syscall";
import {
  AT,
  attrLayout,
  BpfCmd,
  insn,
  MapType,
  type MapTypeName,
  O,
  ProgType,
} from "@bpf-token/uapi";

/** What a call answered, and the text that a person would paste. */
interface Refused {
  readonly ret: number;
  readonly text: string;
}

/** A situation that is staged in a guest. */
export interface GuestSituation {
  readonly number: number;
  readonly what: string;
  readonly id: string;
  /** Stages it and makes the call. */
  readonly refused: (kernel: Kernel) => Refused;
  /** Makes the call after the fix, or as it was before a setting that cannot be changed back. */
  readonly fixed: (kernel: Kernel) => number;
  readonly fixedFirst?: true;
}

/** The guest, whose kernel is that of Debian stable. */
export const guest = "6.12";

const SYSCTL = "kernel.unprivileged_bpf_disabled";
const EPERM = "= -1 EPERM (Operation not permitted)";

const map = (task: Task, type: MapTypeName): number =>
  bpf(task, "MAP_CREATE", { map_type: MapType[type], key_size: 4, value_size: 8, max_entries: 1 });

/** A process of an ordinary user: without capabilities, in the initial user namespace. */
function nobody({ init }: Kernel): Task {
  const task = init.fork();
  setCapabilities(task, { effective: 0n, permitted: 0n, inheritable: 0n });
  return task;
}

function mapOfNobody(kernel: Kernel, type: MapTypeName, sysctl: number): Refused {
  kernel.writeSysctl(kernel.init, SYSCTL, sysctl);
  const call = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_${type}, map_flags=0}, 80)`;
  return { ret: map(nobody(kernel), type), text: `${SYSCTL} = ${sysctl}\n${call} ${EPERM}` };
}

/** Loads a kprobe program that writes eight bytes of its stack to address 0 with a helper. */
function writeUser(task: Task): Refused {
  const insns = [
    insn(0x7a, 10, 0, -8), // *(u64 *)(r10 - 8) = 0
    insn(0xb7, 1), // r1 = 0
    insn(0xbf, 2, 10), // r2 = r10
    insn(0x07, 2, 0, 0, -8), // r2 += -8
    insn(0xb7, 3, 0, 0, 8), // r3 = 8
    insn(0x85, 0, 0, 0, 36), // bpf_probe_write_user()
    insn(0xb7),
    insn(0x95),
  ];
  const bytes = Uint8Array.of(...insns.flatMap((one) => [...one]));
  const log = new Uint8Array(4096);
  const attr = attrLayout("PROG_LOAD", "6.12").encode({
    ...{ prog_type: ProgType.KPROBE, insns: bytes, insn_cnt: insns.length, license: "GPL" },
    ...{ log_level: 1, log_size: log.length, log_buf: { bytes: log, dir: "inout" } },
  });
  const ret = raw.bpf(task, BpfCmd.PROG_LOAD, attr, attr.bytes.length);
  return { ret, text: new TextDecoder().decode(log).replace(/\0.*$/s, "") };
}

/** Turns lockdown on, and returns what its file then contains. The kernel cannot turn it off again. */
function lock({ init }: Kernel): string {
  raw.mount(init, "none", "/mnt", "securityfs", 0, null);
  const fd = raw.openat(init, AT.FDCWD, "/mnt/lockdown", O.RDWR, 0);
  const mode = new TextEncoder().encode("integrity");
  raw.write(init, fd, mode, mode.length);
  raw.close(init, fd);
  raw.umount2(init, "/mnt", 0);
  return "none [integrity] confidentiality";
}

export const inGuest: readonly GuestSituation[] = [
  {
    number: 31,
    what: "BTF is opened by its id on Linux 6.12, which uses no token for it",
    id: "btf.fd_by_id.capable",
    refused: (kernel) => {
      const app = kernel.init.fork();
      unshare(app, "user", "mnt");
      createToken(app, delegateBpffs(app, kernel.init, { delegate_cmds: "any" }));
      const ret = bpf(app, "BTF_GET_FD_BY_ID", { btf_id: 1 });
      return { ret, text: `bpf(BPF_BTF_GET_FD_BY_ID, {btf_id=1}, 12) ${EPERM}` };
    },
    fixed: ({ init }) => bpf(init, "BTF_GET_FD_BY_ID", { btf_id: 1 }),
  },
  {
    number: 43,
    what: "unprivileged_bpf_disabled is 2, and a user creates an array",
    id: "map.create.sysctl",
    refused: (kernel) => mapOfNobody(kernel, "ARRAY", 2),
    fixed: (kernel) => mapOfNobody(kernel, "ARRAY", 0).ret,
  },
  {
    number: 43,
    what: "unprivileged_bpf_disabled is 0, and a user creates an LRU hash",
    id: "map.create.capable",
    refused: (kernel) => mapOfNobody(kernel, "LRU_HASH", 0),
    fixed: ({ init }) => map(init, "LRU_HASH"),
  },
  {
    number: 41,
    what: "lockdown is turned on, and removes a helper",
    id: "doctor.lockdown",
    refused: (kernel) => {
      const mode = lock(kernel);
      const { ret, text } = writeUser(kernel.init);
      return { ret, text: `${mode}\n${text}` };
    },
    fixed: ({ init }) => writeUser(init).ret,
    fixedFirst: true,
  },
];

/** The id of the most likely cause of a text. */
export const causeOf = (text: string): string | undefined => explainText(text).candidates[0]?.id;
