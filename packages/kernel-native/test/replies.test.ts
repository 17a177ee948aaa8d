// SPDX-License-Identifier: MIT
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

/** Starts a program that says something, something else once it was asked, if that is given, and ends. */
function connect(first: Buffer, then?: Buffer): Connection {
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("first"), first);
  if (then !== undefined) writeFileSync(at("then"), then);
  const asked = `head -c ${requestLayout.size} >/dev/null; cat '${at("then")}'`;
  const say = `cat '${at("first")}'${then === undefined ? "" : `; ${asked}`}`;
  return new Connection(program(`${pipes}\n${say}`));
}

/** What an executor does first: it is told a folder, makes pipes there, and takes its ends of them. */
const pipes = 'mkfifo "$2/requests" "$2/replies"; exec <"$2/requests" >"$2/replies"';

function program(script: string): string {
  const path = join(folder, "program");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const ask = (connection: Connection) =>
  connection.ask({ op: Op.SYSCALL, pid: 1, deadlineMs: 1000 });

// What is said wrong does not need a kernel that has tokens, only pipes with names.
describe("an executor that says", () => {
  beforeEach(({ skip }) => skip(!existsSync("/usr/bin/mkfifo"), "there is no mkfifo"));

  test.each([
    ["nothing", Buffer.alloc(0), "it ended at once: the executor was killed"],
    ["half a word", hello().subarray(0, 7), "it ended at once: the executor was killed"],
    ["a word without its end", hello().subarray(0, 40), "the executor was killed"],
    ["junk", Buffer.alloc(64, 0xff), "it ended at once: the executor talks nonsense"],
    ["zeroes", Buffer.alloc(64), "what was started is not an executor of this project"],
    ["an answer before its name", reply({}), "is not an executor of this project"],
    ["another version", hello({}, 99), `speaks protocol 99 and this package ${VERSION}`],
    [
      "that it could not start",
      hello({ status: Status.FAILED, ret: -Errno.EPERM }, VERSION, "make a cgroup"),
      "the executor could not make a cgroup: EPERM",
    ],
    ["why it ends", reply({ op: Op.LOST }, "no memory"), "it ended at once: no memory"],
  ])("%s at its start is none, with the reason", (_, said, why) => {
    const open = (): unknown => connect(said);
    expect(open).toThrow(NativeUnavailableError);
    expect(open).toThrow(why);
  });

  test.each([
    ["pipes", pipes],
    ["a third of a word", `${pipes}; printf abc`],
    ["no pipes", ":"],
  ])("%s and then nothing, and lives, is not waited for", (_, script) => {
    const path = program(`${script}\nexec sleep 3600`);
    const start = performance.now();
    expect(() => new Connection(path, [], 300)).toThrow(`${path} was started and says nothing`);
    expect(performance.now() - start).toBeGreaterThan(299);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test.each([
    ["at once", "exit 1"],
    ["after a while", "sleep 0.1"],
  ])("nothing, and ends %s, is none", (_, script) => {
    expect(() => new Connection(program(script))).toThrow("made no pipes in");
  });

  test("nothing, since there is no such program, is none", () => {
    const nowhere = join(folder, "nowhere");
    expect(() => new Connection(nowhere)).toThrow(`${nowhere} cannot be started`);
  });

  test.each([
    ["nothing more", Buffer.alloc(0), "the executor was killed"],
    ["half an answer", reply({}).subarray(0, 9), "the executor was killed"],
    ["an answer without its end", reply({ length: 100 }, "abc"), "the executor was killed"],
    ["too long an answer", reply({ length: Limit.PAYLOAD + 1 }), "the executor talks nonsense"],
    ["why it ends", reply({ op: Op.LOST }, "a reason"), "a reason"],
  ])("%s is lost, with the reason, and stays so", (_, said, why) => {
    const connection = connect(hello(), said);
    for (let i = 0; i < 2; i++) expect(() => ask(connection)).toThrow(KernelLostError);
    expect(connection.lost).toBe(why);
    connection.close();
  });

  test("an answer, and then nothing: the answer counts", () => {
    const connection = connect(hello(), reply({ ret: 7 }, "memory"));
    const answer = ask(connection);
    expect([answer.ret, answer.payload.toString()]).toEqual([7, "memory"]);
    expect(() => ask(connection)).toThrow(/^kernel lost: the executor was killed/);
    connection.close();
  });
});
