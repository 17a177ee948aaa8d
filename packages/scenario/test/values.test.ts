// SPDX-License-Identifier: MIT
import { BpfError } from "@bpf-token/syscall";
import { Errno, type SyscallArg } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { parseScenario, run, type Trace } from "../src/index.ts";
import { FakeKernel, type FakeOptions } from "./fake-kernel.ts";
import { stepProblems } from "./problems.ts";

/** Returns the memory of the last fsconfig of some steps, in hex, and its text in the trace. */
function value(written: string, before = ""): [SyscallArg | undefined, string | undefined] {
  const kernel = new FakeKernel();
  const text = `name: x\nsteps:\n${before}  - fsconfig: { value: ${written} }`;
  const trace = run(kernel, parseScenario(text));
  const memory = kernel.callsOf("fsconfig").at(-1)?.[3];
  const shown = trace.events.at(-1)?.args[3]?.text;
  if (!(memory instanceof Uint8Array)) return [memory, shown];
  return [Array.from(memory, (b) => b.toString(16).padStart(2, "0")).join(""), shown];
}

test.each([
  ["{ zero: 3 }", "000000", "[3 zero bytes]"],
  ["{ hex: 00ff 1 2 }", "00ff12", "[00ff 1 2]"],
  ['{ hex: "" }', "", "[]"],
  ["{ bytes: [1, -1, 0x80] }", "01ff80", "[1, -1, 128]"],
  ["{ u32: [-1, 7] }", "ffffffff07000000", "[-1, 7]"],
  ["{ u64: [0xffffffffffffffff] }", "ffffffffffffffff", "[0xffffffffffffffff]"],
  ["{ text: aä }", "61c3a4", '"aä" without NUL'],
  ["{ repeat: ab, times: 2 }", "6162616200", '"ab" × 2'],
  ["{ program: return_1 }", "b7000000010000009500000000000000", "return_1"],
  ["{ insns: [exit] }", "9500000000000000", "[1 instructions]"],
  [
    "{ struct: rlimit64, fields: { rlim_cur: 5, rlim_max: -1 } }",
    "0500000000000000ffffffffffffffff",
    "{struct rlimit64}",
  ],
  [
    "{ struct: bpf_insn, fields: { code: 0x95, off: -1 } }",
    "9500ffff00000000",
    "{struct bpf_insn}",
  ],
])("buffer %s", (written, hex, shown) => {
  expect(value(written)).toEqual([hex, shown]);
});

test("encodes a BTF blob, the text of an array, and answers inside memory", () => {
  expect(value("{ btf: int }")[0]).toMatch(
    /^9feb0100180000000000000010000000100000000500000001000000/,
  );
  expect(value("{ struct: bpf_map_info, fields: { type: 1, name: abc } }")[0]).toMatch(
    /^01000000(00){20}61626300/,
  );
  expect(value("{ struct: bpf_prog_info, fields: { tag: { hex: 01 02 } } }")[0]).toMatch(
    /^(00){8}0102/,
  );
  const before = "  - fsopen: bpf\n    as: fd\n";
  expect(value("{ u32: [$fd] }", before)).toEqual(["03000000", "[3]"]);
  expect(value("{ insns: [map r1 $fd] }", before)[0]).toBe("18110000030000000000000000000000");
  expect(value("{ struct: rlimit64, fields: { rlim_max: $fd } }", before)[0]).toBe(
    "00000000000000000300000000000000",
  );
  expect(value(`"n\${fd}"`, before)).toEqual(["n3", '"n3"']);
});

test.each([
  ["{ u32: 7 }", "1:31 '7' is not a list of numbers"],
  ["{ u32: [4294967296] }", "1:32 '4294967296' does not fit 32 bits"],
  ["{ bytes: [256] }", "1:34 '256' does not fit 8 bits"],
  ["{ zero: 4, times: 2 }", "1:35 'times' cannot be combined with 'zero'"],
  ["{ repeat: a }", "1:26 'repeat' needs 'times'"],
  [
    "{ struct: stat, fields: { st_moed: 1 } }",
    "1:50 stat has no field 'st_moed'; did you mean 'st_mode'?",
  ],
  ["{ struct: stat, fields: 7 }", "1:48 '7' is not a mapping of fields"],
  ["{ btf: itn }", "1:31 unknown BTF blob 'itn'; did you mean 'int'?"],
  ["{ insns: exit }", "1:33 'exit' is not a list of instructions"],
  ["{ insns: [map r1 fd] }", "1:34 'fd' is not a number"],
  ["{ insns: [map r1 $fd] }", "1:34 no earlier step has the answer '$fd'; known: $main.pid"],
  ["{}", "1:24 an empty mapping is not a form of a buffer"],
])("buffer %s is refused", (written, message) => {
  expect(stepProblems(`  - fsconfig: { value: ${written} }`)).toEqual([message]);
});

function play(steps: string, options: FakeOptions = {}): Trace {
  return run(new FakeKernel(options), parseScenario(`name: x\nsteps:\n${steps}`));
}

