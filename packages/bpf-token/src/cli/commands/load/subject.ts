// SPDX-License-Identifier: MIT
import { type BpfKernelOptions, createBpfKernel } from "@bpf-token/kernel-bpf";
import { Collection, LoadError } from "@bpf-token/loader";
import { Btf, parseObject } from "@bpf-token/object";
import { BpfError, type Kernel, KernelLostError, NotModelledError } from "@bpf-token/syscall";
import type { Setup } from "../../../explain/setup.js";
import { gapOf } from "../../../verify/gap.js";
import { openProgramTask } from "../../input/container.js";
import { type LoadReport, loadedReport, refusedReport } from "./report.js";

/** The number of instructions of a verifier log that are printed. */
const STEPS = 10;

/** A load on another kernel than the running one. */
export interface SubjectLoad {
  readonly bytes: Uint8Array;
  readonly file: string;
  /** The container of the loader; undefined for root in the initial user namespace. */
  readonly setup: Setup | undefined;
  /** As in the options of a load. */
  readonly token: string;
  /** The programs to load. Default: all whose `SEC()` does not begin with `?`. */
  readonly programs?: readonly string[];
  /** The BTF of the kernel, if the kernel does not contain it. */
  readonly btf?: Uint8Array;
}

/** What a load on another kernel results in. */
export type SubjectOutcome =
  | { readonly report: LoadReport }
  /** The kernel refused the setup of the container. */
  | { readonly refusedSetup: string }
  /** The kernel does not have what the load needs. */
  | { readonly unmodelled: string };

/** Loads an object on a fresh kernel and closes it again. */
export function loadOnKernel(kernel: Kernel, load: SubjectLoad): SubjectOutcome {
  const { bytes, file, setup, token, programs } = load;
  const object = parseObject(bytes, { name: file });
  const { btf = load.btf, config } = kernel;
  try {
    const loaded = Collection.load(openProgramTask(kernel, setup), object, {
      ...(programs && { programs }),
      token,
      env: {},
      ...(btf && { kernelBtf: Btf.parse(btf) }),
      ...(config && { kconfig: config }),
    });
    const report = loadedReport(file, loaded);
    loaded.close();
    return { report };
  } catch (error) {
    if (error instanceof NotModelledError || error instanceof KernelLostError)
      return { unmodelled: error.message };
    if (BpfError.is(error)) return { refusedSetup: error.message };
    if (!(error instanceof LoadError)) throw error;
    const gap = kernel.btf !== undefined ? gapOf(error) : undefined;
    if (gap !== undefined) return { unmodelled: gap };
    return { report: refusedReport(file, object, error, STEPS) };
  }
}

/** What {@link loadRequest} answers in a thread. */
export interface LoadRequest {
  /** The kernel to boot in the thread; `readBpfKernel` returns it. */
  readonly kernel: BpfKernelOptions;
  readonly load: SubjectLoad;
}

/** Boots the kernel in a thread, and yields `started` before the load and then its outcome. */
export function* loadRequest(
  request: LoadRequest,
): Generator<"started" | SubjectOutcome, void, void> {
  const kernel = createBpfKernel({ ...request.kernel, mountBpffs: false });
  try {
    yield "started";
    yield loadOnKernel(kernel, request.load);
  } finally {
    kernel.close();
  }
}
