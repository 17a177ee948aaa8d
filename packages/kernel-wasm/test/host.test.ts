// SPDX-License-Identifier: GPL-2.0-only
import { UseAfterCloseError } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import { ModuleInstance } from "../src/host/index.ts";

/** A module without code that has one page of memory. */
class OnePage extends ModuleInstance<{ readonly memory: WebAssembly.Memory }> {
  protected readonly core = { memory: new WebAssembly.Memory({ initial: 1 }) };

  constructor() {
    super();
    this.refresh();
  }

  protected failed(cause: unknown): Error {
    const crash = new Error("crashed", { cause });
    this.unavailable = () => crash;
    return crash;
  }
}

const fail = (): never => {
  throw new Error("trap");
};

describe("an instance", () => {
  test("sees its whole memory after the memory grew", () => {
    const instance = new OnePage();
    instance.run(({ memory }) => memory.grow(1));
    expect(instance.bytes.length).toBe(2 * 65_536);
  });

  test("restores memory, and clears what came after it", () => {
    const instance = new OnePage();
    const before = instance.bytes.slice(0, 8);
    instance.bytes.fill(1, 0, 32);
    instance.write(before, 16);
    expect([...instance.bytes.subarray(0, 17)]).toEqual([...new Array(16).fill(0), 1]);
  });

  test("reports the first crash again, also after it was closed", () => {
    const instance = new OnePage();
    expect(() => instance.run(fail)).toThrow("crashed");
    instance.close();
    expect(instance.closed).toBe(true);
    expect(() => instance.run(() => 0)).toThrow("crashed");
  });

  test("cannot be called after it was closed", () => {
    const instance = new OnePage();
    instance.close();
    expect(() => instance.run(() => 0)).toThrow(UseAfterCloseError);
  });
});
