// SPDX-License-Identifier: MIT

/**
 * The module of a thread of Node that serves `verifyInWorker`, `testRunInWorker` and
 * `runTestFileInWorker`. Outside of a thread it serves nothing.
 *
 * @packageDocumentation
 */
import { parentPort } from "node:worker_threads";
import { serveRequests, type WorkerPort } from "@bpf-token/kernel-bpf";
import { type TestFileRequest, testFileRequest } from "../../../program-test/index.js";
import {
  type TestRunRequest,
  testRunRequest,
  type VerifyRequest,
  verifyRequest,
} from "../../../verify/index.js";
import { type LoadRequest, loadRequest } from "../load/subject.js";

/**
 * Returns the results of a request of `verifyInWorker` or of `testRunInWorker`, one by one.
 *
 * @example
 * ```ts
 * for (const verdict of answerRequest(request)) console.log(verdict);
 * ```
 */
export function answerRequest(request: VerifyRequest | TestRunRequest): Iterable<unknown> {
  return "program" in request ? testRunRequest(request) : verifyRequest(request);
}

/** `bpf-token load` uses the thread too, but its requests are not public. */
function answer(
  request: VerifyRequest | TestRunRequest | LoadRequest | TestFileRequest,
): Iterable<unknown> {
  if ("load" in request) return loadRequest(request);
  return "tests" in request ? testFileRequest(request) : answerRequest(request);
}

if (parentPort !== null) serveRequests(parentPort as unknown as WorkerPort, answer);
