// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { commandNames } from "../../src/cli/program.ts";
import { cli } from "./run-cli.ts";

test.each(["bash", "zsh", "fish"])(
  "completion %s has each command and its options",
  async (shell) => {
    const { code, out, err } = await cli(["completion", shell]);
    expect([code, err]).toEqual([0, ""]);
    for (const name of commandNames) expect(out).toContain(name);
    expect(out).toContain(shell === "fish" ? "-l container" : "--container");
  },
);

test("bash completes commands, and options of a command", async () => {
  const { out } = await cli(["completion", "bash"]);
  const complete = (...words: readonly string[]): readonly string[] => {
    const list = words.map((word) => `'${word}'`).join(" ");
    const script = `${out}\nCOMP_WORDS=(bpf-token ${list}); COMP_CWORD=${words.length}; _bpf_token; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout.trim().split("\n");
  };
  expect(complete("expl")).toEqual(["explain"]);
  expect(complete("doctor", "--b")).toEqual(["--bundle"]);
  expect(complete("doctor", "file")).toEqual([""]);
  expect(complete("hook", "")).toEqual(["install", "remove", "check"]);
  expect(complete("hook", "install", "")).toEqual([""]);
  expect(complete("completion", "f")).toEqual(["fish"]);
  expect(complete("policy", "x.o", "--for", "sys")).toEqual(["systemd"]);
  expect(complete("policy", "--loader", "libbpf@1.7")).toEqual(["libbpf@1.7"]);
  expect(complete("policy", "--loader=")).toEqual([""]);
});

test("zsh and fish complete known words", async () => {
  const zsh = (await cli(["completion", "zsh"])).out;
  expect(zsh).toContain('"hook hook") compadd -- install remove check; return ;;');
  expect(zsh).toMatch(/"policy --for"\) compadd -- kernel systemd .*all; return ;;/);
  const fish = (await cli(["completion", "fish"])).out;
  expect(fish).toContain("seen_subcommand_from hook' -f -a 'install remove check'");
  expect(fish).toMatch(/seen_subcommand_from policy' -l loader -x -a 'libbpf libbpf@1\.4 /);
});

test("completion needs a known shell", async () => {
  const { code, err } = await cli(["completion", "fihs"]);
  expect([code, err]).toEqual([2, expect.stringContaining("did you mean 'fish'?")]);
});
