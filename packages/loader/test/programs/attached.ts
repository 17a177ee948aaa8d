// SPDX-License-Identifier: MIT
// Started by attach.node.test.ts in its own namespaces: attaches programs and prints the results.
import { createSocket } from "node:dgram";
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { currentTask } from "@bpf-token/kernel-native";
import { BpfError } from "@bpf-token/syscall";
import {
  AttachError,
  attach,
  Collection,
  eventsOf,
  iterate,
  LoadError,
  readIterator,
} from "../../src/index.ts";

interface Event {
  readonly number: bigint;
  readonly length: number;
  readonly name: string;
}

const LOOPBACK = 1;
const [object = "", cgroups = ""] = process.argv.slice(2);
const results: Record<string, unknown> = {};
const loaded = load();

/** A security module of the machine may refuse programs that read maps of others. */
function load(): Collection {
  const options = { token: "never" } as const;
  const bytes = readFileSync(object);
  try {
    return Collection.load(currentTask(), bytes, { ...options, programs: () => true });
  } catch (error) {
    const isRefused = error instanceof LoadError && error.subject === "elements";
    if (!isRefused || !(error.cause instanceof BpfError) || error.cause.code !== "EPERM")
      throw error;
    results.iterated = "EPERM";
    return Collection.load(currentTask(), bytes, options);
  }
}

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof AttachError) return error.message;
    if (error instanceof BpfError) return `${error.code}`;
    throw error;
  }
  return "none";
}

/** Sends packets to the loopback interface. */
async function send(count: number): Promise<void> {
  const socket = createSocket("udp4");
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => socket.send("to nobody", 9, "127.0.0.1", resolve));
  }
  socket.close();
}

async function packets(): Promise<void> {
  const link = attach(loaded.program("count"), { ifindex: LOOPBACK });
  const tcx = attach(loaded.program("ingress"), { ifindex: LOOPBACK });
  const events = eventsOf<Event>(loaded, "events", "event");
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { number, length, name } of events) {
      seen.push(`${number} ${length} ${name}`);
      if (seen.length === 400) break;
    }
  })();
  for (let i = 0; i < 20; i++) {
    await send(30);
    // Far more events than the buffer can hold.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await reading;
  results.first = seen.slice(0, 4);
  results.count = seen.length;
  results.link = link.info();
  results.program = loaded.program("count").info().id;
  results.twice = refusal(() => attach(loaded.program("count"), { ifindex: LOOPBACK }));
  link.close();
  tcx.detach();
  tcx.close();
  for (const event of events.drain()) seen.push(`${event.number}`);
  await send(3);
  results.afterwards = [...events.drain()].length;
  events.close();
  results.closed = [...events.drain()].length;
}

function iterated(): void {
  const elements = attach(loaded.program("elements"), { map: loaded.map("numbers").fd });
  results.iterated = [...iterate(elements)].reduce((sum, piece) => sum + piece.length, 0);
  results.text = readIterator(elements).length > 0;
  elements.close();
}

function others(): void {
  if (results.iterated === undefined) iterated();
  if (cgroups !== "") {
    mkdirSync(`${cgroups}`);
    try {
      const link = attach(loaded.program("egress"), { cgroup: cgroups });
      results.cgroup = link.info().programId === loaded.program("egress").info().id;
      link.close();
    } finally {
      rmdirSync(cgroups);
    }
  }
  results.refusals = {
    interface: refusal(() => attach(loaded.program("count"))),
    none: refusal(() => attach(loaded.program("count"), { ifindex: 4242 })),
    type: refusal(() => attach(loaded.program("which"), { ifindex: LOOPBACK })),
    socket: refusal(() => attach(loaded.program("filter"))),
    cgroup: refusal(() => attach(loaded.program("egress"), { cgroup: "/nowhere" })),
    which: refusal(() =>
      attach(loaded.program("which"), { ifindex: LOOPBACK, attachType: "TCX_EGRESS" }).close(),
    ),
  };
}

await packets();
others();
loaded.close();
console.log(
  JSON.stringify(results, (_, value) => (typeof value === "bigint" ? `${value}n` : value)),
);
