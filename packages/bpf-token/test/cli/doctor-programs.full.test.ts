// SPDX-License-Identifier: MIT
// Programs of other projects, each with one planted cause: doctor names it first. docs/trace-programs.md
// has the same for trace, with more programs.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import type { Diagnosis } from "@bpf-token/diagnose";
import { expect, test } from "vitest";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";
import { ALL, any, BPF, type Contained, commandOf, SYS_ADMIN } from "./situations/situation.ts";

const triple = process.arch === "x64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
const folder = `/usr/lib/${triple}/bpf`;
/** A compiled object of xdp-tools. */
const object = existsSync(folder)
  ? readdirSync(folder).find((name) => name.startsWith("xdpfilt_"))
  : undefined;
const path = `${folder}/${object ?? "xdpfilt_alw_all.o"}`;

const programs: readonly (readonly [string, ...string[]])[] = [
  ["bpftool", "prog", "load", path, "/sys/fs/bpf/x"],
  ["xdp-loader", "load", "lo", path],
  ["execsnoop-libbpf"],
];

/** What is planted, and the id of the first error. */
const planted: readonly (readonly [string, Partial<Contained>, string])[] = [
  ["the masks lack prog_load", { options: { ...any, delegate_cmds: "map_create" } }, "cmd"],
  ["the masks lack its map types", { options: { ...any, delegate_maps: "queue" } }, "map"],
  ["the masks lack its program types", { options: { ...any, delegate_progs: "lsm" } }, "prog"],
  [
    "the masks lack its attach types",
    { options: { ...any, delegate_attachs: "lsm_mac" } },
    "attach",
  ],
];

describeNative("a program of another project", ["bpftool"], () => {
  async function firstError(run: Contained): Promise<string | undefined> {
    const env = { PATH: process.env.PATH ?? "" };
    const { err } = await cli(["doctor", "--json", "--", ...commandOf(run)], {}, env);
    const { findings } = JSON.parse(err) as Diagnosis;
    return findings.find(({ severity }) => severity === "error")?.id;
  }

  for (const command of programs) {
    const [name] = command;
    const why =
      spawnSync(name, ["--version"], { stdio: "ignore" }).error !== undefined
        ? `${name} is not installed`
        : command.includes(path) && object === undefined
          ? "the objects of xdp-tools are not installed"
          : undefined;
    // It would run until somebody stops it.
    const limited = ["timeout", "5", ...command];

    for (const [what, change, axis] of planted) {
      test(`${name}: ${what}`, async (context) => {
        if (why !== undefined) return context.skip(why);
        const run = { caps: ALL, options: any, command: limited, ...change };
        expect(await firstError(run)).toBe(`token.dropped.${axis}`);
      });
    }

    test(`${name}: it lacks CAP_BPF`, async (context) => {
      if (why !== undefined) return context.skip(why);
      const caps = (ALL & ((1n << 41n) - 1n) & ~BPF) | SYS_ADMIN;
      expect(await firstError({ caps, options: any, command: limited })).toBe(
        "token.create.capable",
      );
    });
  }
});
