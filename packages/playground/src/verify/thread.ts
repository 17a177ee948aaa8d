// SPDX-License-Identifier: MIT
// The thread in which Linux's own BPF subsystem runs. Its end is the only way to stop a call.
import { serveRequests, type WorkerPort } from "@bpf-token/kernel-bpf";
import { type VerifyRequest, verifyRequest } from "bpf-token/verify";
import { type RunRequest, runRequest } from "./run-request.js";

serveRequests(self as WorkerPort, (request: VerifyRequest | RunRequest) =>
  "packet" in request ? runRequest(request) : verifyRequest(request),
);
