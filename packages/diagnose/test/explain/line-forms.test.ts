// SPDX-License-Identifier: MIT
// Each parser of a line with all combinations of its parts, and with lines that are nearly one.
import { BpfCmd, checkTable } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { mountText } from "../../src/doctor/mount-text.ts";
import { type RefusedAt, weighed } from "../../src/doctor/weigh.ts";
import { parseStraceLine } from "../../src/evidence/strace-line.ts";
import { startClues } from "../../src/explain/clues.ts";
import { explainErrno } from "../../src/explain/errno.ts";
import { parsePerror } from "../../src/explain/perror.ts";
import { StraceState } from "../../src/explain/strace/state.ts";
import { VerifierText } from "../../src/explain/verifier-text.ts";
import { container } from "../facts.ts";

describe("a line of perror(3)", () => {
  const before = [
    "",
    " ",
    "\t ",
    "app: ",
    "a/b.c-2_d: ",
    `${"x".repeat(64)}: `,
    "error: ",
    "app: error: ",
  ];
  const commands = [
    ...["bpf(BPF_MAP_FREEZE)", "BPF_MAP_FREEZE", "bpf_map_freeze", "bpf_map_freeze()"],
    ...["bpf_map_freeze(a, 12)", "BPF_MAP_FREEZE failed", "bpf(BPF_MAP_FREEZE) failed"],
    ...["Bpf_Map_Freeze", `bpf_map_freeze(${"x".repeat(200)})`],
  ];
  const errnos = [
    "EPERM",
    "-EPERM",
    "(EPERM)",
    "(-EPERM)",
    "-1 EPERM (x)",
    "-1 (-EPERM)",
    "eperm",
    "Operation not permitted",
    "operation not permitted; x",
  ];

  test("has each combination of its parts", () => {
    for (const start of before)
      for (const command of commands)
        for (const errno of errnos) {
          const line = `${start}${command}: ${errno}`;
          expect([line, parsePerror(line)]).toEqual([line, { cmd: "MAP_FREEZE", errno: "EPERM" }]);
        }
  });

  test.each([
    ...["x BPF_MAP_FREEZE: EPERM", "a b: BPF_MAP_FREEZE: EPERM", "a:BPF_MAP_FREEZE: EPERM"],
    ...[`${"x".repeat(65)}: BPF_MAP_FREEZE: EPERM`, "errors: x: BPF_MAP_FREEZE: EPERM"],
    ...["BPF_MAP_FREEZE:EPERM", "BPF_MAP_FREEZE EPERM", "BPF_MAP_FREEZE failed EPERM"],
    ...["BPF_MAP_FREEZE(()): EPERM", `bpf_map_freeze(${"x".repeat(201)}): EPERM`],
    ...[
      "BPF_MAP2FREEZE: EPERM",
      "BPF_: EPERM",
      "BPF_MAP_FREEZE: x EPERM",
      "BPF_MAP_FREEZE: -2 EPERM",
    ],
    ...["BPF_MAP_FREEZE: EP", "BPF_MAP_FREEZE: Operation"],
  ])("%j is nearly one", (line) => expect(parsePerror(line)).toBeUndefined());
});

describe("the reason of Linux 7.3", () => {
  const says = (...lines: readonly string[]): string | undefined => {
    const text = new VerifierText();
    for (const [i, line] of lines.entries()) text.take(i + 1, line);
    return text.finish()?.says;
  };
  const start = "the verifier rejects the program: ";

  test.each([
    ["Verification failed: Loops", "Loops"],
    ["  Verification failed: Loops", "Loops"],
    ["libbpf: Verification failed: Loops", "Loops"],
    [" a[7]: Verification failed: Memory: too far: 3", "too far: 3"],
  ])("%j", (line, reason) => expect(says(line)).toBe(`${start}${reason}`));

  test.each([
    ...["x Verification failed: Loops", "a b: Verification failed: Loops"],
    ...[
      "Verification failed:Loops",
      "Verification failed: ",
      "Verification failed",
      "Verification failed: Loops:two",
      "libbpf:Verification failed: x",
    ],
  ])("%j has none", (line) => expect(says(line)).toBeUndefined());

  test.each([
    ["Reason:", "Loops: two"],
    ["   Reason:", "Loops: two"],
    ["Reason: more", "Loops: two"],
    ["x Reason:", "Loops"],
    ["xReason:", "Loops"],
    ["Reasons:", "Loops"],
  ])("after %j", (line, reason) =>
    expect(says("Verification failed: Loops", line, "two")).toBe(`${start}${reason}`),
  );
});

describe("a line of strace", () => {
  test.each(["", " ", "  \t"])("of a call that is not finished may end with %j", (end) => {
    const line = parseStraceLine(`[pid 7] bpf(BPF_MAP_FREEZE, {map_fd=3} <unfinished ...>${end}`);
    expect(line).toEqual({ kind: "begin", pid: 7, text: "bpf(BPF_MAP_FREEZE, {map_fd=3}" });
  });

  test("names a call whose begin the log lacks", () => {
    const line = parseStraceLine("[pid 7] <... bpf resumed>, 16) = -1 EPERM (x)");
    expect(line).toEqual({ kind: "end", pid: 7, name: "bpf", text: "16) = -1 EPERM (x)" });
  });

  test("shows the mark of an unfinished call in a text as a part of it", () => {
    const text = 'write(1, " <unfinished ...> "';
    expect(parseStraceLine(`${text} <unfinished ...>`)).toMatchObject({ kind: "begin", text });
  });
});

