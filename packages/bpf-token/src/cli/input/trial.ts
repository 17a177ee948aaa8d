// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Facts, TrialAnswer } from "@bpf-token/diagnose";
import { Collection, LoadError, Token } from "@bpf-token/loader";
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import { BpfError, createToken, OwnedFd, raw, type Task } from "@bpf-token/syscall";
import { AT, errnoName, O } from "@bpf-token/uapi";
import { InconclusiveError } from "../usage.js";
import { TRIAL_WORKER } from "./trial-worker.js";

/** What the worker reads: the paths of its directories, and the objects in base64. */
interface WorkerInput {
  readonly paths: readonly string[];
  readonly objects: readonly (readonly [string, string])[];
}

type Objects = ReadonlyMap<string, ObjectSpec>;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Creates a token from each BPF filesystem of a process and loads the objects with it. Closes all of
 * it at once. For another process, a copy of this program does it with the permissions of that process.
 *
 * @throws InconclusiveError if the calls cannot be made here, or the process cannot be joined.
 */
export async function makeTrial(
  facts: Facts,
  objects: Objects,
  files: readonly string[],
  env: Environment,
): Promise<readonly TrialAnswer[]> {
  const native = await import("@bpf-token/kernel-native");
  try {
    if (facts.pid === process.pid) {
      return await tryAll(native.currentTask(), openAll(native.currentTask(), facts), objects);
    }
    const { runJoined } = await import("@bpf-token/kernel-native/delegate");
    const input: WorkerInput = {
      paths: facts.bpffs.map(({ path }) => path),
      objects: [...objects.keys()].map((name, i) => [
        name,
        readFileSync(files[i] ?? "").toString("base64"),
      ]),
    };
    const output = runJoined({
      pid: facts.pid,
      capabilities: BigInt(`0x${facts.capabilities.effective}`),
      directories: input.paths,
      command: [process.execPath, process.argv[1] ?? "", "doctor"],
      input: JSON.stringify(input),
      env: { ...env, [TRIAL_WORKER]: "1" },
    });
    return JSON.parse(output) as readonly TrialAnswer[];
  } catch (error) {
    if (error instanceof native.NativeUnavailableError) {
      throw new InconclusiveError(`doctor: --try is not available: ${error.message}`);
    }
    if (!(error instanceof native.DelegateError)) throw error;
    const { step, errno, subject } = error;
    const what = step === "setns" ? "enter the user namespace" : `${step} ${subject}`.trim();
    const name = errnoName(-errno) ?? errno;
    throw new InconclusiveError(
      `doctor: --try cannot act for process ${facts.pid}: ${what}: ${name}; are you root on the host?`,
    );
  }
}

/** Makes the trial of the process that started this one, and returns the answers as JSON. */
export async function workForTrial(): Promise<string> {
  const { currentTask } = await import("@bpf-token/kernel-native");
  const { FIRST_DIRECTORY_FD } = await import("@bpf-token/kernel-native/delegate");
  const { paths, objects } = JSON.parse(readFileSync(0, "utf8")) as WorkerInput;
  const directories = paths.map((path, i): Directory => [path, FIRST_DIRECTORY_FD + i]);
  const specs = objects.map(([name, bytes]): [string, ObjectSpec] => [
    name,
    parseObject(Buffer.from(bytes, "base64"), { name: basename(name) }),
  ]);
  return JSON.stringify(await tryAll(currentTask(), directories, new Map(specs)));
}

/** A BPF filesystem with the fd of its directory, or with -errno if it cannot be opened. */
type Directory = readonly [path: string, fd: number];

function openAll(task: Task, { bpffs }: Facts): readonly Directory[] {
  const flags = O.RDONLY | O.DIRECTORY | O.CLOEXEC;
  return bpffs.map(({ path }) => [path, raw.openat(task, AT.FDCWD, path, flags, 0)]);
}

async function tryAll(
  task: Task,
  directories: readonly Directory[],
  objects: Objects,
): Promise<readonly TrialAnswer[]> {
  const answers: TrialAnswer[] = [];
  let hasToken = false;
  for (const [path, fd] of directories) {
    if (fd < 0) {
      answers.push({ path, answer: errnoName(fd) ?? String(fd) });
      continue;
    }
    const directory = OwnedFd.adopt(task, fd, "dir", { syscall: "openat" });
    try {
      const token = Token.of(createToken(task, directory));
      hasToken = true;
      answers.push({ path, answer: "ok" });
      for (const [file, object] of objects) {
        answers.push({ path, ...(await tryLoad(task, file, object, token)) });
      }
      token.close();
    } catch (error) {
      if (!BpfError.is(error)) throw error;
      answers.push({ path, answer: error.code });
    } finally {
      directory.close();
    }
  }
  if (hasToken) return answers;
  for (const [file, object] of objects) answers.push(await tryLoad(task, file, object, "never"));
  return answers;
}

async function tryLoad(
  task: Task,
  file: string,
  object: ObjectSpec,
  token: Token | "never",
): Promise<TrialAnswer> {
  // A pinned map would stay.
  const maps = object.maps.map((map) => ({ ...map, pinning: "none" as const }));
  try {
    const loaded = await Collection.loadAsync(task, { ...object, maps }, { token });
    loaded.close();
    return { file, answer: "ok" };
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    const { code = "refused", reason, missing, log } = error;
    const byVerifier = missing.length === 0 && log !== "";
    return { file, answer: code, reason, ...(byVerifier ? { byVerifier } : {}) };
  }
}
