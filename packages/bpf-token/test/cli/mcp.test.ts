// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ProgramIo } from "../../src/cli/command.ts";
import { answerOf } from "../../src/cli/mcp/serve.ts";
import { tools } from "../../src/cli/mcp/tools.ts";
import { run } from "../../src/cli/program.ts";
import { Exit } from "../../src/cli/usage.ts";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

const program = fileURLToPath(new URL("../../bin/bpf-token.js", import.meta.url));

/** The names of folders that a server leaves. */
const left = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("bpf-token-mcp-"));

const toolNamed = (name: string) => {
  const tool = tools.find((one) => one.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool;
};

/** Calls a tool without the protocol. */
async function call(name: string, given: Record<string, unknown>) {
  const tool = toolNamed(name);
  const answer = await answerOf(tool, tool.inputSchema.parse(given) as never, { run, env: {} });
  return { text: answer.content[0]?.text ?? "", isError: answer.isError ?? false };
}

const units = "[Service]\nPrivateUsers=self\nPrivateBPF=yes\nBPFDelegateCommands=BPFMapCreate\n";

describe("a tool answers what the command prints", () => {
  test("explain", async () => {
    const text = "bpf_token_create: Operation not supported";
    const { text: out, isError } = await call("explain", { text, release: "6.12" });
    expect(out).toContain("evidence: line 1: bpf_token_create: Operation not supported");
    expect(isError).toBe(false);
  });

  test("explain_finding", async () => {
    const { out } = await cli(["explain", "token.dropped.map"]);
    expect((await call("explain_finding", { id: "token.dropped.map" })).text).toBe(out.trimEnd());
    const unknown = await call("explain_finding", { id: "token.dropped.mop" });
    expect(unknown).toMatchObject({ isError: true, text: expect.stringContaining("did you mean") });
  });

  test("explain_finding reads no file of the current folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-repository-"));
    const before = process.cwd();
    onTestFinished(() => {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    });
    for (const name of ["token.dropped.map", "lint.any", "my.secret"]) {
      writeFileSync(
        join(folder, name),
        "bpf_token_create: Operation not permitted (the text of a file)\n",
      );
    }
    process.chdir(folder);
    for (const id of ["token.dropped.map", "lint.any"]) {
      const { text, isError } = await call("explain_finding", { id });
      expect([text.startsWith(id), isError]).toEqual([true, false]);
    }
    const { text, isError } = await call("explain_finding", { id: "my.secret" });
    expect(isError).toBe(true);
    expect(text).not.toContain("the text of a file");
  });

  test("translate_settings", async () => {
    const { text } = await call("translate_settings", { settings: units, to: "kernel" });
    expect(text).toContain("delegate_cmds=map_create");
    expect(text).not.toContain("bpf-token-mcp-");
  });

  test("policy and check_settings", async (context) => {
    const objects = [compiled(context, "count")];
    const { out } = await cli(["policy", ...objects, "--no-prove", "--for", "incus"]);
    const { text } = await call("policy", { objects, for: "incus" });
    expect(text).toContain(out.trimEnd());
    const checked = await call("check_settings", { objects, settings: units });
    expect(checked.text).toContain("Missing:");
    expect(checked.isError).toBe(false);
  });

  test("doctor_report", async () => {
    const { text } = await call("doctor_report", { report: "{}" });
    expect(text).toBe('bpf-token: report: schema: expected "bpf-token/facts@1", got undefined');
  });

  test("verify", async () => {
    const { isError, text } = await call("verify", { object: "/nonexistent.o" });
    expect(isError).toBe(true);
    expect(text).toContain("/nonexistent.o");
  });
});

describe("arguments are data", () => {
  test("a path that begins with '-' is no option", async () => {
    const { text, isError } = await call("policy", { objects: ["--try"] });
    expect(isError).toBe(true);
    expect(text).toContain("cannot read './--try'");
  });

  test.each<[string, object]>([
    ["explain", { text: "" }],
    ["explain", { text: "EPERM", release: "--from=/etc/shadow" }],
    ["explain_finding", { id: "--json" }],
    ["policy", { objects: [] }],
    ["policy", { objects: ["a.o"], for: "--try" }],
    ["translate_settings", { settings: units, to: "nothing" }],
    ["verify", { object: "a.o", capabilities: "all --log" }],
  ])("%s refuses %j", (name, given) => {
    expect(toolNamed(name).inputSchema.safeParse(given).success).toBe(false);
  });

  test("a text has a limit", () => {
    const { inputSchema } = toolNamed("explain");
    expect(inputSchema.safeParse({ text: "a".repeat(1 << 20) }).success).toBe(true);
    expect(inputSchema.safeParse({ text: "a".repeat((1 << 20) + 1) }).success).toBe(false);
  });

  test("a text is not taken for a path, and no file stays", async () => {
    const before = left();
    const { text } = await call("explain", { text: "/etc/passwd" });
    expect(text).not.toContain("root:");
    expect(left()).toEqual(before);
  });

  test("a long answer is cut", async () => {
    const print = (_: readonly string[], { stdout }: ProgramIo) => {
      stdout.write("a".repeat(300_000));
      return Promise.resolve(Exit.FINE);
    };
    const answer = await answerOf(toolNamed("explain"), { text: "x" }, { run: print, env: {} });
    expect(answer.content[0]?.text.length).toBeLessThan(200_100);
    expect(answer.content[0]?.text).toMatch(/\(cut after 200000 characters\)$/);
  });
});

