// SPDX-License-Identifier: MIT
import { dropCapabilities, type LsmHook, raiseCapabilities, raw } from "@bpf-token/syscall";
import { BpfCmd, Capability, Errno } from "@bpf-token/uapi";
import { type Container, container, fullDelegation, recordHooks, stack, xdp } from "./fixtures.js";
import { type HookCall, type ModelKernel, type Proof, prove, proveEqual } from "./proof.js";

interface WithToken extends Container {
  readonly kernel: ModelKernel;
  readonly token: number;
}

function withToken(kernel: ModelKernel, masks: Parameters<typeof container>[1]): WithToken {
  const made = container(kernel, masks);
  return { ...made, kernel, token: made.create() };
}

/** The arguments of a hook during a call. */
function asked(kernel: ModelKernel, hook: LsmHook, call: () => number): readonly HookCall[] {
  const calls = recordHooks(kernel, hook);
  call();
  kernel.lsm.off(hook);
  return calls;
}

const cmd: Proof = {
  name: "bpf_token_cmd runs once, for an allowed command, and never for TOKEN_CREATE",
  rules: ["LS-04", "TA-01", "TA-05"],
  run(open) {
    const { kernel, app, token, create } = withToken(open(), {
      ...fullDelegation,
      delegate_cmds: "map_create",
    });
    const cmds = (call: () => number): unknown =>
      asked(kernel, "bpf_token_cmd", call).map((question) => question.cmd);
    proveEqual(
      cmds(() => stack(app, token)),
      [BpfCmd.MAP_CREATE],
      "by a command that it has",
    );
    proveEqual(
      cmds(() => xdp(app, token)),
      [],
      "by one that it has not",
    );
    proveEqual(
      cmds(() => stack(app)),
      [],
      "without a token",
    );
    proveEqual(cmds(create), [], "by TOKEN_CREATE");
    for (const answer of ["EPERM", "EBUSY", 1, 0x7fff_ffff] as const) {
      kernel.lsm.answer("bpf_token_cmd", answer);
      proveEqual(stack(app, token), -Errno.EPERM, `MAP_CREATE if the hook returns ${answer}`);
    }
  },
};

const capable: Proof = {
  name: "bpf_token_capable runs once per check that the capability sets pass",
  rules: ["LS-05", "CP-02", "CP-03", "CP-05"],
  run(open) {
    const { kernel, app, token } = withToken(open(), fullDelegation);
    const caps = (call: () => number): readonly unknown[] =>
      asked(kernel, "bpf_token_capable", call).map(({ cap }) => cap);
    const map = (): number => stack(app, token);
    const { BPF, NET_ADMIN } = Capability;
    proveEqual(caps(map), [BPF, BPF], "of a stack: the sysctl and the type");
    proveEqual(caps(() => xdp(app, token)).slice(0, 2), [BPF, NET_ADMIN], "of an XDP program");
    proveEqual(
      caps(() => stack(kernel.init)),
      [],
      "without a token",
    );
    dropCapabilities(app, "BPF");
    proveEqual(caps(map), [BPF, BPF], "with CAP_SYS_ADMIN instead");
    dropCapabilities(app, "SYS_ADMIN");
    proveEqual(caps(map), [], "for a missing capability");
    raiseCapabilities(app, "BPF", "SYS_ADMIN");
    kernel.lsm.answer("bpf_token_capable", 1);
    prove(map() >= 0, "a positive answer allows");
    kernel.lsm.answer("bpf_token_capable", "EBUSY");
    proveEqual(map(), -Errno.EPERM, "a negative answer is EPERM");
    proveEqual(xdp(app, token), -Errno.EPERM, "a negative answer for a program");
  },
};

