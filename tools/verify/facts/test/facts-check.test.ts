// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { loadFacts } from "../../../gen/uapi/facts.mjs";
import { Btf } from "../btf.mjs";
import { compareWithHeaders, InconclusiveError } from "../headers.mjs";
import { compareWithBtf } from "../running.mjs";
import { btfBytes } from "./btf-bytes.mjs";

const facts = () => loadFacts(new URL("../../../gen/uapi/facts.json", import.meta.url));
const program = fileURLToPath(new URL("../facts-check.mjs", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "facts-check-test-"));
afterAll(() => rmSync(dir, { recursive: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("the BTF reader", () => {
  const btf = new Btf(
    btfBytes([
      { kind: "int", name: "u32", size: 4 },
      { kind: "typedef", name: "__u32", to: 1 },
      {
        kind: "enum",
        name: "colour",
        values: [
          ["RED", 0],
          ["MINUS", -1],
        ],
        signed: true,
      },
      { kind: "enum64", name: "wide", values: [["ALL", 2n ** 64n - 1n]] },
      {
        kind: "struct",
        name: "",
        size: 8,
        members: [
          ["a", 2, 0],
          ["b", 2, 32],
        ],
      },
      { kind: "array", of: 2, count: 3 },
      {
        kind: "union",
        name: "both",
        size: 12,
        members: [
          ["", 5, 0],
          ["part", 5, 0],
          ["list", 6, 0],
        ],
      },
      {
        kind: "struct",
        name: "bits",
        size: 4,
        members: [
          ["low", 1, 0, 3],
          ["high", 1, 3, 5],
        ],
      },
    ]),
  );

  it("reads enumerators of either width and sign", () => {
    expect(btf.find("enum colour")?.values).toEqual([
      { name: "RED", value: 0n },
      { name: "MINUS", value: -1n },
    ]);
    expect(btf.enumerators().get("ALL")).toBe(2n ** 64n - 1n);
  });

  it("descends into anonymous members, and prefixes fields of named ones", () => {
    const union = btf.find("union both");
    if (union === undefined) throw new Error("not found");
    expect(Object.fromEntries(btf.fields(union))).toEqual({
      a: { bit: 0, size: 4, width: 0 },
      b: { bit: 32, size: 4, width: 0 },
      part: { bit: 0, size: 8, width: 0 },
      "part.a": { bit: 0, size: 4, width: 0 },
      "part.b": { bit: 32, size: 4, width: 0 },
      list: { bit: 0, size: 12, width: 0 },
    });
  });

  it("reads bit fields", () => {
    const struct = btf.find("struct bits");
    if (struct === undefined) throw new Error("not found");
    expect([...btf.fields(struct).values()].map((f) => [f.bit, f.width])).toEqual([
      [0, 3],
      [3, 5],
    ]);
  });

  it("stops at a cycle", () => {
    const circle = new Btf(btfBytes([{ kind: "typedef", name: "a", to: 1 }]));
    expect(circle.resolve(1).name).toBe("a");
    expect(() => circle.resolve(9)).toThrow("BTF refers to type 9, which does not exist");
  });

  it("rejects data that is not BTF", () => {
    expect(() => new Btf(new Uint8Array(0))).toThrow("not BTF");
    expect(() => new Btf(new Uint8Array(64))).toThrow("not BTF");
    expect(() => new Btf(btfBytes([{ kind: "int", name: "x", size: 4 }]).subarray(0, 30))).toThrow(
      "cut off",
    );
  });
});

const vmlinux = "/sys/kernel/btf/vmlinux";
const kernel = /^(\d+)\.(\d+)/.exec(release());
const code = Number(kernel?.[1]) * 1000 + Number(kernel?.[2]);
const noBtf = !existsSync(vmlinux) || code < 6009;

describe("compared with the running kernel", () => {
  beforeEach((context) => {
    if (noBtf)
      context.skip(`facts: the kernel ${release()} has no BTF, or is older than the facts`);
  });
  const btf = noBtf ? undefined : new Btf(readFileSync(vmlinux));
  const compare = (change: (f: ReturnType<typeof facts>) => void) => {
    const changed = facts();
    change(changed);
    return compareWithBtf(changed, btf as Btf, code);
  };

  it("the facts are right", () => {
    expect(compare(() => {})).toEqual([]);
  });

  it("a wrong value is reported", () => {
    const wrong = compare((f) => Object.assign(f.enums.bpf_cmd?.members[5] ?? {}, { value: 77 }));
    expect(wrong).toEqual(["enum bpf_cmd: BPF_PROG_LOAD is 5, not 77"]);
  });

  it("a missing or extra name is reported", () => {
    const few = compare((f) => {
      const members = f.enums.bpf_map_type?.members ?? [];
      members.splice(
        members.findIndex(({ name }) => name === "ARENA"),
        1,
      );
    });
    expect(few).toEqual(["enum bpf_map_type: the kernel has BPF_MAP_TYPE_ARENA, the facts do not"]);
    const many = compare((f) => f.enums.bpf_prog_type?.members.push({ name: "NEW", value: 33 }));
    expect(many).toEqual(["enum bpf_prog_type: the kernel has no BPF_PROG_TYPE_NEW"]);
  });

  it("a wrong order is reported, because the kernel prints in this order", () => {
    const swap = compare((f) => {
      const members = f.enums.bpf_cmd?.members ?? [];
      [members[10], members[11]] = [members[11] as never, members[10] as never];
    });
    if (code <= 6018) {
      expect(swap).toEqual([
        "enum bpf_cmd: BPF_PROG_TEST_RUN is declared where the facts have BPF_PROG_RUN",
      ]);
    }
  });

  it("a wrong offset, size, type or flag is reported", () => {
    const moved = compare((f) =>
      Object.assign(f.attr.groups.token_create?.fields[1] ?? {}, { offset: 8 }),
    );
    expect(moved).toEqual(["union bpf_attr, token_create.bpffs_fd: at bit 32, not 64"]);
    const typed = compare((f) =>
      Object.assign(f.structs.open_how?.fields[2] ?? {}, { type: "u32" }),
    );
    expect(typed).toContain("struct open_how.resolve: 8 bytes, not 4");
    const event = (f: ReturnType<typeof facts>) => f.structs.perf_event_attr?.fields ?? [];
    const bit = compare((f) =>
      Object.assign(event(f).find(({ name }) => name === "freq") ?? {}, { shift: 31 }),
    );
    expect(bit).toEqual(["struct perf_event_attr.freq: at bit 330, not 351"]);
    const gone = compare((f) => event(f).splice(event(f).length - 1, 1));
    expect(gone).toContain(
      "struct perf_event_attr: the kernel has a field config3, the facts do not",
    );
    const flag = compare((f) => Object.assign(f.flags.BPF_F?.members[0] ?? {}, { value: 3 }));
    expect(flag).toEqual(["flag BPF_F_NO_PREALLOC is 1, not 3"]);
  });
});

describe("compared with the headers", () => {
  const attempt = () => {
    try {
      return compareWithHeaders(facts(), "cc");
    } catch (e) {
      if (e instanceof InconclusiveError) return e.message;
      throw e;
    }
  };
  const first = attempt();
  beforeEach((context) => {
    if (typeof first === "string") context.skip(`facts: ${first}`);
  });

  it("the facts are right", () => {
    expect(first).toMatchObject({ wrong: [] });
  });

  it("wrong facts are reported", () => {
    const changed = facts();
    Object.assign(changed.errno[0] ?? {}, { value: 2 });
    Object.assign(changed.capabilities[39] ?? {}, { value: 38 });
    Object.assign(changed.structs.rlimit64?.fields[1] ?? {}, { offset: 16 });
    changed.enums.bpf_map_type?.members.splice(1, 1);
    expect(compareWithHeaders(changed, "cc").wrong).toEqual([
      "EPERM is 1, not 2",
      "CAP_BPF is 39, not 38",
      "enum bpf_map_type: the headers have BPF_MAP_TYPE_HASH, the facts do not",
      "sizeof(struct rlimit64) is 16, not 24",
      "offsetof(struct rlimit64, rlim_max) is 8, not 16",
    ]);
  });
});

describe("the program", () => {
  it("checks nothing without a compiler, or with a broken file", () => {
    const cc = run("--only", "headers", "--cc", "/nowhere/cc");
    expect(cc.status).toBe(3);
    expect(cc.stdout).toContain("not checked: no C compiler '/nowhere/cc'");
    const file = join(dir, "broken");
    writeFileSync(file, "not btf, but long enough to be one");
    const btf = run("--only", "btf", "--btf", file, "--release", "6.18");
    expect(btf.status).toBe(3);
    expect(btf.stdout).toContain("not BTF, or of another byte order");
  });

  it("checks nothing for a kernel without tokens", () => {
    const old = run("--only", "btf", "--btf", vmlinux, "--release", "5.15.0");
    expect(old).toEqual({
      status: 3,
      stdout: "kernel 5.15.0: not checked: the facts start with Linux 6.9\n",
      stderr: "",
    });
  });

  it("lists differences and exits with 1", () => {
    const file = join(dir, "small");
    writeFileSync(file, btfBytes([{ kind: "int", name: "u32", size: 4 }]));
    const { status, stdout } = run("--only", "btf", "--btf", file, "--release", "6.18.1");
    expect(status).toBe(1);
    expect(stdout).toContain("kernel 6.18.1: union bpf_attr: the kernel has none\n");
    expect(stdout).toMatch(/kernel 6\.18\.1: \d+ differences\n$/);
  });

  it.each([["--only", "both"], ["--btf", "x"], ["--wrong"], ["word"]])(
    "explains itself: %s",
    (...args) => {
      const { status, stderr } = run(...args);
      expect(status).toBe(2);
      expect(stderr).toContain("usage: npm run tool facts");
    },
  );
});
