// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { createToken, delegateBpffs, unshare } from "@bpf-token/syscall";
import { beforeAll, describe, expect, test } from "vitest";
import { yowaspCompiler } from "../src/index.ts";
import { buildExits, decidingExit, type Exit, takeExits } from "../src/instrumented/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

/** A token.c whose refusal passes through a function, a variable and two labels. */
const winding = noTokens.replace(
  "int bpf_token_create(union bpf_attr *attr)\n{\n\treturn -ENOLINK;\n}",
  `static int look(u32 flags)
{
	if (flags) return -EXDEV; else
		goto out;
out:
	return 0;
}

int bpf_token_create(union bpf_attr *attr)
{
	int err = look(attr->token_create.flags);

	if (err)
		return err;
	err = -ENOLINK;
	if (attr->token_create.bpffs_fd)
		goto free;
	return 0;
free:
	bpf_token_put(NULL);
	goto out;
out:
	return err;
}`,
);
const lineOf = (text: string): number =>
  winding.split("\n").findIndex((line) => line.includes(text)) + 1;

let module: WebAssembly.Module;
beforeAll(async () => {
  const compiler = await yowaspCompiler();
  const bytes = new TextEncoder().encode(winding);
  module = new WebAssembly.Module(
    await buildExits([{ path: TOKEN, bytes }], { compiler, release: "6.18" }),
  );
}, 600_000);

test("each return and goto records its line, and the deciding one is found", () => {
  const kernel = createKernel({ module });
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "any" });
  takeExits(kernel, module);
  expect(() => createToken(app, bpffs)).toThrow("ENOLINK");
  const exits = takeExits(kernel, module);
  expect(exits.map(({ kind, line }) => [kind, line])).toEqual([
    ["jump", lineOf("\t\tgoto out;")],
    ["value", lineOf("return 0;")],
    ["jump", lineOf("goto free;")],
    ["jump", lineOf("goto free;") + 4],
    ["variable", lineOf("return err;") + 9],
  ]);
  expect(decidingExit(exits)).toEqual({
    file: TOKEN,
    line: lineOf("goto free;"),
    function: "bpf_token_create",
    kind: "jump",
  });
  expect(takeExits(kernel, module)).toEqual([]);
  kernel.close();
});

describe("decidingExit() returns", () => {
  const exit = (kind: Exit["kind"], line: number, name = "f"): Exit => {
    return { kind, line, file: TOKEN, function: name };
  };
  test.each<[string, readonly Exit[], number | undefined]>([
    ["none", [], undefined],
    ["the last of several", [exit("value", 1, "g"), exit("value", 2)], 2],
    ["not an exit that returns no value", [exit("value", 1), exit("nothing", 2, "g")], 1],
    [
      "the exit of the called function whose value is returned",
      [exit("value", 1, "g"), exit("variable", 2)],
      1,
    ],
    ["a jump, not the call before it", [exit("value", 1, "g"), exit("jump", 2)], 2],
    ["the first of some jumps", [exit("jump", 1), exit("jump", 2), exit("variable", 3)], 1],
    ["not an earlier call of the same function", [exit("value", 1), exit("variable", 2)], 2],
  ])("%s", (_, exits, line) => {
    expect(decidingExit(exits)?.line).toBe(line);
  });
});