describe("a new user namespace in a log of strace", () => {
  const isNew = (name: string, args: string, errno = ""): boolean => {
    const state = new StraceState(startClues(undefined, undefined));
    state.note({ pid: 1, name, args, result: errno === "" ? 7 : -1, errno });
    return state.newNamespace;
  };

  test.each(["unshare", "clone", "clone3"])("of %s()", (name) => {
    expect(isNew(name, "CLONE_NEWNS|CLONE_NEWUSER")).toBe(true);
    expect(isNew(name, "CLONE_NEWNS")).toBe(false);
    expect(isNew(name, "CLONE_NEWUSER", "EPERM")).toBe(false);
  });

  test.each(["xunshare", "unshares", "clone2", "clone33", "myclone", "setns"])(
    "not of %s()",
    (name) => expect(isNew(name, "CLONE_NEWUSER")).toBe(false),
  );
});

test("the answer names the delegate options of a mount, or that it has none", () => {
  const mount = { path: "/b", device: "0:1", root: "/", delegates: {} };
  expect(mountText(mount)).toBe("mountinfo: /b, device 0:1: delegates nothing");
  const delegates = { delegate_cmds: "any", delegate_maps: "0x2" };
  expect(mountText({ ...mount, delegates })).toBe(
    "mountinfo: /b, device 0:1: delegate_cmds=any delegate_maps=0x2",
  );
});

/** Calls whose refusal a loader survives: it looks for the objects of others, or loads types. */
const optional = [
  ...["PROG_GET_NEXT_ID", "MAP_GET_NEXT_ID", "BTF_GET_NEXT_ID", "LINK_GET_NEXT_ID"],
  ...["PROG_GET_FD_BY_ID", "MAP_GET_FD_BY_ID", "BTF_GET_FD_BY_ID", "LINK_GET_FD_BY_ID"],
  ...["BTF_LOAD", "PROG_QUERY", "TASK_FD_QUERY"],
];

/** TOKEN_CREATE has a rule of its own: programs go on without a token. */
const commands = Object.entries(BpfCmd).filter(([cmd]) => cmd !== "TOKEN_CREATE");

test.each(commands)("a refused %s before a load is a note only if it is optional", (cmd, nr) => {
  const finding = {
    ...({ id: "doctor.seccomp", severity: "error", confidence: "likely", cause: "" } as const),
    ...({ evidence: [], fix: [], pid: 1, index: 0, call: "", outcome: "explained" } as const),
  };
  const call = { pid: 1, name: "bpf", args: [nr, new Uint8Array(200)], result: -1 };
  const [one] = weighed([{ finding, call, facts: container() } as RefusedAt], 5, 0);
  expect([cmd, one?.finding.severity === "note"]).toEqual([cmd, optional.includes(cmd)]);
});

/** The starts of the ids of the checks that a command can meet. */
const starts: Readonly<Record<string, readonly string[]>> = {
  map_create: ["map.create.", "token.fd.", "bpf.tail", "lsm.bpf_map_create"],
  prog_load: ["prog.load.", "verify.", "token.fd.", "bpf.tail", "lsm.bpf_prog_load"],
  btf_load: ["btf.load.", "token.fd.", "bpf.tail"],
  token_create: ["token.create.", "lsm.bpf_token_create"],
  btf_get_fd_by_id: ["btf.fd_by_id.", "token.fd."],
  link_create: ["attach.", "link."],
  prog_attach: ["attach."],
  prog_query: ["prog.query."],
  obj_pin: ["obj.", "permission.", "path."],
  obj_get: ["obj.", "permission.", "path."],
};
const errnos = [
  ...new Set(checkTable().flatMap(({ errno = "" }) => (errno === "" ? [] : [errno]))),
];
/** What the state of the process can be the cause of, for any command. */
const general = /^(?:token\.dropped\.|bpf\.admin$|fd\.limit$)/;

test.each(Object.keys(starts))("an errno of %s names checks of it with this errno", (cmd) => {
  for (const errno of errnos) {
    const { candidates } = explainErrno({ errno, cmd });
    const named = new Set<string>(candidates.map(({ id }) => id));
    const fits = ({ id }: { id: string }): boolean =>
      starts[cmd]?.some(
        (start) => id === start || (start !== "bpf.tail" && id.startsWith(start)),
      ) === true;
    const known = checkTable().filter(({ id }) => named.has(id) && !general.test(id));
    const wrong = known.filter((check) => check.errno !== errno || !fits(check));
    const own = checkTable().filter((one) => one.errno === errno && fits(one));
    const isMissing = own.some(({ id }) => !general.test(id)) && !known.some(fits);
    const shown = candidates.map(({ id }) => id);
    expect([errno, shown, wrong, isMissing]).toEqual([errno, shown, [], false]);
  }
});
