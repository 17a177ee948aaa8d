// SPDX-License-Identifier: MIT
import { bpf, raw, type Task } from "@bpf-token/syscall";
import { AttachType, defaultRelease, Errno, ProgType } from "@bpf-token/uapi";
import { container, fullDelegation, xdp } from "./fixtures.js";
import { type ModelKernel, type Proof, prove, proveEqual } from "./proof.js";

/** The last release before TP-22, and one with it. */
const releases = ["6.18", defaultRelease] as const;

/** What a call must not change. TP-22: from 6.19 on, a failed TOKEN_CREATE can leave its inode. */
function stable(kernel: ModelKernel): unknown {
  const live = kernel.live();
  return kernel.release === "6.18" ? live : [live.files, live.tokens, live.userNamespaces];
}

/** More than the allocations of any of these calls. */
const MANY = 200;

/** The results and refusing checks of a call while its n-th allocation fails. */
function outOfMemory(
  kernel: ModelKernel,
  task: Task,
  call: () => number,
): readonly (readonly [number, string | undefined])[] {
  const answers: (readonly [number, string | undefined])[] = [];
  kernel.settle();
  const before = stable(kernel);
  for (let n = 1; n < MANY; n++) {
    kernel.failNth("alloc", n);
    const ret = call();
    const left = kernel.failNth("alloc", 0);
    if (ret >= 0) {
      raw.close(task, ret);
      kernel.settle();
    }
    if (left > 0) return answers;
    answers.push([ret, task.refusal()?.check]);
    kernel.settle();
    proveEqual(stable(kernel), before, `live objects after failed allocation ${n}`);
  }
  throw new RangeError("a call without end");
}

/** Removes repetitions. */
const different = (lines: readonly unknown[]): readonly string[] => [
  ...new Set(lines.map((line) => JSON.stringify(line))),
];

const token: Proof = {
  name: "each failed allocation of TOKEN_CREATE has its errno, in order, and leaks no token and, up to 6.18, nothing",
  rules: ["TC-11", "TC-12", "TC-13", "TC-14", "TP-19"],
  run(open) {
    for (const release of releases) {
      const kernel = open({ release });
      const { app, create } = container(kernel, fullDelegation);
      proveEqual(
        different(outOfMemory(kernel, app, create)),
        different([
          [-Errno.ENOSPC, "token.create.inode"],
          [-Errno.ENOMEM, "token.create.file"],
          [-Errno.ENOMEM, "token.create.memory"],
        ]),
        `answers of TOKEN_CREATE of ${release}`,
      );
      kernel.lsm.answer("bpf_token_create", "EBUSY");
      const refused = outOfMemory(kernel, app, create);
      proveEqual(refused.at(-1), [-Errno.ENOMEM, "token.create.memory"], "memory before the hook");
      proveEqual(create(), -Errno.EBUSY, "the hook after the memory");
    }
  },
};

const limits: Proof = {
  name: "TOKEN_CREATE reports a missing inode, file or file descriptor, and leaks no token and, up to 6.18, nothing",
  rules: ["TC-11", "TC-12", "TC-15", "TP-19"],
  run(open) {
    for (const release of releases) {
      const kernel = open({ release });
      const { app, create } = container(kernel, fullDelegation);
      kernel.settle();
      const before = stable(kernel);
      const cases = [
        ["inode", -Errno.ENOSPC, "token.create.inode"],
        ["file", -Errno.ENFILE, "token.create.file_limit"],
        ["fd", -Errno.EMFILE, "fd.limit"],
      ] as const;
      for (const [kind, errno, check] of cases) {
        kernel.failNth(kind, 1);
        proveEqual([create(), app.refusal()?.check], [errno, check], `without a free ${kind}`);
        kernel.settle();
        proveEqual(stable(kernel), before, `live objects of ${release} without a free ${kind}`);
      }
      prove(create() >= 0, "the token is then created");
    }
  },
};

const program: Proof = {
  name: "PROG_LOAD without memory is EINVAL; a created program holds the token",
  rules: ["PL-13", "PL-32"],
  run(open) {
    const kernel = open();
    const { app, create } = container(kernel, fullDelegation);
    const own = create();
    const answers = outOfMemory(kernel, app, () => xdp(app, own));
    proveEqual(answers[0], [-Errno.EINVAL, "prog.load.memory"], "the first allocation");
    const prog = xdp(app, own);
    raw.close(app, own);
    kernel.settle();
    proveEqual(kernel.live().tokens, 1, "tokens while the program is loaded");
    raw.close(app, prog);
    kernel.settle();
    kernel.settle();
    proveEqual(kernel.live().tokens, 0, "tokens after the program was closed");
  },
};

const programOrder: Proof = {
  name: "PROG_LOAD allocates after the attach type check and before it reads instructions",
  rules: ["PL-12", "PL-13", "PL-14"],
  run(open) {
    const kernel = open();
    const { init } = kernel;
    const attr = { prog_type: ProgType.CGROUP_SOCK, insn_cnt: 2, license: "GPL" } as const;
    kernel.failNth("alloc", 1);
    const wrong = { ...attr, expected_attach_type: AttachType.XDP };
    proveEqual(bpf(init, "PROG_LOAD", wrong), -Errno.EINVAL, "a wrong attach type");
    proveEqual(init.refusal()?.check, "prog.load.attach_type", "the refusing check");
    proveEqual(kernel.failNth("alloc", 1), 1, "requested failures");
    proveEqual(bpf(init, "PROG_LOAD", attr), -Errno.EINVAL, "no memory, no instructions");
    proveEqual(init.refusal()?.check, "prog.load.memory", "the refusing check");
    proveEqual(bpf(init, "PROG_LOAD", attr), -Errno.EFAULT, "no instructions");
  },
};

/** Proofs about missing resources and leaks. */
export const faultProofs: readonly Proof[] = [token, limits, program, programOrder];
