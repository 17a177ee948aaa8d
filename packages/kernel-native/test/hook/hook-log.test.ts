// SPDX-License-Identifier: MIT
// The file of `log` in the configuration of the hook, which gets what the hook prints.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { describeNative } from "../native.ts";
import { allowed, asked, FakeContainer, hook } from "./container.ts";

const hasStrace = spawnSync("strace", ["-V"]).status === 0;

describeNative("the log of the hook", () => {
  let box: FakeContainer;
  let log = "";
  beforeEach(async () => {
    box = await FakeContainer.start();
    log = join(box.folder, "hook.log");
    box.writeConfig({ allow: allowed, log });
  });
  afterEach(async () => await box.remove());

  const fail = (word: string) =>
    box.hook(box.state({ annotations: { ...asked, "bpf-token/delegate_maps": word } }));

  test("has a line with the time for each failure, as it was printed", () => {
    const start = Math.floor(Date.now() / 1000) * 1000;
    const printed = [fail("hash"), fail("ha\u001bsh\n")].map(({ stderr }) => stderr);
    expect(printed[1]).toContain("ha\\x1bsh\\x0a");
    const lines = readFileSync(log, "latin1").split(/(?<=\n)/);
    expect(lines.map((line) => line.slice(line.indexOf(" ") + 1))).toEqual(printed);
    for (const line of lines) {
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ bpf-token-hook: container /);
      const time = Date.parse(line.slice(0, line.indexOf(" ")));
      expect([time >= start, time <= Date.now()]).toEqual([true, true]);
    }
    expect(statSync(log).mode & 0o777).toBe(0o640 & ~process.umask());
  });

  test("is not created without a failure", () => {
    expect(box.hook()).toEqual({ status: 0, stderr: "" });
    expect(existsSync(log)).toBe(false);
  });

  test.each([
    ["is a link", () => symlinkSync(join(box.folder, "other"), log), "ELOOP"],
    ["is a FIFO without a reader", () => execFileSync("mkfifo", [log]), "ENXIO"],
    ["belongs to somebody else", () => chownSync(made(""), 1, 1), "others than root can write it"],
    ["is writable by a group", () => chmodSync(made(""), 0o664), "others than root can write it"],
    ["has 16 MiB", () => truncateSync(made(""), 16 << 20), "it has 16 MiB; move it away"],
    ["is another name of a file", () => linkSync(made(""), `${log}.2`), "it has several names"],
    ["is in a folder that is missing", () => writeTo("/none/hook.log"), "ENOENT"],
  ])("gets no line if it %s, which is said", (_name, prepare, why) => {
    prepare();
    const size = statSync(log, { throwIfNoEntry: false })?.size;
    const { status, stderr } = fail("hash");
    expect(stderr).toMatch(
      /does not permit 'hash' .* \(the log \/.*\/hook\.log cannot be written: /,
    );
    expect(stderr).toContain(`cannot be written: ${why})\n`);
    expect(status).toBe(1);
    expect(statSync(log, { throwIfNoEntry: false })?.size).toBe(size);
    expect(existsSync(join(box.folder, "other"))).toBe(false);
  });

  const made = (text: string): string => {
    writeFileSync(log, text, { mode: 0o600 });
    return log;
  };
  const writeTo = (under: string): void =>
    box.writeConfig({ allow: allowed, log: `${box.folder}${under}` });

  test("gets no line if it is a FIFO with a reader", () => {
    execFileSync("mkfifo", [log]);
    const reader = openSync(log, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    const { stderr } = fail("hash");
    expect(stderr).toContain("cannot be written: it is no regular file)\n");
    expect(readSync(reader, Buffer.alloc(8))).toBe(0);
  });

  test.each([
    ["is relative", "hook.log", /'log' in .* is no absolute path/],
    ["has ..", "/var/../log", /'log' in .* is no absolute path/],
    ["is a number", 1, /'log' in .* is no text/],
  ])("is refused by --check if its path %s", (_name, path, why) => {
    box.writeConfig({ allow: allowed, log: path });
    const { status, stderr } = box.hook("", ["--check"]);
    expect(stderr).toMatch(why);
    expect(status).toBe(1);
  });

  test.for([
    "1970-01-01T00:00:00Z",
    "1999-12-31T23:59:59Z",
    "2000-02-29T12:34:56Z",
    "2026-03-01T00:00:01Z",
    "2028-02-29T23:59:59Z",
    "2028-12-31T09:08:07Z",
    "2100-03-01T00:00:00Z",
  ])("writes the time %s", (time, context) => {
    if (!hasStrace) return context.skip("there is no strace");
    const seconds = Buffer.alloc(16);
    seconds.writeBigInt64LE(BigInt(Date.parse(time) / 1000));
    const inject = `clock_gettime:poke_exit=@arg2=${seconds.toString("hex")}`;
    const words = [
      "-qq",
      "-o",
      "/dev/null",
      "-e",
      `inject=${inject}`,
      hook,
      "--config",
      box.config,
    ];
    spawnSync("strace", words, {
      input: JSON.stringify(box.state({ annotations: { "bpf-token/x": "" } })),
    });
    expect(readFileSync(log, "utf8").split(" ")[0]).toBe(time);
  });
});
