// SPDX-License-Identifier: GPL-2.0-only
import { KernelLostError, NotModelledError, UseAfterCloseError } from "@bpf-token/syscall";
import { defaultRelease, syscallByName } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { createKernel, KernelCrashed, ModuleError } from "../src/index.ts";
import { decodeByHand } from "../src/module/base64.ts";
import { answer, handmade, trap } from "./handmade.ts";

const getpid = syscallByName.getpid.nr;

describe("another module", () => {
  test("with all exports is accepted", () => {
    const kernel = createKernel({ module: handmade({ code: { kernel_syscall: answer(77) } }) });
    expect(kernel.init.syscall(getpid)).toBe(77);
  });

  test.each(["memory", "kernel_syscall", "kernel_fail_nth", "kernel_abi_version"])(
    "without the export %s is refused with its name",
    (name) => {
      const module = handmade({ without: [name] });
      expect(() => createKernel({ module })).toThrow(ModuleError);
      expect(() => createKernel({ module })).toThrow(`the module lacks the export '${name}'`);
    },
  );

  test("with an export of another kind is refused", () => {
    const module = handmade({ memoryAs: "kernel_exec" });
    expect(() => createKernel({ module })).toThrow(
      "the module's export 'kernel_exec' is a memory, not a function",
    );
  });

  test("with an import is refused", () => {
    const module = handmade({ imports: "puts" });
    expect(() => createKernel({ module })).toThrow("the module imports env.puts");
  });

  test("of another ABI version is refused", () => {
    const module = handmade({ code: { kernel_abi_version: answer(2) } });
    expect(() => createKernel({ module })).toThrow("ABI version 2, but 1 is required");
  });

  test("with another table of checks is refused", () => {
    const module = handmade({ code: { kernel_checks: answer(7) } });
    expect(() => createKernel({ module })).toThrow(ModuleError);
    expect(() => createKernel({ module })).toThrow("another table of checks");
  });

  test("with structures that are not aligned is refused", () => {
    const module = handmade({ code: { kernel_call_block: answer(1025) } });
    expect(() => createKernel({ module })).toThrow(ModuleError);
  });

  test("that is not a WebAssembly.Module is a TypeError", () => {
    const module = new Uint8Array() as unknown as WebAssembly.Module;
    expect(() => createKernel({ module })).toThrow(TypeError);
  });

  test("that cannot boot throws with the errno", () => {
    const module = handmade({ code: { kernel_boot: answer(-12) } });
    expect(() => createKernel({ module })).toThrow(`boot(${defaultRelease}): ENOMEM`);
  });
});

test("base64 is also decoded without an engine's decoder", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(decodeByHand(btoa(String.fromCharCode(...bytes)))).toEqual(bytes);
});

describe("a kernel that traps", () => {
  test("cannot be used again, and every later call throws with the first cause", () => {
    const kernel = createKernel({ module: handmade({ code: { kernel_syscall: trap } }) });
    const child = kernel.init.fork();
    expect(() => kernel.init.syscall(getpid)).toThrow(KernelCrashed);
    const later: (() => unknown)[] = [
      () => kernel.init.syscall(getpid),
      () => child.syscall(getpid),
      () => kernel.init.fork(),
      () => kernel.init.sendFd(0, child),
      () => kernel.openFds(child),
      () => kernel.settle(),
      () => kernel.snapshot(),
      () => kernel.live(),
    ];
    for (const call of later)
      expect(call).toThrow(/^kernel lost: the model crashed: .*unreachable/);
    const error = catching(() => child.exec());
    expect(error).toBeInstanceOf(KernelLostError);
    expect((error as Error).cause).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(child.closed).toBe(true);
  });

  test("can be closed without an error, and stays crashed", () => {
    const kernel = createKernel({ module: handmade({ code: { kernel_fork: trap } }) });
    expect(() => kernel.init.fork()).toThrow(KernelCrashed);
    kernel.init.close();
    kernel.close();
    expect(kernel.closed).toBe(true);
    expect(() => kernel.init.syscall(getpid)).toThrow(KernelCrashed);
  });

  test("while booting throws KernelCrashed", () => {
    expect(() => createKernel({ module: handmade({ code: { kernel_boot: trap } }) })).toThrow(
      KernelCrashed,
    );
  });
});

describe("a call that the core does not implement", () => {
  test("throws with its name instead of an errno", () => {
    const kernel = createKernel({ module: handmade({ code: { kernel_syscall: answer(-4094) } }) });
    expect(() => kernel.init.syscall(getpid)).toThrow(NotModelledError);
    expect(() => kernel.init.syscall(99_999)).toThrow(
      "not modelled by the model backend: syscall 99999",
    );
  });
});

describe("a closed kernel", () => {
  test("throws UseAfterCloseError for every call", () => {
    const kernel = createKernel({ module: handmade() });
    const child = kernel.init.fork();
    kernel.close();
    kernel.close();
    const calls: (() => unknown)[] = [
      () => kernel.init.syscall(getpid),
      () => child.syscall(getpid),
      () => child.fork(),
      () => child.exit(),
      () => kernel.openFds(kernel.init),
      () => kernel.restore(kernel.snapshot()),
      () => kernel.readSysctl("kernel.unprivileged_bpf_disabled"),
      () => kernel.failNth("alloc", 1),
      () => kernel.lsm.answer("bpf", "EPERM"),
    ];
    for (const call of calls) expect(call).toThrow(UseAfterCloseError);
    child.close();
    expect([kernel.closed, child.closed, kernel.init.closed]).toEqual([true, true, true]);
  });
});

function catching(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
