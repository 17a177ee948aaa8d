// SPDX-License-Identifier: MIT
import type { Delegation } from "@bpf-token/delegation";
import { Collection, type LoadOptions } from "@bpf-token/loader";
import { Btf, parseObject } from "@bpf-token/object";
import type { DelegationOptions, Kernel } from "@bpf-token/syscall";
import { ownSubsystem, testProcess } from "./own-subsystem.js";
import { TestObject } from "./test-object.js";

/** Options of {@link loadForTest}. */
export interface TestLoadOptions
  extends Pick<LoadOptions, "variables" | "contents" | "targets" | "maps"> {
  /** A kernel that nothing else uses. {@link TestObject.close} closes it, so each object needs its own. */
  readonly kernel: Kernel;
  /** The name of the object in errors. Default: `object`. */
  readonly name?: string;
  /** The programs to load. Default: all whose `SEC()` does not begin with `?`. */
  readonly programs?: readonly string[];
  /** Whether to count which lines run. Only on Linux's own BPF subsystem. Default false. */
  readonly coverage?: boolean;
  /** Chooses the random numbers of programs. Only on Linux's own BPF subsystem. */
  readonly seed?: number;
  /**
   * What a token delegates. The loader is then in its own user namespace and uses the token. Only on
   * Linux's own BPF subsystem. Default: no token; the loader is in the initial user namespace.
   */
  readonly delegation?: Delegation | DelegationOptions;
  /** The effective capabilities of the loader, one bit each. Default: all. */
  readonly capabilities?: bigint;
}

/**
 * Loads an object for tests of its programs. On Linux's own BPF subsystem no program touches the
 * running kernel, and no root is needed.
 *
 * @param bytes - the compiled object.
 * @throws LoadError if the kernel refuses; ObjectFormatError for a malformed object; RangeError for a
 *   program that the object does not have, and for a closed kernel.
 * @example
 * ```ts
 * const kernel = createBpfKernel(readBpfKernel("7.3"));
 * using object = loadForTest(readFileSync("xdp.bpf.o"), { kernel, programs: ["drop"] });
 * object.map("blocked").set(0x0100000a, 1);
 * const { action } = object.run("drop", { packet: packet([{ eth: {} }, { ipv4: {} }]) });
 * assert.equal(action, "XDP_DROP");
 * ```
 */
export function loadForTest(bytes: Uint8Array, options: TestLoadOptions): TestObject {
  const { kernel, name = "object", programs, coverage = false, seed, ...others } = options;
  const { delegation, capabilities, ...rest } = others;
  if (typeof kernel?.snapshot !== "function" && typeof kernel?.init !== "object")
    throw new TypeError("loadForTest: kernel must be a kernel, such as that of createBpfKernel()");
  if (kernel.closed)
    throw new RangeError("loadForTest: the kernel is closed; create a kernel for each test object");
  const parsed = parseObject(bytes, { name });
  // Tests share no state, so they do not share pinned maps either.
  const maps = parsed.maps.map((map) => ({ ...map, pinning: "none" as const }));
  const object = { ...parsed, maps };
  if (coverage) ownSubsystem(kernel, "counts of lines").countInstructions(true);
  if (seed !== undefined) ownSubsystem(kernel, "seed of random numbers").seedRandom(seed);
  const kernelBtf = kernel.btf && Btf.parse(kernel.btf);
  const { task, token } = testProcess(kernel, { delegation, capabilities });
  const load = (): Collection =>
    Collection.load(task, object, {
      ...rest,
      token,
      ...(programs && { programs }),
      ...(kernelBtf && { kernelBtf }),
      ...(kernel.config && { kconfig: kernel.config }),
      env: {},
    });
  return new TestObject(kernel, object, load);
}
