// SPDX-License-Identifier: MIT
import { createKernel, KernelCrashed } from "@bpf-token/kernel-wasm";
import { createToken, delegateBpffs, unshare } from "@bpf-token/syscall";
import { beforeAll, describe, expect, test } from "vitest";
import { bounded, mostTurns } from "../src/bounded.ts";
import { buildUpstream, yowaspCompiler } from "../src/index.ts";
import { noPins, noTokens, TOKEN } from "./texts.ts";

const release = "6.12";
const file = (text: string) => ({ path: TOKEN, bytes: new TextEncoder().encode(text) }) as const;
/** Functions that the loop counter of earlier versions did not see. */
const functions = `
/* New memory of 8 MiB. */
#define grown() ((void *)(__builtin_wasm_memory_grow(0, 128) << 16))
extern void kernel_lsm_asked(unsigned);
static int twice(int level);
static int (*volatile again)(int) = twice;
static int twice(int level) { return level == 0 ? 1 : again(level - 1) + again(level - 1); }
static volatile unsigned long long sum = 1;
static void work(void) { sum++; }
#define TEN(x) x x x x x x x x x x
static noinline void heavy(void)
{
	TEN(TEN(TEN(sum = 0xffffffffffffffffULL / sum | 1;)))
}
/* Each load misses the caches and waits for the one before it. */
static noinline int slow(void)
{
	unsigned i, at = 0, count = 1 << 21;
	volatile unsigned *links = grown();

	for (i = 0; i < count; i++)
		links[i] = (i * 1103515245u + 12345u) % count;
	for (;;)
		at = TEN(links[) at TEN(]);
	return at;
}
`;
const creating = (statement: string): string =>
  noTokens
    .replace("return -ENOLINK;", statement)
    .replace(/^int bpf_token_create/m, `${functions}int bpf_token_create`);
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
    // Twice as many calls in each level: a call never comes back, and the stack stays small.
    ["return twice(60);", "a loop does not end in twice()"],
    ["for (;;) work();", "a loop does not end in "],
    ["for (;;) kernel_lsm_asked(0);", "a loop does not end in "],
    [
      "for (void *volatile p = grown();;) __builtin_memset(p, 1, 1 << 23);",
      "a loop does not end in ",
    ],
    ["for (;;) heavy();", "a loop does not end in "],
    ["return slow();", "a loop does not end in "],
    // Instructions whose time does not show in the number of turns.
    ["for (;;) __builtin_wasm_memory_grow(0, 0);", "a loop does not end in bpf_token_create()"],
    ["for (volatile double x = 2;;) x = __builtin_sqrt(x);", "a loop does not end in "],
    // Jumps of a switch, and calls through pointers.
    [
      "for (volatile unsigned n = 0;;) switch (n++ & 3) { case 0: work(); continue; case 1: n++; }",
      "a loop does not end in ",
    ],
    ["for (void (*volatile f)(void) = work;;) f();", "a loop does not end in "],
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
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const section = (id: number, ...content: number[]) => [id, content.length, ...content];
  const types = section(1, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f);
  const imports = section(2, 1, ...name("host"), ...name("clock"), 0, 1);
  const functions = section(3, 1, 0);
  const one = (code: readonly number[]) => {
    const codes = section(10, 1, code.length + 2, 0, ...code, 0x0b);
    return Uint8Array.from([...head, ...types, ...imports, ...functions, ...codes]);
  };
  expect(WebAssembly.validate(Uint8Array.from(head))).toBe(true);
  expect(bounded(one([0x01])).length).toBeGreaterThan(one([0x01]).length);
  expect(() => bounded(Uint8Array.from(head))).toThrow("the module does not import host.clock");
  expect(() => bounded(one([0xfd, 12]))).toThrow("instruction 0xfd is not supported");
  expect(() => bounded(one([0xfc, 99]))).toThrow("instruction 0xfc 99 is not supported");
});
