// SPDX-License-Identifier: MIT
// Calls that a signal interrupts. Before Linux 5.19 that is possible while a call waits for its answer; a
// filter that refuses the flag of 5.19 makes this kernel behave like an older one.
import { spawnSync } from "node:child_process";
import { release } from "node:os";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";
import { writeFilter } from "./seccomp.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const [here = ""] = /^\d+\.\d+/.exec(release()) ?? [];

const WAIT_KILLABLE_RECV = 1 << 5;
/** EINVAL for seccomp(2) with the flag. */
const filter = [
  [0x20, 0, 0, 0],
  [0x15, 0, 3, process.arch === "x64" ? 317 : 277],
  [0x20, 0, 0, 24],
  [0x45, 0, 1, WAIT_KILLABLE_RECV],
  [0x06, 0, 0, 0x50000 + 22],
  [0x06, 0, 0, 0x7fff0000],
] as const;

describeNative("a program that signals interrupt", ["cc", "setpriv"], interrupted);

function interrupted(): void {
  const { compile, file } = useProgramFolder();
  beforeAll(() => {
    compile("interrupted");
    writeFilter(file("filter"), filter);
  });

  test.each([
    ["the running kernel", [], false],
    ["the model", ["--subject", `model@${here}`], false],
    ["the model where calls can be interrupted", ["--subject", `model@${here}`], true],
  ])("has each call carried out once by %s", (_, subject, older) => {
    const delegate = ["--delegate", "cmds=any,maps=any"];
    const args = [path("../../bin/bpf-token.js"), "exec", ...subject, ...delegate, "--"];
    const command = [process.execPath, ...args, file("interrupted")];
    const limited = older ? ["--seccomp-filter", file("filter")] : [];
    const { status, stdout, stderr } = spawnSync("setpriv", [...limited, ...command], {
      encoding: "utf8",
    });
    const once = "200 folders, 200 maps\n";
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${once}${once}interrupted 1, wrong 0\n`,
      stderr: "",
    });
  });
}
