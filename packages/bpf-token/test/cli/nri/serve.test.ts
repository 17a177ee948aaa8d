// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  encodeMessage,
  FrameReader,
  RESPONSE,
  RUNTIME,
  type TtrpcMessage,
} from "../../../src/cli/nri/frames.ts";
import { servePlugin } from "../../../src/cli/nri/serve.ts";
import { bytesOf, putBytes, putNumber, textOf } from "../../../src/cli/nri/wire.ts";
import { cli } from "../run-cli.ts";
import { type Pairs, putCall, putCreate } from "./fake-runtime.ts";

const asked: Pairs = [["bpf-token/delegate_maps", "array"]];
const root = process.geteuid?.() === 0;

/** A runtime that accepts plugins. It does for each message what the test says. */
async function listen(
  path: string,
  act: (socket: Socket, message: TtrpcMessage) => void,
): Promise<Server> {
  const server = createServer((socket) => {
    const reader = new FrameReader();
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      for (const message of reader.read(chunk)) act(socket, message);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

const configure = putCall("Configure", Buffer.concat([putBytes(2, "test"), putBytes(3, "1.7.24")]));

describe("the connection of the plugin", () => {
  let folder = "";
  let path = "";
  let ended = new AbortController();
  let lines: string[] = [];
  let wanted: { text: RegExp; found: () => void } | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-nri-"));
    path = join(folder, "nri.sock");
    ended = new AbortController();
    lines = [];
    writeFileSync(join(folder, "hook"), "", { mode: 0o755 });
    writeFileSync(join(folder, "json"), "{}");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const serve = (changes: object = {}): Promise<number> =>
    servePlugin({
      ...{ socket: path, name: "bpf-token", index: "10", required: false, signal: ended.signal },
      ...{ program: join(folder, "hook"), config: join(folder, "json") },
      times: { retry: 10, configure: 60_000 },
      log: (line) => {
        lines.push(line);
        if (wanted?.text.test(line)) wanted.found();
      },
      ...changes,
    });
  /** Waits for a line. */
  const line = (text: RegExp): Promise<void> =>
    new Promise((found) => {
      wanted = { text, found };
      if (lines.some((one) => text.test(one))) found();
    });
  const close = (server: Server): Promise<void> =>
    new Promise((resolve) => server.close(() => resolve()));

  test("registers, serves, and connects again after a restart of the runtime", async () => {
    const registered: string[] = [];
    const act = (socket: Socket, { connection, payload }: TtrpcMessage): void => {
      if (connection === RUNTIME) {
        registered.push(textOf(payload, 2), textOf(bytesOf(payload, 3), 1));
        socket.write(configure);
      } else if (bytesOf(payload, 2).length <= 2) {
        socket.write(putCall("CreateContainer", putCreate(asked)));
      } else socket.end();
    };
    const first = await listen(path, act);
    const done = serve();
    await line(/the runtime closed the connection; trying again/);
    await close(first);
    await line(/has no server \(ENOENT\).*disable = false/);
    const second = await listen(path, act);
    lines = [];
    await line(/added the hook/);
    ended.abort();
    expect(await done).toBeGreaterThanOrEqual(2);
    await close(second);
    expect(registered.slice(0, 2)).toEqual(["RegisterPlugin", "bpf-token"]);
    expect(lines[0]).toBe(
      `connected to test 1.7.24; containers with annotations get ${folder}/hook`,
    );
  });

  test("a line for each problem, once", async () => {
    writeFileSync(path, "");
    const done = serve();
    await line(/nri\.sock is no socket; trying again every 0\.01 s/);
    rmSync(path);
    await line(/ENOENT/);
    ended.abort();
    expect(await done).toBe(0);
    expect(lines).toHaveLength(2);
  });

  test("does not use a socket of another user", async (context) => {
    if (!root) context.skip("bpf-token nri: only root can give a socket to another user");
    const server = await listen(path, () => undefined);
    chownSync(path, 1000, 1000);
    const done = serve();
    await line(/belongs to uid 1000, not to root/);
    ended.abort();
    await done;
    await close(server);
    expect(lines).toHaveLength(1);
  });

  test.each([
    [
      "refuses the plugin",
      encodeMessage({
        ...{ connection: RUNTIME, stream: 1, type: RESPONSE },
        payload: putBytes(1, putNumber(1, 2), putBytes(2, "plugins are disabled")),
      }),
      /the runtime refused the plugin: plugins are disabled/,
    ],
    ["sends garbage", Buffer.alloc(64, 0xff), /sent a frame of 4294967295 bytes/],
  ])("a runtime that %s is named", async (_name, bytes, reason) => {
    const server = await listen(path, (socket) => socket.write(bytes));
    const done = serve();
    await line(reason);
    ended.abort();
    await done;
    await close(server);
    expect(lines).toHaveLength(1);
  });

  test("a runtime that reads no answers does not fill the memory of the plugin", async () => {
    const call = Buffer.concat(Array.from({ length: 500 }, () => putCall("None", Buffer.alloc(0))));
    const server = await listen(path, (socket) => {
      socket.pause();
      const more = (): unknown => socket.write(call, (error) => (error ? undefined : more()));
      more();
    });
    const done = serve();
    await line(/the runtime reads no answers/);
    ended.abort();
    await done;
    await close(server);
    expect(lines).toEqual(["the runtime reads no answers; trying again every 0.01 s"]);
  });

  test("a runtime that does not configure the plugin has another NRI", async () => {
    const server = await listen(path, () => undefined);
    const done = serve({ times: { retry: 10, configure: 10 } });
    await line(/did not configure the plugin, .* Fix: containerd 1\.7 or newer/);
    ended.abort();
    await done;
    await close(server);
    expect(lines.every((one) => one.includes("another version of NRI"))).toBe(true);
  });

  test("the program uses the socket that the runtime passes, and ends with it", async (context) => {
    if (!root) context.skip("bpf-token nri: it needs root");
    const server = await listen(path, (socket, { connection }) => {
      if (connection === RUNTIME) socket.write(configure);
      else socket.end();
    });
    const socket = connect(path);
    await once(socket, "connect");
    const bin = fileURLToPath(new URL("../../../bin/bpf-token.js", import.meta.url));
    const files = ["--program", join(folder, "hook"), "--config", join(folder, "json")];
    const plugin = spawn(process.execPath, [bin, "nri", "--json", ...files], {
      stdio: ["ignore", "pipe", "pipe", socket],
      env: { ...process.env, NRI_PLUGIN_SOCKET: "3" },
    });
    const printed = Promise.all([text(plugin.stdout as Readable), text(plugin.stderr as Readable)]);
    const [code] = await once(plugin, "close");
    const [out, err] = await printed;
    socket.destroy();
    await close(server);
    expect([code, err.split("\n")]).toEqual([
      0,
      [
        `bpf-token nri: connected to test 1.7.24; containers with annotations get ${folder}/hook`,
        "bpf-token nri: the runtime closed the connection",
        "",
      ],
    ]);
    expect(JSON.parse(out)).toMatchObject({ schema: "bpf-token/nri@1", added: 0 });
  });
});

test("bpf-token nri needs a socket from the runtime", async (context) => {
  if (!root) context.skip("bpf-token nri: it needs root");
  const result = await cli(["nri"], {}, { NRI_PLUGIN_SOCKET: "999999" });
  const err = "bpf-token: nri: the file descriptor 999999 of NRI_PLUGIN_SOCKET is no socket\n";
  expect([result.code, result.out, result.err]).toEqual([2, "", err]);
});

test.each([
  [["x"], {}, 2, /unknown argument 'x'/],
  [["--socket", "nri.sock"], {}, 2, /--socket needs an absolute path/],
  [[], { NRI_PLUGIN_SOCKET: "three" }, 2, /NRI_PLUGIN_SOCKET is no file descriptor/],
])("bpf-token nri %j is refused", async (args, env, code, reason) => {
  const result = await cli(["nri", ...args], {}, env);
  expect([result.code, result.out]).toEqual([code, ""]);
  expect(result.err).toMatch(reason);
});
