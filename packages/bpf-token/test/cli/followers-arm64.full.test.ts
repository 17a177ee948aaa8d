// SPDX-License-Identifier: MIT
// The programs for arm64 that follow another program.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { RecordingParser, replayCalls } from "@bpf-token/diagnose";
import { expect, type TestContext, test } from "vitest";
import { boot, built, required, tested } from "./arm64-guest.ts";

const recorder = built("bpf-token-record");

test("the recorder for arm64 names what user-mode emulation does not have", (context) => {
  const program = "qemu-aarch64";
  const lacks = spawnSync(program, ["--version"]).error || !existsSync(recorder);
  const why = `${program} or the recorder for arm64 is not there`;
  if (lacks && required) throw new Error(`required, and not possible: ${why}`);
  if (lacks) return context.skip(why);
  const { status, stderr } = spawnSync(program, [recorder, "-o", "/dev/null", "--", "true"], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([
    126,
    "bpf-token-record: this machine does not permit ptrace\n",
  ]);
});

const limit = { timeout: 300_000 };
if (tested) test("the recorder for arm64 follows a program and its filters", limit, follows);

function follows(context: TestContext): void {
  const { text, status } = boot(context, ["recorded-init.c"], "record", recorder);
  expect([status, text]).toEqual(["42", expect.stringContaining('"arch":"arm64"')]);
  const parser = new RecordingParser();
  const events = text.split("\n").flatMap((line) => parser.parse(line) ?? []);
  const found = replayCalls(events).map(({ id, outcome }) => [id, outcome]);
  expect(found).toEqual([
    ["map.create.sysctl", "explained"],
    ["trace.seccomp", "explained"],
  ]);
}

// What the C programs of exec --subject do on arm64, without the model.
if (tested) test("the interceptor for arm64 reports calls by their numbers", limit, reports);

function reports(context: TestContext): void {
  const interceptor = built("bpf-token-intercept");
  const sources = ["intercept-init.c", "intercepted/calls.c"];
  const { text, status } = boot(context, sources, "intercept", interceptor);
  // The program ends with another status if it gets a wrong answer, and says which.
  expect([status, text]).toEqual(["42", expect.stringMatching(/^host 59\n/)]);
  const newUser = 0x10000011;
  // The host makes the other calls that the C library and the program make.
  const lines = text.split("\n").filter((line) => !line.startsWith("host "));
  expect(lines).toEqual([
    "call 102 0 0",
    "call 321 36 8",
    "call 321 0 8",
    `call 56 ${newUser} 0`,
    "call 102 0 0",
    "",
  ]);
  // openat() and mmap() of a file.
  expect(text.split("\n")).toEqual(expect.arrayContaining(["host 257", "host 9"]));
}
