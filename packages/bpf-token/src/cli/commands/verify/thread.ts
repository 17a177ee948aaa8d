// SPDX-License-Identifier: MIT

/**
 * The module of a thread of Node that serves `verifyInWorker`. It exports nothing.
 *
 * @packageDocumentation
 */
import { parentPort } from "node:worker_threads";
import { serveRequests, type WorkerPort } from "@bpf-token/kernel-bpf";
import { verifyRequest } from "../../../verify/index.js";

serveRequests(parentPort as unknown as WorkerPort, verifyRequest);
