// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from "vitest";
import {
  LimitedWorker,
  serveRequests,
  TimeLimitError,
  WorkerError,
  type WorkerListener,
  type WorkerPort,
  type WorkerThread,
} from "../src/index.ts";

/** A thread that serves requests in this thread, or does not answer after the first result. */
function starter(handle: (request: string) => Iterable<unknown>, silent = false) {
  const counts = { started: 0, terminated: 0 };
  const start = (listener: WorkerListener): WorkerThread => {
    counts.started++;
    let sent = 0;
    const port: WorkerPort = {
      onmessage: null,
      postMessage: (message) => {
        if (!silent || sent++ === 0) queueMicrotask(() => listener.message(message));
      },
    };
    serveRequests(port, handle);
    return { post: (data) => port.onmessage?.({ data }), terminate: () => counts.terminated++ };
  };
  return { counts, start };
}

async function all(results: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const one of results) list.push(one);
  return list;
}

test("a thread answers requests with results in order", async () => {
  const { counts, start } = starter((word) => [...word]);
  const worker = new LimitedWorker(start);
  expect(await all(worker.run("abc"))).toEqual(["a", "b", "c"]);
  expect(await all(worker.run("d"))).toEqual(["d"]);
  expect(counts).toEqual({ started: 1, terminated: 0 });
  worker.close();
  expect(counts.terminated).toBe(1);
});

test("a request without an answer ends at the limit, and the next one has a new thread", async () => {
  const { counts, start } = starter((word) => [...word], true);
  const worker = new LimitedWorker(start, 20);
  const results: unknown[] = [];
  const read = async () => {
    for await (const one of worker.run("ab")) results.push(one);
  };
  await expect(read()).rejects.toThrow(TimeLimitError);
  await expect(read()).rejects.toThrow("the kernel did not answer within 0.02 s");
  expect(results).toEqual(["a", "a"]);
  expect(counts).toEqual({ started: 2, terminated: 2 });
});

test("an error of a request keeps its name, and the thread continues", async () => {
  const { counts, start } = starter((word) => {
    if (word === "bad") throw new RangeError("no such program");
    return [word];
  });
  const worker = new LimitedWorker(start);
  const error = await all(worker.run("bad")).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(WorkerError);
  expect(error).toMatchObject({ thrown: "RangeError", message: "no such program" });
  expect(await all(worker.run("good"))).toEqual(["good"]);
  expect(counts.started).toBe(1);
});

test("a thread that ends rejects the request", async () => {
  const worker = new LimitedWorker((listener) => ({
    post: () => listener.failed(new Error("the thread ended with 1")),
    terminate: () => {},
  }));
  await expect(all(worker.run("a"))).rejects.toThrow("the thread ended with 1");
});

test("a reader that stops early ends the thread; a second request has to wait", async () => {
  const { counts, start } = starter((word) => [...word]);
  const worker = new LimitedWorker(start);
  for await (const one of worker.run("ab")) {
    expect(one).toBe("a");
    await expect(all(worker.run("c"))).rejects.toThrow("another request is running");
    break;
  }
  expect(counts.terminated).toBe(1);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses the limit %d", (limit) => {
  expect(() => new LimitedWorker(starter(() => []).start, limit)).toThrow(RangeError);
});
