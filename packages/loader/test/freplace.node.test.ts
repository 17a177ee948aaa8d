// SPDX-License-Identifier: MIT
import type { Delegation } from "@bpf-token/delegation";
// Reimplements the kernel selftests obj_priv_freplace_prog and obj_priv_freplace_prog_fail: a
// program in a container replaces a function of another one, and reads its BTF through the token.
import type { Kernel, Task } from "@bpf-token/syscall";
import { expect, test } from "vitest";
import { Collection, LoadError, type LoadOptions, withToken } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { describeGuest, useKernels } from "./kernels.ts";

const open = useKernels();
const exact = {
  cmds: ["BTF_LOAD", "PROG_LOAD", "BTF_GET_FD_BY_ID"],
  progs: ["EXT", "XDP"],
  attachs: "any",
} as const satisfies Delegation;

/** Loads both programs; returns the error of the second one, if any. */
function replace(task: Task, object: Uint8Array, options: LoadOptions = {}): LoadError | undefined {
  const below = Collection.load(task, object, { programs: ["replaced"], env: {} });
  const targets = { instead: { program: below.program("replaced").fd, function: "verdict" } };
  try {
    const only = { programs: ["instead"], targets, env: {}, ...options };
    Collection.load(task, object, only).close();
    return undefined;
  } catch (error) {
    if (error instanceof LoadError) return error;
    throw error;
  } finally {
    below.close();
  }
}

function asRoot(kernel: Kernel, object: Uint8Array): LoadError | undefined {
  const task = kernel.init.fork();
  try {
    return replace(task, object, { token: "never" });
  } finally {
    task.close();
  }
}

test("obj_priv_freplace_prog: the container gets the same result as host root", async (context) => {
  const kernel = open(context, "native");
  const object = fixture(context, "replace");
  const root = asRoot(kernel, object);
  await withToken({ kernel, ...exact }, (task) => {
    const error = replace(task, object);
    expect(error?.phase).toBe(root?.phase);
    // A kernel that does not support freplace refuses it after the target was found, also for root.
    expect([error?.cause?.cmd, error?.cause?.code]).toEqual(
      root === undefined ? [undefined, undefined] : ["BPF_PROG_LOAD", root.cause?.code],
    );
  });
});

test("obj_priv_freplace_prog_fail: BTF of other programs needs the delegated command", async (context) => {
  const kernel = open(context, "native");
  const object = fixture(context, "replace");
  await withToken({ kernel, ...exact, cmds: ["BTF_LOAD", "PROG_LOAD"] }, (task) => {
    expect(replace(task, object)?.message).toContain("delegate_cmds=btf_get_fd_by_id");
  });
  await withToken({ kernel, ...exact }, (task) => {
    const error = replace(task, object, { token: "never", btf: "optional" });
    expect(error?.message).toContain("the BTF of the target program");
  });
});

describeGuest("freplace on Linux 6.12", (guest) => {
  test("host root replaces a function; a container cannot read the BTF, whatever is delegated", async (context) => {
    const kernel = guest();
    const object = fixture(context, "replace");
    expect(asRoot(kernel, object)).toBeUndefined();
    await withToken({ kernel, ...exact, cmds: "any" }, (task) => {
      expect(replace(task, object)?.message).toContain("it needs Linux 6.15 and");
    });
  });
});
