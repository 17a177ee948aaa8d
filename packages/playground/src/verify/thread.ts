// SPDX-License-Identifier: MIT
// The thread in which Linux's own BPF subsystem runs. Its end is the only way to stop a call.
import { serveRequests, type WorkerPort } from "@bpf-token/kernel-bpf";
import {
  type TestRunRequest,
  testRunRequest,
  type VerifyRequest,
  verifyRequest,
} from "bpf-token/verify";

serveRequests(self as WorkerPort, (request: VerifyRequest | TestRunRequest) =>
  "program" in request ? testRunRequest(request) : verifyRequest(request),
);
