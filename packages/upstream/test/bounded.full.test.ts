// SPDX-License-Identifier: MIT
import { createKernel, KernelCrashed } from "@bpf-token/kernel-wasm";
import { createToken, delegateBpffs, unshare } from "@bpf-token/syscall";
import { beforeAll, describe, expect, test } from "vitest";
import { bounded, mostTurns } from "../src/bounded.ts";
import { buildUpstream, yowaspCompiler } from "../src/index.ts";
import { noPins, noTokens, TOKEN } from "./texts.ts";

const release = "6.12";
const file = (text: string) => ({ path: TOKEN, bytes: new TextEncoder().encode(text) }) as const;
const creating = (statement: string): string => noTokens.replace("return -ENOLINK;", statement);
let compiler: Awaited<ReturnType<typeof yowaspCompiler>>;

beforeAll(async () => {
  compiler = await yowaspCompiler();
}, 600_000);

/** Creates a token with the given body of `bpf_token_create()`. */
async function asked(text: string): Promise<unknown> {
  const { module } = await buildUpstream([file(text)], { compiler, release });
  const kernel = createKernel({ module });
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "any" });
  try {
    return createToken(app, bpffs);
  } catch (error) {
    return error;
  }
}

describe("a call into upstream source that does not return", { timeout: 600_000 }, () => {
  test.each([
    ["for (;;) ;", "a loop does not end in bpf_token_create()"],
    ["while (capable(CAP_BPF) || 1) ;", "a loop does not end in "],
    ["back: goto back;", "a loop does not end in bpf_token_create()"],
    ["return bpf_token_create(attr) + (int)attr->token_create.flags;", ""],
    ["__builtin_trap();", "unreachable"],
    ["return *(volatile int *)0xfffffff0;", "out of bounds"],
  ])("%s", async (statement, said) => {
    const error = await asked(creating(statement));
    expect(error).toBeInstanceOf(KernelCrashed);
    expect((error as Error).message).toContain("the upstream source crashed: ");
    expect((error as Error).message).toContain(said);
  });

  test("a long call that does return succeeds", async () => {
    const error = await asked(
      creating(`for (volatile int i = 0; i < ${mostTurns / 10}; i++) ;\n\treturn -ENOLINK;`),
    );
    expect((error as Error).message).toContain("ENOLINK");
  });

  test("the iterations of each call are counted separately", async () => {
    const text = creating(
      `for (volatile int i = 0; i < ${mostTurns / 3}; i++) ;\n\treturn -EXDEV;`,
    );
    const { module } = await buildUpstream([file(text)], { compiler, release });
    const kernel = createKernel({ module });
    const bpffs = delegateBpffs(kernel.init, kernel.init, {});
    for (let i = 0; i < 4; i++) expect(() => createToken(kernel.init, bpffs)).toThrow("EXDEV");
  });

  test("a loop at boot ends the boot", async () => {
    const text = new TextEncoder().encode(noPins.replace("return 0;", "for (;;) ;"));
    const files = [{ path: "kernel/bpf/inode.c", bytes: text }] as const;
    const { module } = await buildUpstream(files, { compiler, release });
    expect(() => createKernel({ module })).toThrow(/a loop does not end in bpf_init\(\)/);
  });
});

test("bounded() refuses instructions that the SDK's flags do not allow", () => {
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const one = (code: readonly number[]) =>
    Uint8Array.from([...head, 10, code.length + 4, 1, code.length + 2, 0, ...code, 0x0b]);
  expect(WebAssembly.validate(Uint8Array.from(head))).toBe(true);
  expect(() => bounded(one([0xfd, 12]))).toThrow("instruction 0xfd is not supported");
  expect(() => bounded(one([0xfc, 99]))).toThrow("instruction 0xfc 99 is not supported");
});