test("runs sysctl, settle and exec steps", () => {
  const steps = `
  - read_sysctl: kernel.unprivileged_bpf_disabled
    expect: 2
  - write_sysctl: { name: kernel.unprivileged_bpf_disabled, value: 1 }
  - read_sysctl: kernel.unprivileged_bpf_disabled
    expect: 1
  - settle:
  - exec:`;
  const trace = play(steps, { features: { sysctl: true } });
  expect(trace.events.map((event) => event.text)).toEqual([
    "read_sysctl(kernel.unprivileged_bpf_disabled)",
    "write_sysctl(kernel.unprivileged_bpf_disabled, 1)",
    "read_sysctl(kernel.unprivileged_bpf_disabled)",
    "settle()",
    "exec()",
  ]);
  expect(trace.outcome).toBe("passed");
  const plain = play(steps);
  expect(plain.events[1]?.outcome).toBe("not-modelled");
  expect(plain.events[2]?.verdict?.met).toBe(false);
});

test("a refused fork is an answer; steps of the child do not run", () => {
  const kernel = new FakeKernel();
  const scenario = parseScenario(
    "name: x\nsteps:\n  - fork: app\n    expect: EAGAIN\n  - by: app\n    exec:\n  - settle:",
  );
  const fork = kernel.init.fork.bind(kernel.init);
  kernel.init.fork = () => {
    const first = fork();
    first.fork = () => {
      throw new BpfError({ syscall: "fork" }, Errno.EAGAIN);
    };
    return first;
  };
  const trace = run(kernel, scenario);
  expect(trace.events.map((e) => [e.outcome, e.errno ?? e.reason ?? e.result])).toEqual([
    ["answered", "EAGAIN"],
    ["blocked", "needs task app, which step 1 did not produce"],
    ["answered", 0],
  ]);
});

test("references read fields that a call wrote", () => {
  const answer: FakeOptions["answer"] = ({ name, args }) => {
    if (name !== "fstat") return undefined;
    const memory = args[1];
    if (!(memory instanceof Uint8Array)) return 0;
    new DataView(memory.buffer).setUint32(24, 7, true);
    return 0;
  };
  const trace = play(
    `
  - fstat: { statbuf: { struct: stat } }
    as: st
  - close: $st.statbuf.st_mode
    expect: EBADF
  - close: $st.statbuf.st_mood
  - fstat: { statbuf: bad_address }
    as: none
  - close: $none.statbuf[0]`,
    { answer },
  );
  expect(trace.events.map((event) => event.reason ?? event.text)).toEqual([
    "fstat(0, {struct stat})",
    "close(7)",
    "needs $st.statbuf.st_mood, which does not exist",
    "fstat(0, BAD_ADDRESS)",
    "needs $none.statbuf[0], but the call had no such memory",
  ]);
});

test("reports a kernel that cannot fork the first task", () => {
  const kernel = new FakeKernel();
  kernel.init.fork = () => {
    throw new Error("no more");
  };
  const trace = run(kernel, parseScenario("name: x\nsteps: []"));
  expect([trace.outcome, trace.reason, trace.events]).toEqual(["unknown", "no more", []]);
});

test("hooks and faults are reset at the end of a run", () => {
  const kernel = new FakeKernel({ features: { lsm: true, faults: true } });
  const steps = `
  - lsm: { bpf_token_cmd: 1, bpf: EPERM }
  - fail: { alloc: 3, fd: 1 }
  - lsm: { bpf: 0 }`;
  const trace = run(kernel, parseScenario(`name: x\nsteps:\n${steps}`));
  expect(trace.events.map((event) => event.text)).toEqual([
    "lsm(bpf: EPERM, bpf_token_cmd: 1)",
    "fail(alloc: 3, fd: 1)",
    "lsm(bpf: 0)",
  ]);
  expect(trace.outcome).toBe("passed");
  expect(kernel.turned).toEqual([
    ...["bpf EPERM", "bpf_token_cmd 1", "alloc 3", "fd 1", "bpf 0"],
    ...["bpf 0", "bpf_token_cmd 0"],
    ...["alloc 0", "inode 0", "file 0", "fd 0", "lsm 0"],
  ]);
});

test("hooks and faults need a kernel with these features", () => {
  expect(play("  - lsm: { bpf: EPERM }").reason).toBe(
    "needs 'lsm', which the fake backend does not have",
  );
  expect(play("  - fail: { fd: 1 }").reason).toMatch("needs 'faults'");
  const some = play("  - lsm: { bpf: EPERM }\n    needs: { features: [lsm] }\n  - getpid:");
  expect(some.events.map((event) => event.outcome)).toEqual(["skipped", "answered"]);
});

test.each([
  ["lsm: { bpf: EPREM }", "1:17 unknown errno 'EPREM'; did you mean 'EPERM'?"],
  ["lsm: { bpf: -1 }", "1:17 '-1' is not 0 or the name of an errno"],
  [
    "lsm: { bpf_token_cm: 0 }",
    "1:12 'lsm' has no argument 'bpf_token_cm'; did you mean 'bpf_token_cmd'?",
  ],
  ["lsm: {}", "1:5 'lsm' does nothing; give bpf, inode_permission"],
  ["fail: { memory: 1 }", "1:13 'fail' has no argument 'memory'"],
])("%s is refused", (written, message) => {
  expect(stepProblems(`  - ${written}`).join("\n")).toContain(message);
});
