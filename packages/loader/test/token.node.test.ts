// SPDX-License-Identifier: MIT
import { BpfError, dropCapabilities, type Task } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { Collection, findToken, type LoadOptions, Token, withToken } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { exact, refusal } from "./container.ts";
import { backends, useKernels } from "./kernels.ts";

const open = useKernels();
const env = {};
const bits = Object.entries(exact).flatMap(([kind, names]) =>
  names.map((name) => [kind as keyof typeof exact, name] as const),
);
const axes = {
  cmds: "command",
  maps: "map type",
  progs: "program type",
  attachs: "attach type",
} as const;

describe.each(backends)("a container on %s", (backend) => {
  test("loads an object with exactly the delegation that it needs", async (context) => {
    const kernel = open(context, backend);
    const object = fixture(context, "counter");
    await withToken({ kernel, ...exact }, (task) => {
      const before = kernel.openFds(task).length;
      const collection = Collection.load(task, object, { env });
      expect(collection.token.used?.path).toBe("/sys/fs/bpf");
      expect(collection.token.used?.mountOptions).toBe(
        "delegate_cmds=map_create:prog_load:btf_load,delegate_maps=hash:array,delegate_progs=xdp,delegate_attachs=xdp",
      );
      // Names, BTF and variables, which other loaders may lose.
      const maps = Array.from(collection.maps, ([name, map]) => [name, map.info().name]);
      expect(maps).toEqual([
        ["seen", "seen"],
        [".rodata", "object.rodata"],
        [".data", "object.data"],
        [".bss", "object.bss"],
      ]);
      expect(collection.map("seen").info().btf_key_type_id).toBeGreaterThan(0);
      expect(collection.map(".bss").info().btf_value_type_id).toBeGreaterThan(0);
      expect(collection.program("count").info().name).toBe("count");
      expect(collection.btf?.closed).toBe(false);
      collection.close();
      expect(kernel.openFds(task)).toHaveLength(before);
    });
  });

  test.for(bits)(
    "an error names the missing bit of %s %s, and no fd stays open",
    async ([kind, name], context) => {
      const kernel = open(context, backend);
      const object = fixture(context, "counter");
      const less = { ...exact, [kind]: exact[kind].filter((each) => each !== name) };
      await withToken({ kernel, ...less }, (task) => {
        const before = kernel.openFds(task).length;
        const error = refusal(task, object);
        const missing = { axis: axes[kind], option: `delegate_${kind}`, holder: "host" };
        expect(error.missing).toMatchObject([{ ...missing, add: name.toLowerCase() }]);
        expect([error.code, error.errno]).toEqual(["EPERM", Errno.EPERM]);
        const value = exact[kind].join(":").toLowerCase();
        expect(error.message).toContain(`mount the BPF filesystem with delegate_${kind}=${value}`);
        expect(kernel.openFds(task)).toHaveLength(before);
      });
    },
  );

  test.for(["BPF", "NET_ADMIN"] as const)(
    "without CAP_%s, an error explains that a token does not grant it",
    async (name, context) => {
      const kernel = open(context, backend);
      const object = fixture(context, "counter");
      await withToken({ kernel, ...exact }, (task) => {
        const token = Token.open(task, "/sys/fs/bpf");
        dropCapabilities(task, name, "SYS_ADMIN");
        const error = refusal(task, object, { token });
        expect(error.missing).toMatchObject([
          { axis: "capability", add: `CAP_${name}`, holder: "process" },
        ]);
        expect(error.message).toContain("a token does not grant it");
        token.close();
      });
    },
  );
});

type Case = readonly [what: string, options: LoadOptions, loads: boolean | string];

/** Where the loader looks for a token, by option and environment. The bpffs is at `/sys/fs/bpf`. */
const usual: readonly Case[] = [
  ["neither option nor variable is set", { env }, true],
  ["the variable is empty", { env: { LIBBPF_BPF_TOKEN_PATH: "" } }, false],
  ["the option is empty", { env, token: "" }, false],
  ["the option is never", { env, token: "never" }, false],
  ["the option is the path", { env, token: "/sys/fs/bpf" }, true],
  ["the variable is the path", { env: { LIBBPF_BPF_TOKEN_PATH: "/sys/fs/bpf" } }, true],
  [
    "the option beats the variable",
    { env: { LIBBPF_BPF_TOKEN_PATH: "/sys/fs/bpf" }, token: "" },
    false,
  ],
  [
    "the path does not exist",
    { env, token: "/tmp/nowhere" },
    "token /tmp/nowhere: openat(/tmp/nowhere): ENOENT",
  ],
  [
    "the path is not a BPF filesystem",
    { env, token: "/proc" },
    "token /proc: bpf(BPF_TOKEN_CREATE): EINVAL",
  ],
  [
    "the variable's path does not exist",
    { env: { LIBBPF_BPF_TOKEN_PATH: "/tmp/nowhere" } },
    "ENOENT",
  ],
];

