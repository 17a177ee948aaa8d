// SPDX-License-Identifier: MIT

/**
 * The module of a thread of Node that serves `verifyInWorker` and `testRunInWorker`. It exports
 * nothing.
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

serveRequests(
  parentPort as unknown as WorkerPort,
  (request: VerifyRequest | TestRunRequest): Iterable<unknown> =>
    "program" in request ? testRunRequest(request) : verifyRequest(request),
);
