// SPDX-License-Identifier: MIT
// Linux 6.12, which describes tokens only in fdinfo, and which loads all program types.
import { expect, test } from "vitest";
import { Collection, Token, withToken } from "../../src/index.ts";
import { fixture } from "../compile.ts";
import { exact, refusal } from "../container.ts";
import { describeGuest } from "../kernels.ts";

describeGuest("a container on Linux 6.12", (guest) => {
  test("loads an object with exactly the delegation that it needs; reads the token's masks from fdinfo", async (context) => {
    const kernel = guest();
    const object = fixture(context, "counter");
    await withToken({ kernel, ...exact }, (task) => {
      const collection = Collection.load(task, object, { env: {} });
      expect(collection.token.used?.mountOptions).toBe(
        "delegate_cmds=map_create:prog_load:btf_load,delegate_maps=hash:array,delegate_progs=xdp,delegate_attachs=xdp",
      );
      expect(collection.program("count").info().name).toBe("count");
      expect(collection.variables.get("limit")).toBe(1000);
      collection.close();
    });
  });

  test("an error names a missing bit", async (context) => {
    const kernel = guest();
    const object = fixture(context, "counter");
    await withToken({ kernel, ...exact, maps: ["HASH"] }, (task) => {
      expect(refusal(task, object).missing[0]).toMatchObject({ axis: "map type", add: "array" });
    });
    await withToken({ kernel, ...exact, attachs: [] }, (task) => {
      expect(refusal(task, object).missing[0]).toMatchObject({ axis: "attach type", add: "xdp" });
    });
  });

  const rows = [
    ["obj_priv_map", "queue", { cmds: ["MAP_CREATE"], maps: ["QUEUE"] }],
    ["obj_priv_prog", "minimal", { cmds: ["PROG_LOAD"], progs: ["XDP"], attachs: "any" }],
  ] as const;
  test.for(rows)("%s", async ([, name, delegated], context) => {
    const kernel = guest();
    const object = fixture(context, name);
    const options = { env: {}, btf: "optional" } as const;
    await withToken({ kernel, ...delegated }, (task) => {
      expect(() => Collection.load(task, object, { ...options, token: "never" })).toThrow("EPERM");
      Collection.load(task, object, { ...options, token: "/sys/fs/bpf" }).close();
    });
  });

  test("obj_priv_btf: loads struct_ops with BTF, and refuses it without", async (context) => {
    const kernel = guest();
    const object = fixture(context, "table");
    const cmds = ["MAP_CREATE", "PROG_LOAD"] as const;
    const only = { maps: ["STRUCT_OPS"], progs: ["STRUCT_OPS"], attachs: "any" } as const;
    await withToken({ kernel, cmds, ...only }, (task) => {
      expect(refusal(task, object).missing[0]).toMatchObject({ add: "btf_load" });
    });
    await withToken({ kernel, cmds: [...cmds, "BTF_LOAD"], ...only }, (task) => {
      const collection = Collection.load(task, object, { env: {} });
      expect([...collection.programs.keys()]).toEqual(["ssthresh", "cong_avoid", "undo_cwnd"]);
      expect(collection.map("table").info()).toMatchObject({ type: 26, name: "table" });
      collection.close();
    });
  });

  test("uses one token for several loads", async (context) => {
    const kernel = guest();
    const object = fixture(context, "minimal");
    await withToken({ kernel, cmds: "any", progs: ["XDP"], attachs: ["XDP"] }, (task) => {
      const token = Token.open(task, "/sys/fs/bpf");
      for (let i = 0; i < 3; i++) Collection.load(task, object, { token }).close();
      expect(token.fd.closed).toBe(false);
      token.close();
    });
  });
});