function outcome(task: Task, object: Uint8Array, options: LoadOptions): boolean | string {
  try {
    Collection.load(task, object, options).close();
    return true;
  } catch (error) {
    const { message } = error as Error;
    return message.startsWith("token") ? message : false;
  }
}

describe.each(backends)("discovery on %s", (backend) => {
  test.for(usual)("%s", async ([, options, loads], context) => {
    const kernel = open(context, backend);
    const object = fixture(context, "minimal");
    await withToken({ kernel, cmds: "any", progs: ["XDP"], attachs: ["XDP"] }, (task) => {
      const got = outcome(task, object, options);
      if (typeof loads === "string") expect(got).toContain(loads);
      else expect(got).toBe(loads);
      expect(kernel.openFds(task).filter(({ kind }) => kind === "token")).toEqual([]);
    });
  });

  test("an error about a path has the refused call as its cause", (context) => {
    const kernel = open(context, backend);
    const object = fixture(context, "minimal");
    let thrown: unknown;
    try {
      Collection.load(kernel.init, object, { env, token: "/proc" }).close();
    } catch (error) {
      thrown = error;
    }
    const { cause } = thrown as Error;
    expect(BpfError.is(cause) && [cause.cmd, cause.code]).toEqual(["BPF_TOKEN_CREATE", "EINVAL"]);
    expect(() => Token.open(kernel.init, "/proc")).toThrow("token /proc: bpf(BPF_TOKEN_CREATE)");
  });

  test("finds a bpffs mount at any path; libbpf needs the path", async (context) => {
    const kernel = open(context, backend);
    const object = fixture(context, "minimal");
    await withToken(
      { kernel, path: "/tmp", cmds: "any", progs: ["XDP"], attachs: ["XDP"] },
      (task) => {
        const collection = Collection.load(task, object, { env });
        expect(collection.token.used?.path).toBe("/tmp");
        collection.close();
      },
    );
  });

  test("records why there is no token, and reports it with the error", async (context) => {
    const kernel = open(context, backend);
    await withToken({ kernel }, (task) => {
      const { token, reasons } = findToken(task, "auto", env);
      expect(token).toBeUndefined();
      expect(reasons).toEqual([
        {
          path: "/sys/fs/bpf",
          reason: "it delegates nothing; mount it with delegate_cmds and other options",
        },
      ]);
      const error = refusal(task, fixture(context, "minimal"));
      expect(error.missing).toMatchObject([{ axis: "capability", add: "CAP_BPF" }]);
      expect(error.message).toContain("no token is used (/sys/fs/bpf: it delegates nothing");
    });
  });

  test("a mount that delegates only attach types is no place to look for a token", async (context) => {
    const kernel = open(context, backend);
    await withToken({ kernel, attachs: ["XDP"] }, (task) => {
      const { token, reasons } = findToken(task, "auto", env);
      expect(token).toBeUndefined();
      expect(reasons).toMatchObject([{ reason: expect.stringContaining("it delegates nothing") }]);
      // The kernel creates a token from it, but no command could use one.
      const { token: explicit } = findToken(task, "/sys/fs/bpf", env);
      expect(explicit?.mountOptions).toBe("delegate_attachs=xdp");
      explicit?.close();
    });
  });

  test.for(["cmds", "maps", "progs"] as const)(
    "a mount that delegates only %s is one",
    async (axis, context) => {
      const kernel = open(context, backend);
      await withToken({ kernel, [axis]: "any" }, (task) => {
        const { token, reasons } = findToken(task, "auto", env);
        expect([token?.mountOptions, reasons]).toEqual([`delegate_${axis}=any`, []]);
        token?.close();
      });
    },
  );

  test("the initial user namespace needs no token", (context) => {
    const kernel = open(context, backend);
    const collection = Collection.load(kernel.init, fixture(context, "counter"), { env });
    expect(collection.token.used).toBeUndefined();
    expect(collection.token.reasons).toHaveLength(1);
    collection.close();
  });
});

/** The kernel's token selftests that need a loader; their objects are loaded without BTF. */
describe.each(backends)("selftests on %s", (backend) => {
  const rows = [
    ["obj_priv_map", "queue", { cmds: ["MAP_CREATE"], maps: ["QUEUE"] }],
    ["obj_priv_prog", "minimal", { cmds: ["PROG_LOAD"], progs: ["XDP"], attachs: "any" }],
  ] as const;
  test.for(rows)("%s", async ([, name, delegated], context) => {
    const kernel = open(context, backend);
    const object = fixture(context, name);
    const options = { env, btf: "optional" } as const;
    await withToken({ kernel, ...delegated }, (task) => {
      expect(() => Collection.load(task, object, { ...options, token: "never" })).toThrow("EPERM");
      const collection = Collection.load(task, object, { ...options, token: "/sys/fs/bpf" });
      expect(collection.token.used).toBeDefined();
      expect(collection.notes.map(({ subject }) => subject)).toEqual(["BTF"]);
      collection.close();
    });
  });
});
