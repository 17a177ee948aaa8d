// SPDX-License-Identifier: MIT
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KernelLostError } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Connection } from "../src/connection.ts";
import { NativeUnavailableError } from "../src/errors.ts";
import {
  helloLayout,
  Limit,
  MAGIC,
  Op,
  replyLayout,
  requestLayout,
  Status,
  VERSION,
} from "../src/generated/protocol.ts";
import type { Addon } from "../src/process/addon.ts";
import { starter } from "../src/start/by-addon.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-replies-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Head {
  readonly length?: number;
  readonly op?: number;
  readonly status?: number;
  readonly ret?: number;
}

function reply(
  { op = Op.SYSCALL, status = Status.OK, ret = 0, length }: Head,
  payload = "",
): Buffer {
  const head = Buffer.alloc(replyLayout.size);
  const bytes = Buffer.from(payload, "latin1");
  head.writeUInt32LE(length ?? bytes.length, replyLayout.length);
  head.writeUInt32LE(op, replyLayout.op);
  head.writeUInt32LE(status, replyLayout.status);
  head.writeBigInt64LE(BigInt(ret), replyLayout.ret);
  return Buffer.concat([head, bytes]);
}

function hello(head: Head = {}, version: number = VERSION, text = ""): Buffer {
  const payload = Buffer.alloc(helloLayout.size);
  payload.writeUInt32LE(MAGIC, helloLayout.magic);
  payload.writeUInt32LE(version, helloLayout.version);
  payload.writeUInt32LE(1, helloLayout.initPid);
  return reply({ op: Op.HELLO, ...head }, payload.toString("latin1") + text);
}

/** What starts the program. */
type By = Addon | "node";

/**
 * Starts a program that writes `first`, waits for a request and writes `then` if it is given, and
 * ends.
 */
function connect(by: By, first: Buffer, then?: Buffer): Connection {
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("first"), first);
  if (then !== undefined) writeFileSync(at("then"), then);
  const asked = `head -c ${requestLayout.size} >/dev/null; cat '${at("then")}'`;
  const say = `cat '${at("first")}'${then === undefined ? "" : `; ${asked}`}`;
  return new Connection(program(`${pipesOf(by)}\n${say}`), [], undefined, by);
}

/** The start of a fake executor: its pipes are open, or it creates them in the given folder. */
const pipesOf = (by: By): string =>
  by === "node" ? 'mkfifo "$2/requests" "$2/replies"; exec <"$2/requests" >"$2/replies"' : ":";