const second: Proof = {
  name: "a security module can refuse only the second capability check of a call",
  rules: ["LS-05", "CP-03", "CP-05"],
  run(open) {
    const { kernel, app, token } = withToken(open(), fullDelegation);
    let questions = 0;
    kernel.lsm.on("bpf_token_capable", () => (++questions === 2 ? "EACCES" : 0));
    proveEqual(stack(app, token), -Errno.EPERM, "MAP_CREATE");
    proveEqual(app.refusal()?.check, "map.create.capable", "the refusing check");
    questions = 0;
    proveEqual(xdp(app, token), -Errno.EPERM, "PROG_LOAD");
    proveEqual(app.refusal()?.check, "prog.load.net_admin", "the refusing check");
  },
};

const freed: Proof = {
  name: "a worker frees a token later, and bpf_token_free runs once",
  rules: ["LS-08", "TP-18"],
  run(open) {
    const { kernel, app, token } = withToken(open(), fullDelegation);
    kernel.settle();
    const [was] = asked(kernel, "bpf_token_cmd", () => stack(app, token));
    const calls = recordHooks(kernel, "bpf_token_free");
    const copy = raw.dup(app, token);
    raw.close(app, token);
    kernel.settle();
    proveEqual(calls.length, 0, "while a copy is open");
    raw.close(app, copy);
    proveEqual([calls.length, kernel.live().tokens], [0, 1], "right after the last close");
    kernel.settle();
    proveEqual([calls.length, kernel.live().tokens], [1, 0], "after the worker");
    const [call] = calls;
    proveEqual(
      [call?.pid, call?.token],
      [kernel.init.pid, was?.token],
      "the arguments of the hook",
    );
  },
};

const outlives: Proof = {
  name: "the user namespace of a token outlives the last close until the worker runs",
  rules: ["TP-18", "UN-12"],
  run(open) {
    const { kernel, app, token, bpffs } = withToken(open(), fullDelegation);
    const held = app.sendFd(token, kernel.init);
    raw.close(app, bpffs);
    app.exit();
    kernel.init.wait(app);
    kernel.settle();
    const before = kernel.live().userNamespaces;
    raw.close(kernel.init, held);
    proveEqual(kernel.live().userNamespaces, before, "namespaces right after the close");
    kernel.settle();
    proveEqual(kernel.live().userNamespaces, Number(before) - 1, "namespaces after the worker");
  },
};

/** How often bpf_token_free runs when the hook bpf_token_create refuses: TP-19. */
const freeCalls = [
  ["6.12", 1],
  ["6.17", 1],
  ["6.18", 2],
  ["6.19", 1],
  ["7.3", 1],
] as const;

const atOnce: Proof = {
  name: "a failed TOKEN_CREATE frees its token before it returns",
  rules: ["LS-08", "TP-19", "TC-14", "TC-15"],
  run(open) {
    for (const [release, times] of freeCalls) {
      const { kernel, create } = withToken(open({ release }), fullDelegation);
      kernel.settle();
      const before = kernel.live();
      const calls = recordHooks(kernel, "bpf_token_free", "bpf_token_create");
      kernel.lsm.answer("bpf_token_create", "EBUSY");
      proveEqual(create(), -Errno.EBUSY, "TOKEN_CREATE refused by the hook");
      const freed = [calls.length, kernel.live().tokens];
      proveEqual(freed, [times, before.tokens], `freed at once by ${release}`);
      kernel.settle();
      proveEqual([calls.length, kernel.live()], [times, before], `live objects of ${release}`);
    }
    const { kernel, create } = withToken(open({ release: "6.17" }), fullDelegation);
    kernel.settle();
    const before = kernel.live();
    const calls = recordHooks(kernel, "bpf_token_free", "bpf_token_create");
    kernel.failNth("fd", 1);
    proveEqual(create(), -Errno.EMFILE, "TOKEN_CREATE without a free file descriptor");
    const hooks = calls.map(({ hook }) => hook);
    proveEqual(hooks, ["bpf_token_create", "bpf_token_free"], "freed at once");
    kernel.settle();
    proveEqual(calls.length, 2, "freed only once");
    proveEqual(kernel.live(), before, "live objects");
  },
};

/** Proofs about hooks of a token in use and of its release. */
export const lsmTokenProofs: readonly Proof[] = [cmd, capable, second, freed, outlives, atOnce];
