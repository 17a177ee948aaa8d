// SPDX-License-Identifier: MIT
import { bpf, raw, type Task } from "@bpf-token/syscall";
import { AttachType, Errno, ProgType } from "@bpf-token/uapi";
import { container, fullDelegation, xdp } from "./fixtures.js";
import { type ModelKernel, type Proof, prove, proveEqual } from "./proof.js";

/** More allocations than any of these calls makes. */
const MANY = 200;

/** What a call answers, and which check refused, as one allocation after the other fails. */
function outOfMemory(
  kernel: ModelKernel,
  task: Task,
  call: () => number,
): readonly (readonly [number, string | undefined])[] {
  const answers: (readonly [number, string | undefined])[] = [];
  kernel.settle();
  const before = kernel.live();
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
    proveEqual(kernel.live(), before, `what is alive after allocation ${n} failed`);
  }
  throw new RangeError("a call without end");
}

/** Without repetitions. */
const different = (lines: readonly unknown[]): readonly string[] => [
  ...new Set(lines.map((line) => JSON.stringify(line))),
];

const token: Proof = {
  name: "whatever of a token there is no memory for: its own errno, in order, and nothing is left",
  rules: ["TC-11", "TC-12", "TC-13", "TC-14", "TP-19"],
  run(open) {
    const kernel = open();
    const { app, create } = container(kernel, fullDelegation);
    proveEqual(
      different(outOfMemory(kernel, app, create)),
      different([
        [-Errno.ENOSPC, "token.create.inode"],
        [-Errno.ENOMEM, "token.create.file"],
        [-Errno.ENOMEM, "token.create.memory"],
      ]),
      "answers of TOKEN_CREATE",
    );
    kernel.lsm.answer("bpf_token_create", "EBUSY");
    const refused = outOfMemory(kernel, app, create);
    proveEqual(refused.at(-1), [-Errno.ENOMEM, "token.create.memory"], "memory before the module");
    proveEqual(create(), -Errno.EBUSY, "the module behind it");
  },
};

const limits: Proof = {
  name: "an inode, a file, a descriptor: what there is none of is told, and nothing is left",
  rules: ["TC-11", "TC-12", "TC-15", "TP-19"],
  run(open) {
    const kernel = open();
    const { app, create } = container(kernel, fullDelegation);
    kernel.settle();
    const before = kernel.live();
    const cases = [
      ["inode", -Errno.ENOSPC, "token.create.inode"],
      ["file", -Errno.ENFILE, "token.create.file_limit"],
      ["fd", -Errno.EMFILE, "fd.limit"],
    ] as const;
    for (const [kind, errno, check] of cases) {
      kernel.failNth(kind, 1);
      proveEqual([create(), app.refusal()?.check], [errno, check], `without a free ${kind}`);
      kernel.settle();
      proveEqual(kernel.live(), before, `what is alive without a free ${kind}`);
    }
    prove(create() >= 0, "and then a token is made");
  },
};

const program: Proof = {
  name: "no memory for a program is EINVAL, and from there on the token is the program's",
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
    proveEqual(kernel.live().tokens, 1, "tokens while the program is there");
    raw.close(app, prog);
    kernel.settle();
    kernel.settle();
    proveEqual(kernel.live().tokens, 0, "tokens when it is gone");
  },
};

const programOrder: Proof = {
  name: "memory for a program comes behind the attach type and before the instructions",
  rules: ["PL-12", "PL-13", "PL-14"],
  run(open) {
    const kernel = open();
    const { init } = kernel;
    const attr = { prog_type: ProgType.CGROUP_SOCK, insn_cnt: 2, license: "GPL" } as const;
    kernel.failNth("alloc", 1);
    const wrong = { ...attr, expected_attach_type: AttachType.XDP };
    proveEqual(bpf(init, "PROG_LOAD", wrong), -Errno.EINVAL, "an attach type that does not suit");
    proveEqual(init.refusal()?.check, "prog.load.attach_type", "what refused");
    proveEqual(kernel.failNth("alloc", 1), 1, "allocations that were asked for");
    proveEqual(bpf(init, "PROG_LOAD", attr), -Errno.EINVAL, "no memory, no instructions");
    proveEqual(init.refusal()?.check, "prog.load.memory", "what refused");
    proveEqual(bpf(init, "PROG_LOAD", attr), -Errno.EFAULT, "no instructions");
  },
};

/** What there is none of, and that nothing is left over. */
export const faultProofs: readonly Proof[] = [token, limits, program, programOrder];
