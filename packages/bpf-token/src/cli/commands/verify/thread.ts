// SPDX-License-Identifier: MIT

/**
 * The module of a thread of Node that serves `verifyInWorker` and `testRunInWorker`. It exports
 * nothing, and outside of a thread it does nothing.
 *
 * @packageDocumentation
 */
import { parentPort } from "node:worker_threads";
import { serveRequests, type WorkerPort } from "@bpf-token/kernel-bpf";
import {
  type TestRunRequest,
  testRunRequest,
  type VerifyRequest,
  verifyRequest,
} from "../../../verify/index.js";

const handle = (request: VerifyRequest | TestRunRequest): Iterable<unknown> =>
  "program" in request ? testRunRequest(request) : verifyRequest(request);

if (parentPort !== null) serveRequests(parentPort as unknown as WorkerPort, handle);
