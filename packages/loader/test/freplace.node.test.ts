// SPDX-License-Identifier: MIT
// obj_priv_freplace_prog and obj_priv_freplace_prog_fail of the kernel's own tests, told anew: a program
// in a container takes the place of a function of another, whose types it finds through the token.
import type { Kernel, Task } from "@bpf-token/syscall";
import { expect, test } from "vitest";
import {
  Collection,
  type Delegated,
  LoadError,
  type LoadOptions,
  withToken,
} from "../src/index.ts";
import { fixture } from "./compile.ts";
import { describeGuest, useKernels } from "./kernels.ts";

const open = useKernels();
const exact = {
  cmds: ["BTF_LOAD", "PROG_LOAD", "BTF_GET_FD_BY_ID"],
  progs: ["EXT", "XDP"],
  attachs: "any",
} as const satisfies Delegated;

/** What comes of the second program, the first being loaded: nothing, or why not. */
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

test("obj_priv_freplace_prog gets as far as it gets for root", async (context) => {
  const kernel = open(context, "native");
  const object = fixture(context, "replace");
  const root = asRoot(kernel, object);
  await withToken({ kernel, ...exact }, (task) => {
    const error = replace(task, object);
    expect(error?.phase).toBe(root?.phase);
    // A kernel that loads no such programs refuses them after their target was found, root's as well.
    expect([error?.cause?.cmd, error?.cause?.code]).toEqual(
      root === undefined ? [undefined, undefined] : ["BPF_PROG_LOAD", root.cause?.code],
    );
  });
});

test("obj_priv_freplace_prog_fail: types of others are not found without the command", async (context) => {
  const kernel = open(context, "native");
  const object = fixture(context, "replace");
  await withToken({ kernel, ...exact, cmds: ["BTF_LOAD", "PROG_LOAD"] }, (task) => {
    expect(replace(task, object)?.message).toContain("delegate_cmds=btf_get_fd_by_id");
  });
  await withToken({ kernel, ...exact }, (task) => {
    const error = replace(task, object, { token: "never", btf: "optional" });
    expect(error?.message).toContain("the types of the program to attach to");
  });
});

describeGuest("freplace on Linux 6.12", (guest) => {
  test("root replaces; in a container the types are out of reach, whatever is delegated", async (context) => {
    const kernel = guest();
    const object = fixture(context, "replace");
    expect(asRoot(kernel, object)).toBeUndefined();
    await withToken({ kernel, ...exact, cmds: "any" }, (task) => {
      expect(replace(task, object)?.message).toContain("it takes Linux 6.15 and a token");
    });
  });
});
