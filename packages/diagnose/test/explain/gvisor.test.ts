// SPDX-License-Identifier: MIT
// explain with the report of a process of gVisor: Linux never saw the calls that failed.
import { describe, expect, test } from "vitest";
import { type CauseId, causeText } from "../../src/explain/cause.ts";
import { startClues } from "../../src/explain/clues.ts";
import { excludedBy } from "../../src/explain/exclusions.ts";
import { explainErrno, explainText, type Facts, findingIds } from "../../src/index.ts";
import { container } from "../facts.ts";

const sandbox = container({ runsc: { ofHost: true, ownMounts: true } });
const inside = container({ release: "4.4.0" });
const WHY = "gVisor answers the calls of the process, not Linux";
const REFUSED = "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=4}, 72)";
const texts = [
  `${REFUSED} = -1 EPERM (Operation not permitted)`,
  `${REFUSED} = -1 ENOSYS (Function not implemented)`,
  "libbpf: Error in bpf_create_map_xattr(packets):Operation not permitted(-1). Retrying without BTF.",
  "libbpf: prog 'count': BPF program load failed: Operation not permitted",
  "libbpf: Couldn't load trivial BPF program. Make sure your kernel supports BPF (CONFIG_BPF_SYSCALL=y) and/or that RLIMIT_MEMLOCK is set to big enough value.",
  "field Count: program count: load program: operation not permitted (MEMLOCK may be too low, consider rlimit.RemoveMemlock)",
  "BPF_TOKEN_CREATE: Operation not supported",
  'fsopen("bpf", FSOPEN_CLOEXEC) = -1 EPERM (Operation not permitted)',
];
const answer = (text: string, facts?: Facts) =>
  explainText(text, facts === undefined ? {} : { facts });

describe.each([
  ["from the host", sandbox, "certain", "/proc/4711/exe: runsc"],
  ["from inside", inside, "likely", "uname -r: 4.4.0"],
] as const)("a report of gVisor %s", (_, facts, confidence, fact) => {
  test.each(texts)("names gVisor for: %s", (text) => {
    const { candidates, excluded, token, verdict } = answer(text, facts);
    expect(candidates).toHaveLength(1);
    const [first] = candidates;
    expect(first).toMatchObject({ id: "doctor.release", confidence, count: 2 });
    expect(first?.cause).toMatch(/^the kernel is gVisor/);
    expect(first?.fix[0]).toMatch(/^run the container with runc or crun/);
    expect(first?.evidence[0]?.text).toContain(fact);
    expect(first?.evidence[1]).toMatchObject({ line: 1 });
    expect([token, verdict]).toEqual(["no", `not a token matter: ${first?.cause}`]);
    expect(new Set([WHY, ...excluded.map(({ why }) => why)])).toEqual(new Set([WHY]));
  });

  test("names gVisor for an errno without a text", () => {
    const call = { errno: "EPERM", cmd: "map_create", type: "hash" };
    const { candidates, excluded } = explainErrno(call, { facts });
    expect(candidates.map(({ id }) => id)).toEqual(["doctor.release"]);
    expect(excluded).toContainEqual({ id: "map.create.sysctl", why: WHY });
  });

  test("names gVisor once for several lines", () => {
    const { candidates } = answer(texts.slice(0, 6).join("\n"), facts);
    expect(candidates).toHaveLength(1);
    expect(candidates[0]).toMatchObject({ id: "doctor.release", confidence, count: 7 });
    expect(candidates[0]?.evidence).toHaveLength(3);
  });
});

test.each([
  ["the file of a container", { runsc: { ofHost: false, ownMounts: true } }],
  ["the program that starts containers", { runsc: { ofHost: true, ownMounts: false } }],
  ["a container of runc", {}],
  ["a program that only has the name", { program: "runsc" }],
  ["a manager that only has the name", { manager: { kind: "docker", name: "gvisor-runsc" } }],
  ["Linux 4.4 of a distribution", { release: "4.4.0-210-generic" }],
] as const)("a report of %s changes nothing", (_, more) => {
  const { release } = { release: "6.18.44", ...more };
  const other = container({ ...more });
  for (const text of texts) {
    const { candidates, ...rest } = answer(text, other);
    expect(answer(text, container({ release }))).toEqual({ candidates, ...rest });
    expect(JSON.stringify([candidates, rest])).not.toContain("gVisor");
  }
});

test("excludes what comes first without the report", () => {
  const excluded = texts.flatMap((text) => answer(text, sandbox).excluded.map(({ id }) => id));
  const firsts = texts.map((text) => answer(text).candidates[0]?.id);
  expect(excluded).toEqual(
    expect.arrayContaining([...firsts, "map.create.sysctl", "explain.memlock"]),
  );
});

test("a text that speaks of gVisor does not replace the report", () => {
  const text = `${texts[0]}\nthe kernel is gVisor, /proc/4711/exe: runsc`;
  expect(answer(text, container()).candidates).toEqual(
    answer(texts[0] ?? "", container()).candidates,
  );
});

test("--release does not change what runs, but what `uname -r` shows", () => {
  const text = texts[3] ?? "";
  const first = (facts: Facts) => explainText(text, { facts, release: "6.12" }).candidates[0];
  expect(first(sandbox)?.id).toBe("doctor.release");
  expect(first(inside)?.id).not.toBe("doctor.release");
});

describe("what gVisor does not answer stays", () => {
  test.each([
    "probe.bpf.c:99:10: error: unknown register name 'r0' in asm",
    "libbpf: elf: count.bpf.o is not a valid eBPF object file",
  ])("%s", (text) => {
    const without = answer(text);
    expect(without.candidates.length).toBeGreaterThan(0);
    expect(answer(text, sandbox).candidates).toEqual(without.candidates);
  });

  test("harmless messages", () => {
    const text =
      "libbpf: object 'count': failed (-1) to create BPF token from '/sys/fs/bpf', skipping optional step...";
    const { candidates, harmless } = answer(text, sandbox);
    expect([candidates, harmless.map(({ id }) => id)]).toEqual([[], ["explain.token_optional"]]);
  });

  test("a text without a call, and one without an error", () => {
    expect(answer("agent: Operation not permitted", sandbox).verdict).toMatch(/^cannot tell/);
    expect(answer("hello", sandbox).candidates).toEqual([]);
  });
});

test("a log of the verifier shows that the report is of another process", () => {
  const text =
    "libbpf: prog 'p': BPF program load failed: Permission denied\nR1 invalid mem access 'scalar'\nprocessed 7 insns (limit 1000000)";
  const { unknown, candidates } = answer(text, sandbox);
  expect(candidates[0]?.id).toBe("doctor.release");
  expect(unknown).toContain(
    "which process the text is of: the report is of one in gVisor, which has no verifier",
  );
  expect(answer(text, container()).unknown.join()).not.toContain("gVisor");
});

test("every permission and every check of Linux is excluded", () => {
  const clues = startClues(sandbox, undefined);
  const stays = findingIds().filter(
    (id) => id !== "doctor.release" && excludedBy(id as CauseId, clues) !== WHY,
  );
  const kinds = stays.map((id) => causeText(id as CauseId).kind);
  expect(stays.filter((_, i) => kinds[i] === "capability" || kinds[i] === "policy")).toEqual([
    "explain.rootless",
  ]);
  expect(stays.filter((id) => /^(?:map|prog|token|btf|verify)\./.test(id))).toEqual([]);
});
