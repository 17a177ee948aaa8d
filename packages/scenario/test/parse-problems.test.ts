// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { stepProblems } from "./problems.ts";

test.each([
  [
    "an argument",
    "  - fsconfig: { fs_fd: 3, comand: 6 }",
    "1:27 'fsconfig' has no argument 'comand'; known: fs_fd, cmd, key, value, aux",
  ],
  [
    "an enumerator",
    "  - fsconfig: { fs_fd: 3, cmd: CMD_CRATE }",
    "1:32 unknown fsconfig command 'CMD_CRATE'; did you mean 'CMD_CREATE'?",
  ],
  ["a flag", "  - unshare: [NEWUSR]", "1:15 unknown CLONE flag 'NEWUSR'; did you mean 'NEWUSER'?"],
  [
    "a flag with its prefix",
    "  - unshare: CLONE_NEWUSR",
    "1:14 unknown CLONE flag 'CLONE_NEWUSR'; did you mean 'CLONE_NEWUSER'?",
  ],
  [
    "a field",
    "  - bpf: MAP_CREATE\n    attr: { map_tpye: HASH }",
    "2:13 MAP_CREATE has no field 'map_tpye'; did you mean 'map_type'?",
  ],
  [
    "a map type",
    "  - bpf: MAP_CREATE\n    attr: { map_type: HSAH }",
    "2:23 unknown map type 'HSAH'; did you mean 'HASH'?",
  ],
  ["a task", "  - by: mian\n    exec:", "1:9 unknown task 'mian'; did you mean 'main'?"],
  [
    "an answer",
    "  - fsopen: bpf\n    as: context\n  - close: $contxt",
    "3:12 no earlier step has the answer '$contxt'; did you mean '$context'?",
  ],
  [
    "a forgotten dollar",
    "  - fsopen: bpf\n    as: context\n  - close: context",
    "3:12 'context' is not a number; did you mean '$context'?",
  ],
  ["an errno", "  - exec:\n    expect: EPREM", "2:13 unknown errno 'EPREM'; did you mean 'EPERM'?"],
  [
    "an expectation",
    "  - exec:\n    expect: { erno: EPERM }",
    "2:15 unknown expectation 'erno'; did you mean 'errno'?",
  ],
  [
    "a capability",
    "  - caps: { drop: [SYS_ADMN] }",
    "1:20 unknown capability 'SYS_ADMN'; did you mean 'SYS_ADMIN'?",
  ],
  [
    "a program",
    "  - bpf: PROG_LOAD\n    attr: { insns: retrun_0 }",
    "2:20 unknown program 'retrun_0'; did you mean 'return_0'?",
  ],
  [
    "a structure",
    "  - fstat: { fd: 0, statbuf: { struct: stta } }",
    "1:40 unknown structure 'stta'; did you mean 'stat'?",
  ],
  [
    "an instruction",
    "  - bpf: PROG_LOAD\n    attr: { insns: [mvo r0 0] }",
    "2:21 unknown instruction 'mvo'; did you mean 'mov'?",
  ],
  [
    "a helper",
    "  - bpf: PROG_LOAD\n    attr: { insns: [call jiffies46] }",
    "2:21 unknown helper 'jiffies46'; did you mean 'jiffies64'?",
  ],
  [
    "a buffer",
    "  - fstat: { statbuf: { zeor: 4 } }",
    "1:25 'zeor' is not a form of a buffer; did you mean 'zero'?",
  ],
  [
    "memory of an answer",
    "  - pipe2: { fildes: { zero: 8 } }\n    as: p\n  - close: $p.filds[0]",
    "3:12 '$p.filds[0]': pipe2 has no memory 'filds'; did you mean 'fildes'?",
  ],
  ["a namespace", "  - open_namespace: usr", "1:21 unknown kind 'usr'; did you mean 'user'?"],
  ["a key of a step", "  - exec:\n    sya: hello", "2:5 unknown key 'sya'; did you mean 'say'?"],
])("a typo in %s", (_what, steps, message) => {
  expect(stepProblems(steps)).toEqual([message]);
});

