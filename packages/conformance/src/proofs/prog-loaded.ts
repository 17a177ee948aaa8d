// SPDX-License-Identifier: MIT
import { bpf, NotModelledError, raw, type Task } from "@bpf-token/syscall";
import { BPF_F, Errno, insn, type Mem, ProgType, structLayout } from "@bpf-token/uapi";
import { fineAttachType, programTypes } from "./prog-types.js";
import { type Proof, prove, proveEqual } from "./proof.js";
import { container, everything, xdp } from "./story.js";

const keeps: Proof = {
  name: "a program keeps its token, and that its user namespace, until the last descriptor is closed",
  rules: ["PL-13", "PL-32"],
  run(open) {
    const kernel = open();
    const count = (): unknown => {
      kernel.settle();
      const { tokens, userNamespaces, progs } = kernel.live();
      return { tokens, userNamespaces, progs };
    };
    const before = count();
    const { app, create } = container(kernel, everything);
    const fd = xdp(app, create());
    const host = kernel.init.fork();
    const kept = app.sendFd(fd, host);
    app.exit(0);
    kernel.init.wait(app);
    proveEqual(count(), { tokens: 1, userNamespaces: 2, progs: 1 }, "alive with the program");
    raw.close(host, kept);
    proveEqual(count(), before, "alive without it");
  },
};

const insns: Proof = {
  name: "instructions are read by who has CAP_BPF in the first user namespace",
  rules: ["CG-11"],
  run(open) {
    const kernel = open();
    const { app, create } = container(kernel, everything);
    const program = [insn(0xb7, 0, 0, 0, 7), insn(0x07, 0, 0, 0, -1), insn(0x95)];
    const bytes = Uint8Array.from(program.flatMap((one) => [...one]));
    const fd = bpf(app, "PROG_LOAD", {
      ...{ prog_type: ProgType.XDP, insns: bytes, insn_cnt: 3, license: "GPL" },
      ...{ prog_flags: BPF_F.TOKEN_FD, prog_token_fd: create() },
    });
    const see = (task: Task, number: number): unknown => {
      const room = new Uint8Array(16);
      const layout = structLayout("bpf_prog_info");
      const asked = layout.encode({ xlated_prog_len: 16, xlated_prog_insns: room });
      const info: Mem = { ...asked, dir: "inout" };
      const given = { bpf_fd: number, info_len: info.bytes.length, info };
      proveEqual(bpf(task, "OBJ_GET_INFO_BY_FD", given), 0, "OBJ_GET_INFO_BY_FD");
      return [layout.decode(info.bytes).xlated_prog_len, [...room]];
    };
    const kept = app.sendFd(fd, kernel.init);
    proveEqual(see(kernel.init, kept), [24, [...bytes.slice(0, 16)]], "what root sees");
    proveEqual(see(app, fd), [0, [...new Uint8Array(16)]], "what who loaded it sees");
  },
};

/** Types that the kernel can run on request. */
const runnable: readonly string[] = [
  ...["SOCKET_FILTER", "SCHED_CLS", "SCHED_ACT", "XDP", "CGROUP_SKB", "LWT_IN", "LWT_OUT"],
  ...["LWT_XMIT", "RAW_TRACEPOINT", "FLOW_DISSECTOR", "SK_LOOKUP", "SYSCALL", "NETFILTER"],
];

function answer(call: () => number): number | string {
  try {
    return call();
  } catch (error) {
    if (error instanceof NotModelledError) return error.what;
    throw error;
  }
}

const runs: Proof = {
  name: "programs of some types can be run on request, which the model names and does not do",
  rules: ["CG-12"],
  run(open) {
    const { init } = open();
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
      const expected = runnable.includes(type.name) ? "PROG_TEST_RUN" : -Errno.ENOTSUPP;
      proveEqual(
        answer(() => bpf(init, "PROG_TEST_RUN", { prog_fd })),
        expected,
        type.name,
      );
      raw.close(init, prog_fd);
    }
  },
};

/** Attach types that PROG_ATTACH does not know, though there are programs for them. */
const byLinkAlone = [33, 35, 39, 40, 41, 42, 44, 45, 48, 56, 57];

const attachTypes: Proof = {
  name: "PROG_ATTACH knows the attach types that have a type of program, and looks at that first",
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

export const progLoadedProofs: readonly Proof[] = [keeps, insns, runs, attachTypes];