test("docs/mcp.md lists the tools", () => {
  const page = readFileSync(new URL("../../../../docs/mcp.md", import.meta.url), "utf8");
  const rows = tools.map((tool) => {
    const [command] = tool.argvOf({ objects: ["a.o"], object: "a.o" });
    return `| \`${tool.name}\` | ${tool.title} | \`${command}\` |\n`;
  });
  expect(page).toContain(`|---|---|---|\n${rows.join("")}<!-- end -->`);
});

test("refuses arguments", async () => {
  expect(await cli(["mcp", "x"])).toMatchObject({ code: 2 });
  expect((await cli(["mcp", "--json"])).out).toContain("the output is that of the protocol");
});

type Send = (message: object) => void;

/** Starts a server, with functions for its lines. */
function start(env: NodeJS.ProcessEnv) {
  const stdio = ["pipe", "pipe", "pipe"] as const;
  const child = spawn(process.execPath, [program, "mcp"], { stdio: [...stdio], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.once("close", resolve));
  const write = (text: string): void => void child.stdin.write(text);
  const errors = text(child.stderr);
  child.stdin.on("error", () => undefined);
  return {
    ...{ write, ended, errors },
    send: ((message) => write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)) as Send,
    next: async (): Promise<unknown> => JSON.parse((await lines.next()).value as string),
    end: () => {
      child.stdin.end();
      return ended;
    },
  };
}

async function hello(send: Send, next: () => Promise<unknown>): Promise<void> {
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  send({ id: 1, method: "initialize", params });
  expect(await next()).toMatchObject({ id: 1, result: { serverInfo: { name: "bpf-token" } } });
  send({ method: "notifications/initialized" });
}

describe("the server", () => {
  test("speaks the protocol, and ends with its input", { timeout: 60_000 }, async () => {
    const { send, next, end, write } = start(process.env);
    await hello(send, next);
    send({ id: 2, method: "tools/list" });
    const names = tools.map(({ name }) => ({ name, annotations: { readOnlyHint: true } }));
    expect(await next()).toMatchObject({ id: 2, result: { tools: names } });
    const given = { name: "explain_finding", arguments: { id: "token.dropped.map" } };
    send({ id: 3, method: "tools/call", params: given });
    const { out } = await cli(["explain", "token.dropped.map"]);
    expect(await next()).toEqual({
      ...{ jsonrpc: "2.0", id: 3 },
      result: { content: [{ type: "text", text: out.trimEnd() }] },
    });
    write("not JSON\n");
    send({ id: 4, method: "tools/call", params: { name: "policy", arguments: {} } });
    expect(await next()).toMatchObject({ id: 4, result: { isError: true } });
    expect(await end()).toBe(0);
  });

  test("ends with the reason if a message is too long", { timeout: 60_000 }, async () => {
    const { send, next, ended, errors } = start(process.env);
    await hello(send, next);
    const given = { name: "explain", arguments: { text: "x".repeat(11 << 20) } };
    send({ id: 2, method: "tools/call", params: given });
    expect([await ended, await errors]).toEqual([
      3,
      "bpf-token: mcp: the client sent a message of more than 10 MiB\n",
    ]);
  });

  test("answers after a call that failed", { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-test-mcp-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const later = join(folder, "later");
    const { send, next, end } = start({ ...process.env, TMPDIR: later });
    await hello(send, next);
    const params = { name: "explain_finding", arguments: { id: "token.dropped.map" } };
    send({ id: 2, method: "tools/call", params });
    expect(await next()).toMatchObject({ id: 2, result: { isError: true } });
    mkdirSync(later);
    send({ id: 3, method: "tools/call", params });
    const text = expect.stringContaining("token.dropped.map") as unknown;
    expect(await next()).toMatchObject({ id: 3, result: { content: [{ text }] } });
    expect(await end()).toBe(0);
  });
});
