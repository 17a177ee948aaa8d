// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { Btf, parseObject } from "@bpf-token/object";
import { describe, expect, type TestContext, test } from "vitest";
import { Collection, explainLog, LoadError, readVerifierLog, verifierLogOf } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { useKernels } from "./kernels.ts";

/** A log of Linux 6.18, shortened in the middle. */
const LOG = `0: R1=ctx() R10=fp0
; u32 length = context->data_end - context->data; @ traffic.bpf.c:71
0: (61) r7 = *(u32 *)(r1 +0)          ; R1=ctx() R7=pkt(r=0)
1: (61) r9 = *(u32 *)(r1 +4)          ; R1=ctx() R9=pkt_end()
; struct event *event = ringbuf_reserve(&events, sizeof(*event), 0); @ traffic.bpf.c:73
13: (85) call bpf_ringbuf_reserve#131         ; R0=ringbuf_mem_or_null(id=2) refs=2
; u32 length = context->data_end - context->data; @ traffic.bpf.c:71
15: (1c) w9 -= w7
R9 pointer -= pointer prohibited
processed 13 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

describe("a verifier log", () => {
  test("is parsed", () => {
    const log = readVerifierLog(LOG);
    expect(log.message).toBe("R9 pointer -= pointer prohibited");
    expect(log.steps.map(({ insn }) => insn)).toEqual([0, 1, 13, 15]);
    expect(log.steps[1]).toEqual({
      insn: 1,
      text: "r9 = *(u32 *)(r1 +4)",
      state: "R1=ctx() R9=pkt_end()",
      source: {
        file: "traffic.bpf.c",
        line: 71,
        text: "u32 length = context->data_end - context->data;",
      },
    });
    expect(log.summary).toMatch(/^processed 13 insns/);
    expect(log.whole).toBe(LOG);
  });

  test("is formatted with the reason first", () => {
    expect(explainLog(readVerifierLog(LOG), undefined, { steps: 2 }).split("\n")).toEqual([
      "R9 pointer -= pointer prohibited",
      "  at traffic.bpf.c:71: u32 length = context->data_end - context->data;",
      "  instruction 15: w9 -= w7",
      "the last 2 of 4 instructions:",
      "  traffic.bpf.c:73: struct event *event = ringbuf_reserve(&events, sizeof(*event), 0);",
      "    13: call bpf_ringbuf_reserve#131    ; R0=ringbuf_mem_or_null(id=2) refs=2",
      "  traffic.bpf.c:71: u32 length = context->data_end - context->data;",
      "    15: w9 -= w7",
      expect.stringMatching(/^processed 13 insns/),
    ]);
  });

  test("uses source lines of the object if the log has none", () => {
    const plain = LOG.replaceAll(/^;.*\n/gm, "");
    const line = (offset: number, text: string) => ({
      offset,
      file: "a.c",
      text,
      line: 9,
      column: 1,
    });
    const log = readVerifierLog(plain, [line(0, "\tfirst();"), line(13, "\tsecond();")]);
    expect(log.steps.map(({ source }) => source?.text)).toEqual([
      "first();",
      "first();",
      "second();",
      "second();",
    ]);
  });

  test("may be empty, or have no instructions", () => {
    expect(explainLog(readVerifierLog(""))).toBe("the verifier gives no reason");
    expect(readVerifierLog("unknown opcode ff\n").message).toBe("unknown opcode ff");
  });
});

describe("the log of the running kernel for a program that", () => {
  const open = useKernels();

  function refused(context: TestContext, program: string): string {
    const kernel = open(context, "native");
    const object = parseObject(fixture(context, "refused"));
    try {
      Collection.load(kernel.init, object, {
        programs: [program],
        token: "never",
        kernelBtf: Btf.parse(readFileSync("/sys/kernel/btf/vmlinux")),
      }).close();
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      const log = verifierLogOf(error, object);
      if (log === undefined) throw error;
      return explainLog(log, object);
    }
    throw new Error("it was loaded");
  }

  test("reads beyond a packet", (context) => {
    const text = refused(context, "beyond");
    expect(text).toMatch(/^invalid access to packet, off=7 size=1/);
    expect(text).toMatch(/^ {2}at \S*refused\.c:\d+: return data\[7\];\n {2}instruction \d+: /m);
  });

  test("uses a member that the kernel's type does not have", (context) => {
    expect(refused(context, "asks")).toMatch(
      /The kernel's BTF does not have .* The program uses CO-RE for: task_struct\./,
    );
  });

  test("calls a function that the kernel does not have", (context) => {
    expect(refused(context, "calls")).toContain(
      "The kernel does not have the function no_such_function_of_the_kernel.",
    );
  });
});
