// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from "vitest";
import { LimitedWorker, TimeLimitError } from "../src/index.ts";
import { nodeWorker } from "../src/node/index.ts";

/** A thread that answers once and then runs `more`. */
const thread = (more: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from "node:worker_threads";
    parentPort.onmessage = ({ data }) => {
      parentPort.postMessage({ kind: "result", value: data });
      ${more}
    };`)}`,
  );

async function first(worker: LimitedWorker): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const one of worker.run("hello")) results.push(one);
  return results;
}

test("a thread of Node answers", async () => {
  const worker = new LimitedWorker(nodeWorker(thread('parentPort.postMessage({ kind: "done" });')));
  expect(await first(worker)).toEqual(["hello"]);
  worker.close();
});

test("an endless loop is stopped, again and again", async () => {
  const worker = new LimitedWorker(nodeWorker(thread("for (;;);")), 100);
  await expect(first(worker)).rejects.toThrow(TimeLimitError);
  await expect(first(worker)).rejects.toThrow(TimeLimitError);
});

test("a thread that throws or exits rejects the request", async () => {
  const thrown = new LimitedWorker(nodeWorker(thread("setTimeout(() => { throw Error('oops') })")));
  await expect(first(thrown)).rejects.toThrow("oops");
  const exited = new LimitedWorker(nodeWorker(thread("process.exit(3);")));
  await expect(first(exited)).rejects.toThrow("the thread ended with 3");
});
