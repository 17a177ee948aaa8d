// SPDX-License-Identifier: MIT
// Reimplements the kernel's token selftests that need a loader: docs/spec, selftests.
import { readFileSync } from "node:fs";
import { Btf, type BtfType, encodeBtf } from "@bpf-token/object";
import type { Task } from "@bpf-token/syscall";
import { check, raw } from "@bpf-token/syscall";
import { AT, MOVE_MOUNT } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { Collection, type LoadOptions, plan, withToken } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { refusal } from "./container.ts";
import { backends, describeProcess, useKernels } from "./kernels.ts";

const open = useKernels();
const any = { maps: "any", progs: "any", attachs: "any" } as const;

/** Whether the object loads. */
function loads(task: Task, object: Uint8Array, options: LoadOptions): boolean {
  try {
    Collection.load(task, object, options).close();
    return true;
  } catch {
    return false;
  }
}

describe.each(backends)("obj_priv_implicit_token on %s", (backend) => {
  test("without the variable, at /sys/fs/bpf", async (context) => {
    const kernel = open(context, backend);
    const object = fixture(context, "minimal");
    const cmds = ["MAP_CREATE", "PROG_LOAD", "BTF_LOAD"] as const;
    await withToken({ kernel, path: "/tmp", cmds, ...any }, (task) => {
      // In the original nothing is mounted yet; this loader would find a mount at any path.
      expect(loads(task, object, { env: {}, token: "/sys/fs/bpf" })).toBe(false);
      move(task, "/tmp", "/sys/fs/bpf");
      expect(loads(task, object, { env: { LIBBPF_BPF_TOKEN_PATH: "" } })).toBe(false);
      expect(loads(task, object, { env: {} })).toBe(true);
      expect(loads(task, object, { env: {}, token: "" })).toBe(false);
    });
  });

  test("with the variable, at another path", async (context) => {
    const kernel = open(context, backend);
    const object = fixture(context, "minimal");
    const cmds = ["MAP_CREATE", "PROG_LOAD", "BTF_LOAD"] as const;
    await withToken({ kernel, path: "/tmp", cmds, ...any }, (task) => {
      const env = { LIBBPF_BPF_TOKEN_PATH: "/tmp" };
      // The original fails without the variable, because libbpf looks at one path only.
      expect(loads(task, object, { env: {} })).toBe(true);
      expect(loads(task, object, { env })).toBe(true);
      expect(loads(task, object, { env, token: "" })).toBe(false);
    });
  });
});

function move(task: Task, from: string, to: string): void {
  const ret = raw.move_mount(task, AT.FDCWD, from, AT.FDCWD, to, MOVE_MOUNT.F_SYMLINKS);
  check(task, { syscall: "move_mount", cmd: to }, ret);
}

const kernelBtf = (): Btf => Btf.parse(new Uint8Array(readFileSync("/sys/kernel/btf/vmlinux")));

describeProcess("obj_priv_btf", () => {
  const cmds = ["MAP_CREATE", "PROG_LOAD"] as const;
  const only = { maps: ["STRUCT_OPS"], progs: ["STRUCT_OPS"], attachs: "any" } as const;

  test("fails without delegated BTF_LOAD, which struct_ops needs", async (context) => {
    const kernel = open(context, "native");
    const object = fixture(context, "table");
    const options = { kernelBtf: kernelBtf() };
    await withToken({ kernel, cmds, ...only }, (task) => {
      const error = refusal(task, object, options);
      expect(error.missing).toMatchObject([{ axis: "command", add: "btf_load" }]);
      expect(error.phase).toBe("btf");
    });
  });

  test("with BTF_LOAD, the container gets the same result as host root", async (context) => {
    const kernel = open(context, "native");
    const object = fixture(context, "table");
    const options = { env: {}, kernelBtf: kernelBtf() };
    const why = (task: Task): string | undefined => {
      try {
        const collection = Collection.load(task, object, options);
        expect(collection.tables.get("table")).toHaveLength(collection.map("table").spec.valueSize);
        collection.close();
      } catch (error) {
        return (error as Error).message;
      }
    };
    const root = why(kernel.init);
    await withToken({ kernel, cmds: [...cmds, "BTF_LOAD"], ...only }, (task) => {
      expect(why(task)).toBe(root);
    });
    // If this kernel refuses such programs, missing permission is not the reason.
    if (root !== undefined) expect(root).not.toContain("EPERM");
  });
});

test("finds struct_ops members in the kernel's BTF by name", (context) => {
  const theirs = kernelTypes();
  const { calls, failure } = plan(fixture(context, "table"), { kernelBtf: theirs });
  expect(failure).toBeUndefined();
  const id = theirs.id("tcp_congestion_ops", "STRUCT");
  const map = calls.find(({ cmd }) => cmd === "MAP_CREATE");
  expect(map?.attr).toMatchObject({
    map_type: 26,
    map_name: "table",
    btf_vmlinux_value_type_id: theirs.id("bpf_struct_ops_tcp_congestion_ops", "STRUCT"),
    value_size: 64,
  });
  const programs = calls.filter(({ cmd }) => cmd === "PROG_LOAD");
  expect(programs.map(({ subject, attr }) => [subject, attr.expected_attach_type])).toEqual([
    ["ssthresh", 1],
    ["cong_avoid", 2],
    ["undo_cwnd", 3],
  ]);
  expect(programs.map(({ attr }) => attr.attach_btf_id)).toEqual([id, id, id]);
});

/** BTF of a kernel whose struct has another order, and an additional member. */
function kernelTypes(): Btf {
  const int = { kind: "INT", bitOffset: 0, signed: false, char: false, bool: false } as const;
  const member = (name: string, type: number, offset: number) => {
    return { name, type, bitOffset: 8 * offset, bitSize: 0 };
  };
  const struct = { kind: "STRUCT", flag: false } as const;
  const types: readonly BtfType[] = [
    { ...int, name: "unsigned int", size: 4, bits: 32 },
    { ...int, name: "char", size: 1, bits: 8 },
    { kind: "ARRAY", name: "", elementType: 2, indexType: 1, count: 16 },
    { kind: "FUNC_PROTO", name: "", returnType: 1, params: [] },
    { kind: "PTR", name: "", type: 4 },
    {
      ...struct,
      name: "tcp_congestion_ops",
      size: 48,
      members: [
        ...["other", "ssthresh", "cong_avoid", "undo_cwnd"].map((name, i) =>
          member(name, 5, 8 * i),
        ),
        member("name", 3, 32),
      ],
    },
    {
      ...struct,
      name: "bpf_struct_ops_tcp_congestion_ops",
      size: 64,
      members: [member("common", 1, 0), member("data", 6, 16)],
    },
  ];
  return Btf.parse(encodeBtf(types));
}