function program(script: string): string {
  const path = join(folder, "program");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const ask = (connection: Connection) =>
  connection.ask({ op: Op.SYSCALL, pid: 1, deadlineMs: 1000 });

const addon = starter();

// These tests need only pipes, not a kernel with tokens.
describe.each<{ way: string; by: By; missing: boolean }>([
  { way: "started by Node", by: "node", missing: !existsSync("/usr/bin/mkfifo") },
  { way: "started by the addon", by: addon ?? "node", missing: addon === undefined },
])("$way, an executor that sends", ({ by, missing }) => {
  beforeEach(({ skip }) => skip(missing, "there is no mkfifo, or no addon"));

  test.each([
    ["nothing", Buffer.alloc(0), "it ended at once: the executor was killed"],
    ["a truncated header", hello().subarray(0, 7), "it ended at once: the executor was killed"],
    ["a truncated greeting", hello().subarray(0, 40), "the executor was killed"],
    ["junk", Buffer.alloc(64, 0xff), "it ended at once: the executor sent an invalid answer"],
    ["zeroes", Buffer.alloc(64), "the program is not an executor of this project"],
    ["an answer before its greeting", reply({}), "is not an executor of this project"],
    ["another version", hello({}, 99), `has protocol version 99, not ${VERSION}. Fix: rebuild`],
    [
      "that it could not start",
      hello({ status: Status.FAILED, ret: -Errno.EPERM }, VERSION, "make a cgroup"),
      "the executor could not make a cgroup: EPERM",
    ],
    ["why it ends", reply({ op: Op.LOST }, "no memory"), "it ended at once: no memory"],
  ])("%s at its start is refused with the reason", (_, said, why) => {
    const open = (): unknown => connect(by, said);
    expect(open).toThrow(NativeUnavailableError);
    expect(open).toThrow(why);
  });

  test.each([
    ["pipes", pipesOf(by)],
    ["three bytes", `${pipesOf(by)}; printf abc`],
    ["no pipes", ":"],
  ])("%s and then nothing, and keeps running, is given up", (_, script) => {
    const path = program(`${script}\nexec sleep 3600`);
    expect(() => new Connection(path, [], 300, by)).toThrow(
      `${path} was started but sends nothing`,
    );
  });

  test.each([
    ["at once", "exit 1"],
    ["after a while", "sleep 0.1"],
  ])("nothing, and ends %s, is refused", (_, script) => {
    const why = by === "node" ? "created no pipes in" : "it ended at once: the executor was killed";
    expect(() => new Connection(program(script), [], undefined, by)).toThrow(why);
  });

  test("nothing, because the program does not exist, is refused", () => {
    const nowhere = join(folder, "nowhere");
    expect(() => new Connection(nowhere, [], undefined, by)).toThrow(
      `${nowhere} cannot be started`,
    );
  });

  test.each([
    ["nothing more", Buffer.alloc(0), "the executor was killed"],
    ["half an answer", reply({}).subarray(0, 9), "the executor was killed"],
    ["an answer without its end", reply({ length: 100 }, "abc"), "the executor was killed"],
    [
      "an answer that is too long",
      reply({ length: Limit.PAYLOAD + 1 }),
      "the executor sent an invalid answer",
    ],
    ["why it ends", reply({ op: Op.LOST }, "a reason"), "a reason"],
  ])("%s is lost with the reason, and stays lost", (_, said, why) => {
    const connection = connect(by, hello(), said);
    for (let i = 0; i < 2; i++) expect(() => ask(connection)).toThrow(KernelLostError);
    expect(connection.lost).toBe(why);
    connection.close();
  });

  test("an answer, and then nothing, has its answer accepted", () => {
    const connection = connect(by, hello(), reply({ ret: 7 }, "memory"));
    const answer = ask(connection);
    expect([answer.ret, answer.payload.toString()]).toEqual([7, "memory"]);
    expect(() => ask(connection)).toThrow(/^kernel lost: the executor was killed/);
    connection.close();
  });

  test("an answer, and is closed, leaves no process", () => {
    const connection = connect(by, hello(), reply({ ret: 7 }));
    const { executorPid } = connection;
    ask(connection);
    connection.close();
    // Node reaps its children asynchronously.
    if (by !== "node") expect(existsSync(`/proc/${executorPid}`)).toBe(false);
    expect(() => ask(connection)).toThrow();
  });
});

describe("the addon's spawn()", () => {
  beforeEach(({ skip }) => skip(addon === undefined, "there is no addon"));
  const start = (strings: string, environment = ""): number => {
    const ends = new Int32Array(2);
    const bytes = new Uint8Array(ends.buffer);
    const pid = addon?.spawn(Buffer.from(strings), Buffer.from(environment), bytes) ?? 0;
    if (pid <= 0) return pid;
    const [out = -1, from = -1] = ends;
    closeSync(out);
    said = readFileSync(from, "utf8");
    closeSync(from);
    while (addon?.reap(pid) === 0);
    return pid;
  };
  let said = "";

  test("passes arguments and the environment, sets / as directory, and leaks no file descriptor", () => {
    const script = 'echo "$1 $GIVEN $PWD"; ls /proc/self/fd';
    const strings = ["/bin/sh", "-c", script, "sh", "an argument"].map((s) => `${s}\0`).join("");
    expect(start(strings, "GIVEN=words\0PATH=/bin\0")).toBeGreaterThan(0);
    // The last one belongs to ls.
    expect(said).toBe("an argument words /\n0\n1\n2\n3\n");
  });

  test("returns -errno for a program that cannot be run, and leaves nothing open", () => {
    const before = readdirSync("/proc/self/fd").length;
    expect(start("/nowhere\0")).toBe(-Errno.ENOENT);
    expect(start("/proc/version\0")).toBe(-Errno.EACCES);
    expect(readdirSync("/proc/self/fd")).toHaveLength(before);
    expect(addon?.reap(process.pid)).toBe(-Errno.ECHILD);
  });

  test("passes as many arguments as the kernel takes", () => {
    const count = 50_000;
    const strings = `/bin/sh\0-c\0echo $#\0sh\0${"a\0".repeat(count)}`;
    expect(start(strings)).toBeGreaterThan(0);
    expect(said).toBe(`${count}\n`);
    expect(start(`/bin/true\0${"a".repeat(1 << 20)}\0`)).toBe(-Errno.E2BIG);
  });

  test("starts a program on a socket that keeps our files, directory and no signal handling", () => {
    const end = new Int32Array(1);
    // The process of grep itself: the shell blocks signals for a moment while it waits.
    const script = 'ls /proc/self/fd; pwd; grep -E "^Sig(Blk|Ign)" /proc/self/status; exit 7';
    const strings = ["/bin/sh", "-c", `(${script}) >&3`].map((one) => `${one}\0`).join("");
    const pid = addon?.spawn(
      Buffer.from(strings),
      Buffer.from("PATH=/bin\0"),
      new Uint8Array(end.buffer),
    );
    expect(pid).toBeGreaterThan(0);
    const text = readFileSync(end[0] ?? -1, "utf8");
    closeSync(end[0] ?? -1);
    const status = new Int32Array(1);
    while (addon?.reap(pid ?? 0, new Uint8Array(status.buffer)) === 0);
    expect(status[0]).toBe(7 << 8);
    const [descriptors, rest] = text.split("3\n4\n");
    expect(descriptors).toBe("0\n1\n2\n");
    const none = "0".repeat(16);
    expect(rest).toContain(`${process.cwd()}\nSigBlk:\t${none}\nSigIgn:\t${none}\n`);
  });

  test("is not used in Deno, which cannot use file descriptors that it did not open", () => {
    Object.assign(globalThis, { Deno: {} });
    try {
      expect(starter()).toBeUndefined();
    } finally {
      Reflect.deleteProperty(globalThis, "Deno");
    }
    expect(starter()).toBe(addon);
  });

  test("refuses malformed lists of strings", () => {
    expect(() => start("/bin/true")).toThrow("strings without an end");
    expect(() => start("/bin/true\0", "A=1")).toThrow("strings without an end");
    expect(() => start("")).toThrow("spawn(strings, environment, ends)");
    expect(() => addon?.reap(-1)).toThrow("reap(pid, status)");
    expect(() => addon?.reap(1, new Uint8Array(3))).toThrow("reap(pid, status)");
  });
});
