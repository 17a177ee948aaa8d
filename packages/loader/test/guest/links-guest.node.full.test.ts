// SPDX-License-Identifier: MIT
// System-wide links, on Linux 6.12 in a guest.
import { BpfError, raw, type Task } from "@bpf-token/syscall";
import { AT, O } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import {
  AttachError,
  type AttachOptions,
  attach,
  Collection,
  readIterator,
} from "../../src/index.ts";
import { fixture } from "../compile.ts";
import { describeGuest } from "../kernels.ts";

function openSomething(task: Task): void {
  const fd = raw.openat(task, AT.FDCWD, "/proc/self/status", O.RDONLY, 0);
  expect(fd).toBeGreaterThanOrEqual(0);
  raw.close(task, fd);
}

/** NFPROTO_IPV4, at NF_INET_LOCAL_IN. */
const packets = { family: 2, hook: 1, priority: 10 };

describeGuest("links to the machine on Linux 6.12", (guest) => {
  test.for([
    ["raw", {}],
    ["typed", {}],
    ["many", { symbols: ["do_sys_openat2", "do_filp_open"], cookie: 1n }],
    ["returning", {}],
    ["left", {}],
  ] as const)("%s counts while it is attached", ([program, options], context) => {
    const task = guest().init.fork();
    const object = fixture(context, "links");
    const loaded = Collection.load(task, object, { programs: [program], token: "never" });
    openSomething(task);
    expect(loaded.variables.get("count")).toBe(0n);
    const link = attach(loaded.program(program), options);
    openSomething(task);
    expect(loaded.variables.get("count") as bigint).toBeGreaterThan(0n);
    link.close();
    const last = loaded.variables.get("count");
    openSomething(task);
    expect(loaded.variables.get("count")).toBe(last);
    loaded.close();
    task.close();
  });

  test("a task iterator visits the threads of one process", (context) => {
    const task = guest().init.fork();
    const object = fixture(context, "links");
    const loaded = Collection.load(task, object, { programs: ["tasks"], token: "never" });
    const link = attach(loaded.program("tasks"), { pid: task.pid });
    expect(readIterator(link)).toBe("");
    // Once for the only thread, and once for the end.
    expect(loaded.variables.get("count")).toBe(2n);
    link.close();
    loaded.close();
    task.close();
  });

  // Numbers of enum bpf_link_type.
  test.for([
    ["lookup", 5, { netns: "/proc/self/ns/net" }],
    ["dissect", 5, { netns: "/proc/self/ns/net" }],
    ["message", 14, { sockets: true }],
    ["stream", 14, { sockets: true }],
    ["filter", 10, { netfilter: packets }],
  ] as const)("attaches and detaches %s", ([program, type, options], context) => {
    const task = guest().init.fork();
    const object = fixture(context, "links");
    const loaded = Collection.load(task, object, { programs: [program], token: "never" });
    const where = "sockets" in options ? { map: loaded.map("sockets").fd } : options;
    const link = attach(loaded.program(program), where);
    const programId = loaded.program(program).info().id;
    expect(link.info()).toMatchObject({ type, programId });
    link.close();
    // Closing the link detached the program.
    attach(loaded.program(program), where).close();
    loaded.close();
    task.close();
  });

  test("an error names what cannot be attached", (context) => {
    const task = guest().init.fork();
    const object = fixture(context, "links");
    const programs = ["dissect", "message", "filter", "many", "raw"];
    const loaded = Collection.load(task, object, { programs, token: "never" });
    const why = (program: string, options: AttachOptions): string => {
      try {
        attach(loaded.program(program), options).close();
      } catch (error) {
        if (error instanceof BpfError) return error.code;
        if (error instanceof AttachError) return error.reason;
        throw error;
      }
      return "";
    };
    const netns = "/proc/self/ns/net";
    const first = attach(loaded.program("dissect"), { netns });
    expect(why("dissect", { netns })).toBe("E2BIG");
    first.close();
    expect(why("dissect", {})).toBe("set netns: a path or a file descriptor");
    expect(why("dissect", { netns: "/proc/self/status" })).toBe("EINVAL");
    expect(why("message", {})).toBe("set map: a path or a file descriptor");
    expect(why("message", { map: loaded.map("others").fd })).toBe("EINVAL");
    expect(why("filter", {})).toBe("set netfilter: family, hook and priority");
    expect(why("filter", { netfilter: { ...packets, family: 99 } })).toBe("EAFNOSUPPORT");
    expect(why("many", {})).toBe("the section names no function; set symbols: kernel functions");
    expect(why("many", { symbols: ["do_sys_*"] })).toContain("is a pattern, not a function name");
    expect(why("many", { symbols: ["no_such_function"] })).toBe("ESRCH");
    expect(why("raw", { tracepoint: "no_such_point" })).toBe("ENOENT");
    loaded.close();
    task.close();
  });
});
