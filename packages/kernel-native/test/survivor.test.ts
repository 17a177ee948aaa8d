// SPDX-License-Identifier: MIT
import { type Kernel, KernelLostError, NotModelledError } from "@bpf-token/syscall";
import { MapType } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { isLost, Survivor } from "../src/program/survivor.ts";

/** A kernel whose state is a number. A call that throws has changed it. */
class Fake {
  readonly backend = "fake";
  readonly features: { readonly verifier: boolean };
  state = 1;
  snapshots = 0;

  constructor(verifier: boolean) {
    this.features = { verifier };
  }

  snapshot(): object {
    this.snapshots++;
    return { state: this.state };
  }

  restore(snapshot: { readonly state: number }): void {
    this.state = snapshot.state;
  }

  fail(error: Error): () => number {
    return () => {
      this.state = 2;
      throw error;
    };
  }
}

const none = (): undefined => undefined;
const survivor = (fake: Fake): Survivor => new Survivor(fake as unknown as Kernel);

test("a command that needs a function which the module lacks changes nothing", () => {
  const fake = new Fake(true);
  const error = new NotModelledError("bpf", "dev_get_by_index");
  expect(() => survivor(fake).call("LINK_CREATE", none, fake.fail(error))).toThrow(error);
  expect(fake.state).toBe(1);
});

test("a trap is a call that the module does not have", () => {
  const fake = new Fake(true);
  const trap = fake.fail(new KernelLostError("unreachable in map_free"));
  const call = () => survivor(fake).call("PROG_LOAD", none, trap);
  expect(call).toThrow(NotModelledError);
  expect(call).toThrow("BPF_PROG_LOAD) needs: unreachable in map_free");
  expect(fake.state).toBe(1);
});

test.each([
  [true, "MAP_UPDATE_ELEM", MapType.ARRAY, 0],
  [true, "MAP_UPDATE_ELEM", MapType.CGROUP_ARRAY, 1],
  [true, "MAP_GET_NEXT_KEY", undefined, 0],
  [true, "MAP_CREATE", undefined, 1],
  [false, "MAP_CREATE", undefined, 0],
])("Linux's code: %s, %s of a map of type %s: %i snapshots", (verifier, name, type, count) => {
  const fake = new Fake(verifier);
  expect(
    survivor(fake).call(
      name,
      () => type,
      () => 7,
    ),
  ).toBe(7);
  expect(fake.snapshots).toBe(count);
});

test("a kernel that was lost is known", () => {
  const kernel = (openFds: () => unknown): Kernel => ({ openFds }) as unknown as Kernel;
  const lost = kernel(() => {
    throw new KernelLostError("a trap");
  });
  expect([isLost(lost), isLost(kernel(() => []))]).toEqual([true, false]);
});
