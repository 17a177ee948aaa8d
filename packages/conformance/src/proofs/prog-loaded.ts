// SPDX-License-Identifier: MIT
import {
  bpf,
  getCapabilities,
  NotModelledError,
  raw,
  setCapabilities,
  type Task,
} from "@bpf-token/syscall";
import {
  AttachType,
  attrLayout,
  BPF_F,
  BpfCmd,
  Errno,
  insn,
  MapType,
  type Mem,
  type ProgAttachAttr,
  ProgType,
  structLayout,
} from "@bpf-token/uapi";
import { container, fullDelegation, xdp } from "./fixtures.js";
import { fineAttachType, programTypes } from "./prog-types.js";
import { type Proof, prove, proveEqual } from "./proof.js";

const keeps: Proof = {
  name: "a program keeps its token and user namespace until its last file descriptor is closed",
  rules: ["PL-13", "PL-32"],
  run(open) {
    const kernel = open();
    const count = (): unknown => {
      kernel.settle();
      const { tokens, userNamespaces, progs } = kernel.live();
      return { tokens, userNamespaces, progs };
    };
    const before = count();
    const { app, create } = container(kernel, fullDelegation);
    const fd = xdp(app, create());
    const host = kernel.init.fork();
    const kept = app.sendFd(fd, host);
    app.exit(0);
    kernel.init.wait(app);
    proveEqual(
      count(),
      { tokens: 1, userNamespaces: 2, progs: 1 },
      "live objects with the program",
    );
    raw.close(host, kept);
    proveEqual(count(), before, "live objects without the program");
  },
};

const insns: Proof = {
  name: "reading instructions needs CAP_BPF in the initial user namespace",
  rules: ["CG-11"],
  run(open) {
    const kernel = open();
    const { app, create } = container(kernel, fullDelegation);
    const program = [insn(0xb7, 0, 0, 0, 7), insn(0x07, 0, 0, 0, -1), insn(0x95)];
    const bytes = Uint8Array.from(program.flatMap((one) => [...one]));
    const fd = bpf(app, "PROG_LOAD", {
      ...{ prog_type: ProgType.XDP, insns: bytes, insn_cnt: 3, license: "GPL" },
      ...{ prog_flags: BPF_F.TOKEN_FD, prog_token_fd: create() },
    });
    const see = (task: Task, number: number, length: number): unknown => {
      const room = new Uint8Array(length);
      const layout = structLayout("bpf_prog_info");
      const asked = layout.encode({ xlated_prog_len: length, xlated_prog_insns: room });
      const info: Mem = { ...asked, dir: "inout" };
      const given = { bpf_fd: number, info_len: info.bytes.length, info };
      proveEqual(bpf(task, "OBJ_GET_INFO_BY_FD", given), 0, "OBJ_GET_INFO_BY_FD");
      return [layout.decode(info.bytes).xlated_prog_len, [...room]];
    };
    const kept = app.sendFd(fd, kernel.init);
    proveEqual(see(kernel.init, kept, 0), [24, []], "the length that root sees");
    const read = answer(() => Number(see(kernel.init, kept, 16)));
    proveEqual(
      read,
      "translated instructions of loaded programs",
      "the instructions that root reads",
    );
    proveEqual(
      see(app, fd, 16),
      [0, [...new Uint8Array(16)]],
      "the info that the loading task gets",
    );
  },
};

function answer(call: () => number): number | string {
  try {
    return call();
  } catch (error) {
    if (error instanceof NotModelledError) return error.what;
    throw error;
  }
}

const runs: Proof = {
  name: "PROG_TEST_RUN needs a program and no capability; running it is not modelled",
  rules: ["CG-12"],
  run(open) {
    const { init } = open();
    const nobody = init.fork();
    setCapabilities(nobody, { ...getCapabilities(nobody), effective: 0n });
    for (const type of programTypes) {
      if (type.refused) continue;
      const prog_fd = bpf(init, "PROG_LOAD", {
        prog_type: ProgType[type.name],
        expected_attach_type: fineAttachType(type),
        insns: Uint8Array.of(...insn(0xb7), ...insn(0x95)),
        insn_cnt: 2,
        license: "GPL",
        prog_flags: type.name === "SYSCALL" ? BPF_F.SLEEPABLE : 0,
      });
      prove(prog_fd >= 0, `${type.name} is loaded`);
      const kept = init.sendFd(prog_fd, nobody);
      const run = answer(() => bpf(nobody, "PROG_TEST_RUN", { prog_fd: kept }));
      proveEqual(run, "PROG_TEST_RUN", type.name);
      raw.close(nobody, kept);
      raw.close(init, prog_fd);
    }
  },
};

