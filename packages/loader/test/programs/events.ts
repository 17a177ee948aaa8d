// SPDX-License-Identifier: MIT
// Started by events.node.test.ts in its own namespaces: attaches to events of this process.
import { spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { currentTask } from "@bpf-token/kernel-native";
import { BpfError } from "@bpf-token/syscall";
import {
  AttachError,
  type AttachOptions,
  attach,
  attachToSocket,
  Collection,
  eventsOf,
  openPerfEvent,
  PerfBuffer,
} from "../../src/index.ts";

interface Event {
  readonly number: bigint;
  readonly name: string;
}

const [object = ""] = process.argv.slice(2);
const task = currentTask();
const loaded = Collection.load(task, readFileSync(object), { token: "never" });
const results: Record<string, unknown> = {};

const number = (name: string): number => Number(loaded.variables.get(name));

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof AttachError || error instanceof RangeError) return error.message;
    if (error instanceof TypeError) return error.message;
    if (error instanceof BpfError) return `${error.syscall}: ${error.code}`;
    throw error;
  }
  return "none";
}

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Waits, however busy the machine is. The test has a timeout. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function clock(): Promise<void> {
  const event = openPerfEvent(task, { sample_freq: 1000, freq: 1 });
  const link = attach(loaded.program("tick"), { perfEvent: event });
  // The link keeps the event open.
  event.close();
  await until(() => number("ticks") > 20);
  results.tick = link.info().programId === loaded.program("tick").info().id;
  link.close();
  const last = number("ticks");
  work(50);
  results.ticksAfterwards = number("ticks") - last;
}

function functions(): void {
  const binary = process.execPath;
  const uprobe: AttachOptions = { binary, symbols: ["uv_os_gethostname"], pid: process.pid };
  hostname();
  results.before = number("names");
  const link = attach(loaded.program("name"), { ...uprobe, cookie: 77n });
  const other = attach(loaded.program("named"), uprobe);
  for (let i = 0; i < 5; i++) hostname();
  results.names = number("names");
  results.returns = number("returns");
  results.cookie = number("cookie");
  link.close();
  other.close();
  hostname();
  results.after = number("names");
  const program = loaded.program("name");
  results.refusals = {
    binary: refusal(() => attach(program)),
    symbols: refusal(() => attach(program, { binary })),
    missing: refusal(() => attach(program, { binary, symbols: ["no_such_function"] })),
    noFile: refusal(() => attach(program, { binary: "/nowhere", symbols: ["main"] })),
    noElf: refusal(() => attach(program, { binary: "/proc/self/status", symbols: ["main"] })),
    none: refusal(() => attach(program, { binary: "/nowhere", offset: 64 })),
    event: refusal(() => attach(loaded.program("tick"))),
    tracepoint: refusal(() => attach(loaded.program("anywhere"))),
    twoWords: refusal(() => attach(loaded.program("anywhere"), { tracepoint: "../x/y" })),
    noTracefs: refusal(() => attach(loaded.program("switched"))),
  };
}

async function received(): Promise<{ readonly socket: Socket; next(): Promise<string> }> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const next = (): Promise<string> =>
    new Promise((resolve) => {
      socket.once("message", (bytes) => resolve(bytes.toString()));
      socket.send("0123456789", socket.address().port, "127.0.0.1");
    });
  return { socket, next };
}

/** Lists the fds of sockets, because Node does not expose the fd of a socket. */
function sockets(): readonly number[] {
  const isSocket = (fd: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:");
    } catch {
      // The fd that was open for reading the directory.
      return false;
    }
  };
  return readdirSync("/proc/self/fd").filter(isSocket).map(Number);
}

async function socketFilter(): Promise<void> {
  const others = sockets();
  const { socket, next } = await received();
  const fd = sockets().find((one) => !others.includes(one)) as number;
  const all: string[] = [await next()];
  const filter = attachToSocket(loaded.program("cut"), fd);
  all.push(await next());
  filter.detach();
  filter.detach();
  all.push(await next());
  results.received = all;
  results.socketRefusals = [
    refusal(() => attachToSocket(loaded.program("out"), fd)),
    refusal(() => attachToSocket(loaded.program("cut"), loaded.map("events").fd)),
  ];
  socket.close();
}

function pinToOneCpu(): void {
  const [, first = ""] =
    /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  const { status } = spawnSync("taskset", ["-p", "-c", first, `${process.pid}`]);
  if (status !== 0) throw new Error(`taskset -c ${first} answered ${status}`);
}

async function perfBuffer(): Promise<void> {
  const link = attach(loaded.program("out"), { ifindex: 1 });
  const events = eventsOf<Event>(loaded, "events", "event");
  const seen: string[] = [];
  const { socket } = await received();
  const timer = setInterval(() => socket.send("x", socket.address().port, "127.0.0.1"), 2);
  for await (const event of events) {
    seen.push(`${event.number} ${event.name}`);
    if (seen.length === 20) break;
  }
  clearInterval(timer);
  results.seen = seen.slice(0, 2);
  results.ordered = new Set(seen).size;
  events.close();
  events.close();
  results.closed = [...events.drain()].length;
  // A small buffer without a reader loses events, and reports the loss with the next event on
  // the same CPU.
  pinToOneCpu();
  const small = new PerfBuffer(loaded.map("events"), { pages: 1 });
  const send = (): Promise<unknown> =>
    new Promise((done) => socket.send("x", socket.address().port, "127.0.0.1", done));
  const sendAll = async (count: number): Promise<void> => {
    const last = number("seen") + count;
    for (let i = 0; i < count; i++) await send();
    await until(() => number("seen") >= last);
  };
  await sendAll(400);
  const first = [...small.drain()].length;
  await sendAll(4);
  const rest = [...small.drain()].length;
  results.full = [first > 20, first < 400, rest, first + rest + small.lost >= 400];
  small.close();
  results.bufferRefusals = [
    refusal(() => new PerfBuffer(loaded.map("events"), { pages: 3 })),
    refusal(() => new PerfBuffer(loaded.map(".bss"))),
  ];
  link.close();
  socket.close();
}

await clock();
functions();
await socketFilter();
await perfBuffer();
loaded.close();
console.log(JSON.stringify(results));
