// SPDX-License-Identifier: MIT
// User-mode Linux 6.12, which has no BTF: masks contain numbers instead of names, and objects that
// need the kernel's BTF cannot be loaded.
import { expect, test } from "vitest";
import { Collection, probeFeatures, withToken } from "../../src/index.ts";
import { fixture } from "../compile.ts";
import { exact, refusal } from "../container.ts";
import { describeGuest } from "../kernels.ts";

describeGuest(
  "a container on User-mode Linux",
  (guest) => {
    test("loads an object with exactly the delegation that it needs", async (context) => {
      const kernel = guest();
      const object = fixture(context, "counter");
      await withToken({ kernel, ...exact }, (task) => {
        const collection = Collection.load(task, object, { env: {} });
        expect(collection.program("count").info().name).toBe("count");
        expect(collection.variables.get("limit")).toBe(1000);
        collection.close();
      });
    });

    test.for([
      [{ progs: [] }, "program type", "xdp"],
      [{ attachs: [] }, "attach type", "xdp"],
      [{ cmds: ["MAP_CREATE", "PROG_LOAD"] }, "command", "btf_load"],
    ] as const)(
      "an error names what is missing with only %j",
      async ([less, axis, name], context) => {
        const kernel = guest();
        const object = fixture(context, "counter");
        await withToken({ kernel, ...exact, ...less }, (task) => {
          expect(refusal(task, object).missing).toMatchObject([{ axis, add: name }]);
        });
      },
    );

    test("creates some map types without privileges, because unprivileged_bpf_disabled is 0", async (context) => {
      const kernel = guest();
      expect(kernel.readSysctl("kernel.unprivileged_bpf_disabled")).toBe(0);
      const object = fixture(context, "counter");
      await withToken({ kernel, ...exact, maps: [] }, (task) => {
        const collection = Collection.load(task, object, { env: {} });
        expect(collection.token.used).toBeDefined();
        collection.close();
      });
    });

    test("refuses to delegate an unknown name", async () => {
      const run = withToken({ kernel: guest(), maps: ["HASHES"] }, () => {});
      await expect(run).rejects.toThrow("'HASHES' is not a map type; did you mean 'hash'?");
    });

    test("an error explains that an object needs the kernel's BTF", (context) => {
      const task = guest().init.fork();
      const object = fixture(context, "kernel");
      const load = (programs: string[]) => () =>
        Collection.load(task, object, { programs, token: "never" });
      expect(load(["traces"])).toThrow("the kernel provides no BTF");
      expect(load(["asks"])).toThrow("extern no_such_function: no such symbol of this type");
      task.close();
    });

    test("probes its features", (context) => {
      const task = guest().init.fork();
      const loaded = Collection.load(task, fixture(context, "minimal"), { token: "never" });
      expect(loaded.programs.size).toBe(1);
      loaded.close();
      expect(probeFeatures(task)).toMatchObject({ programNames: "supported", btf: "supported" });
      task.close();
    });
  },
  "uml",
);