/** Attach types without PROG_ATTACH support, although programs for them exist. */
const byLinkAlone = [33, 35, 39, 40, 41, 42, 44, 45, 48, 56, 57];

const attachTypes: Proof = {
  name: "PROG_ATTACH first checks that the attach type has a program type",
  rules: ["CG-14"],
  run(open) {
    const { init } = open();
    for (let attach_type = 0; attach_type < 70; attach_type++) {
      const known = attach_type < 58 && !byLinkAlone.includes(attach_type);
      proveEqual(
        bpf(init, "PROG_ATTACH", { attach_type, attach_bpf_fd: 999, target_fd: 999 }),
        -Errno[known ? "EBADF" : "EINVAL"],
        `attach type ${attach_type}`,
      );
    }
  },
};

/** LINK_CREATE to netfilter: IPv4, first hook, some priority. */
function netfilterLink(task: Task, prog_fd: number, priority: number): number {
  const { bytes } = attrLayout("LINK_CREATE", "6.18").encode({
    prog_fd,
    attach_type: AttachType.NETFILTER,
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(16, 2, true);
  view.setInt32(24, priority, true);
  return raw.bpf(task, BpfCmd.LINK_CREATE, bytes, bytes.length);
}

const targets: Proof = {
  name: "attaching a program is not modelled, and each way has its own name",
  rules: ["CG-13", "CG-14"],
  run(open) {
    const { init } = open();
    const prog = (prog_type: number, expected_attach_type = 0): number =>
      bpf(init, "PROG_LOAD", {
        ...{ prog_type, expected_attach_type, license: "GPL", insn_cnt: 2 },
        insns: Uint8Array.of(...insn(0xb7), ...insn(0x95)),
      });
    const expectUnmodelled = (what: string, call: () => number): void => {
      proveEqual(typeof answer(call), "string", what);
    };
    const netfilter = prog(ProgType.NETFILTER, AttachType.NETFILTER);
    expectUnmodelled("netfilter", () => netfilterLink(init, netfilter, 1));
    const [flow, cls] = [prog(ProgType.FLOW_DISSECTOR), prog(ProgType.SCHED_CLS)];
    const attach = (attr: Partial<ProgAttachAttr>) => () => bpf(init, "PROG_ATTACH", attr);
    const { FLOW_DISSECTOR, TCX_INGRESS, SK_SKB_VERDICT } = AttachType;
    expectUnmodelled(
      "lo",
      attach({ attach_bpf_fd: cls, target_ifindex: 1, attach_type: TCX_INGRESS }),
    );
    expectUnmodelled("a network", attach({ attach_bpf_fd: flow, attach_type: FLOW_DISSECTOR }));
    const map = { map_type: MapType.SOCKMAP, key_size: 4, value_size: 4, max_entries: 1 };
    const target_fd = bpf(init, "MAP_CREATE", map);
    const skb = prog(ProgType.SK_SKB);
    expectUnmodelled(
      "sockets",
      attach({ attach_bpf_fd: skb, target_fd, attach_type: SK_SKB_VERDICT }),
    );
    const prog_fd = prog(ProgType.RAW_TRACEPOINT);
    const name = "sys_enter";
    expectUnmodelled("a tracepoint", () => bpf(init, "RAW_TRACEPOINT_OPEN", { prog_fd, name }));
    expectUnmodelled("a query", () => bpf(init, "PROG_QUERY", { attach_type: 0 }));
  },
};

export const progLoadedProofs: readonly Proof[] = [keeps, insns, runs, attachTypes, targets];
