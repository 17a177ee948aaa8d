// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import {
  bytesOf,
  numberOf,
  putBytes,
  putNumber,
  textOf,
} from "../../../../../packages/bpf-token/src/cli/nri/wire.ts";
import { pageObject } from "../../../docs/lib/kubernetes.ts";

// What the kubelet does to run a pod, by CRI: gRPC over HTTP/2. Debian has no client of CRI.

/** A pod with one container, which has the name and the capabilities of the one in docs/kubernetes.md. */
export interface Pod {
  /** The handler of a RuntimeClass. */
  readonly handler: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly userNamespace: boolean;
  readonly command: readonly string[];
}

/** The places and the image of all pods. */
export interface Setting {
  readonly socket: string;
  readonly image: string;
  /**
   * The folder that the container has as /out, for its output. containerd may lose the last lines of a
   * log on a busy machine.
   */
  readonly logs: string;
}

/** The output and the exit code of the container; `error`, if not empty, is why the runtime refused the pod. */
export interface Outcome {
  readonly output: string;
  readonly code?: number;
  readonly error: string;
}

const RUNNING = 1;
const NODE = 2;
/** The user of the host that is root in pods with a user namespace. */
export const HOST_ID = 1_000_000;
const IDS = 65536;

const [loader] = pageObject("Pod").spec.containers;

const namespaces = (userNamespace: boolean): Buffer => {
  const ids = Buffer.concat([putNumber(1, HOST_ID), putNumber(2, 0), putNumber(3, IDS)]);
  const mode = userNamespace ? [putBytes(2, ids), putBytes(3, ids)] : [putNumber(1, NODE)];
  return putBytes(5, ...mode);
};

const map = (field: number, entries: Readonly<Record<string, string>>): readonly Buffer[] =>
  Object.entries(entries).map(([key, value]) =>
    putBytes(field, putBytes(1, key), putBytes(2, value)),
  );

function putPod(id: string, { annotations, userNamespace }: Pod): Buffer {
  return Buffer.concat([
    putBytes(1, putBytes(1, id), putBytes(2, id), putBytes(3, "default")),
    putBytes(2, "packets"),
    ...map(7, annotations),
    putBytes(8, putBytes(2, putBytes(1, namespaces(userNamespace)))),
  ]);
}

function putContainer({ command, userNamespace }: Pod, { image, logs }: Setting): Buffer {
  const added = loader?.securityContext.capabilities.add ?? [];
  const capabilities = putBytes(1, ...added.map((name) => putBytes(1, name)));
  return Buffer.concat([
    putBytes(1, putBytes(1, loader?.name ?? "")),
    putBytes(2, putBytes(1, image)),
    ...command.map((word) => putBytes(3, word)),
    putBytes(7, putBytes(1, "/out"), putBytes(2, logs)),
    putBytes(15, putBytes(2, capabilities, putBytes(3, namespaces(userNamespace)))),
  ]);
}

function open(socket: string): ClientHttp2Session {
  const session = connectHttp2("http://localhost", { createConnection: () => connect(socket) });
  // The calls report it.
  return session.on("error", () => undefined);
}

/** Runs a pod, waits for its container, and removes it. */
export async function runPod(id: string, pod: Pod, setting: Setting): Promise<Outcome> {
  const session = open(setting.socket);
  let sandbox = "";
  try {
    const sent = putPod(id, pod);
    sandbox = textOf(
      await call(
        session,
        "RunPodSandbox",
        Buffer.concat([putBytes(1, sent), putBytes(2, pod.handler)]),
      ),
      1,
    );
    const made = [putBytes(1, sandbox), putBytes(2, putContainer(pod, setting)), putBytes(3, sent)];
    const container = textOf(await call(session, "CreateContainer", Buffer.concat(made)), 1);
    await call(session, "StartContainer", putBytes(1, container));
    const code = await exitCode(session, container);
    return { output: readFileSync(join(setting.logs, "output"), "utf8"), code, error: "" };
  } catch (error) {
    return { output: "", error: error instanceof Error ? error.message : String(error) };
  } finally {
    if (sandbox !== "") {
      await call(session, "StopPodSandbox", putBytes(1, sandbox));
      await call(session, "RemovePodSandbox", putBytes(1, sandbox));
    }
    session.destroy();
  }
}

async function exitCode(session: ClientHttp2Session, container: string): Promise<number> {
  for (;;) {
    const status = bytesOf(await call(session, "ContainerStatus", putBytes(1, container)), 1);
    if (numberOf(status, 3) > RUNNING) return numberOf(status, 7);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether the runtime answers. */
export async function isReady(socket: string): Promise<boolean> {
  const session = open(socket);
  try {
    await call(session, "Version", Buffer.alloc(0));
    return true;
  } catch {
    return false;
  } finally {
    session.destroy();
  }
}

function call(session: ClientHttp2Session, method: string, body: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ...{ ":method": "POST", ":path": `/runtime.v1.RuntimeService/${method}` },
      ...{ "content-type": "application/grpc", te: "trailers" },
    });
    const parts: Buffer[] = [];
    let status: unknown;
    let message = "";
    const look = (headers: Readonly<Record<string, unknown>>): void => {
      status ??= headers["grpc-status"];
      if (headers["grpc-message"] !== undefined) message = String(headers["grpc-message"]);
    };
    stream.on("response", look).on("trailers", look).on("error", reject);
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      if (status === "0") resolve(Buffer.concat(parts).subarray(5));
      else reject(new Error(`${method}: ${decodeURIComponent(message)}`));
    });
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([head, body]));
  });
}