test.each([
  ["text for a number", "  - close: hello", "1:12 'hello' is not a number"],
  ["a fraction", "  - close: 1.5", "1:12 '1.5' is not an integer"],
  ["a float that is whole", "  - close: 1e3", "1:12 '1e3' is not an integer"],
  ["infinity", "  - close: .inf", "1:12 '.inf' is not an integer"],
  ["a truth value", "  - close: true", "1:12 'true' (a boolean) is not a number"],
  ["2^64", "  - umask: 18446744073709551616", "1:12 '18446744073709551616' does not fit 64 bits"],
  [
    "below -2^63",
    "  - umask: -9223372036854775809",
    "1:12 '-9223372036854775809' does not fit 64 bits",
  ],
  [
    "2^32 in 32 bits",
    "  - bpf: MAP_CREATE\n    attr: { key_size: 4294967296 }",
    "2:23 '4294967296' does not fit 32 bits",
  ],
  ["octal as in C", "  - umask: 022", "1:12 '022' starts with 0; octal numbers are written 0o755"],
  [
    "a number for memory",
    "  - fsopen: { fs_name: 7 }",
    "1:24 '7' is a number where memory belongs; write \"7\" in quotes, null, or a buffer",
  ],
  ["a list for memory", "  - fsopen: { fs_name: [a] }", "1:24 a list is not memory"],
  [
    "odd hex",
    "  - fsopen: { fs_name: { hex: abc } }",
    "1:31 'abc' is not bytes in hex; two digits per byte",
  ],
  [
    "a huge buffer",
    "  - fsopen: { fs_name: { zero: 1048577 } }",
    "1:32 '1048577' is not a size from 0 to 1048576",
  ],
  [
    "a NUL in text",
    '  - fsopen: "a\\0b"',
    "1:13 text with a NUL inside ends there; write { hex: … }",
  ],
  [
    "a bad place in text",
    `  - fsopen: "\${a b}"`,
    "1:13 '$" + "{a b}' is not $" + "{name}; a dollar sign is written $$",
  ],
  [
    "a text of a terabyte",
    "  - fsopen: { fs_name: { repeat: abc, times: 1048576 } }",
    "1:26 the repeated text is longer than 1048576",
  ],
  ["a step that is text", "  - exec", "1:5 'exec' is not a step; write 'exec:'"],
  [
    "a step without a call",
    "  - say: hello",
    "1:5 a step without a call; name a system call, such as 'fsopen: bpf'",
  ],
  [
    "two calls",
    "  - exec:\n    settle:",
    "2:5 a step has one call, and this one already has 'exec'",
  ],
  ["a missing argument", "  - write_file: /tmp/x", "1:5 'write_file' needs 'text'"],
  ["arguments of nothing", "  - settle: 1", "1:13 'settle' takes no arguments; write 'settle:'"],
  [
    "attr with another call",
    "  - exec:\n    attr: {}",
    "2:5 unknown key 'attr'; known: by, as, say, expect, needs",
  ],
  [
    "attr next to a mapping of bpf",
    "  - bpf: { cmd: 1 }\n    attr: {}",
    "2:5 'attr' belongs inside 'bpf' here",
  ],
  [
    "fields of an unknown command",
    "  - bpf: 99\n    attr: { x: 1 }",
    "2:11 a command without a name has no known fields; give its memory: attr: { zero: 16 }",
  ],
  [
    "text of what reads none",
    "  - exec:\n    expect: { contains: x }",
    "2:13 'exec' reads no text; use read_file, or 'out'",
  ],
  [
    "errno and value",
    "  - exec:\n    expect: { errno: EPERM, value: 1 }",
    "2:13 'errno' and 'value' exclude each other",
  ],
  [
    "a broken pattern",
    "  - read_file: /x\n    expect: { matches: '(' }",
    "2:24 not a regular expression: Invalid regular expression: /(/m: Unterminated group",
  ],
  [
    "an id map that is too short",
    "  - id_maps: { uid: [0, 0] }",
    "1:21 a list is not an id map [inside, outside, count]",
  ],
  [
    "a bit beyond the mask",
    "  - delegate: { fs: 3, cmds: [64] }",
    "1:31 '64' is not a bit: they are numbered from 0 to 63",
  ],
  ["a negative mask", "  - delegate: { fs: 3, cmds: -1 }", "1:30 '-1' is not a mask"],
  [
    "a task in place of a number",
    "  - fork: app\n  - close: $app",
    "2:12 '$app' is a task; write $app.pid",
  ],
  [
    "memory in place of a number",
    "  - pipe2: { fildes: { zero: 8 } }\n    as: p\n  - close: $p.fildes",
    "3:12 '$p.fildes' is memory; add a word, such as [0], or a field",
  ],
])("%s is refused", (_what, steps, message) => {
  expect(stepProblems(steps)).toEqual([message]);
});
