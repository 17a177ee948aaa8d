// SPDX-License-Identifier: MIT
// Which logs of the verifier the recorder writes.
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { nr, shown, text, useRecorder } from "./recording.ts";

/** The statement of a call whose result nobody needs. */
const call = (name: keyof typeof nr, ...args: readonly (number | string)[]): string =>
  ["r", "=", nr[name], ...args].join(" ");

describeNative("the logs that the recorder writes", () => {
  const { record } = useRecorder();

  /** PROG_LOAD and BTF_LOAD have their log at other offsets; other commands have none. */
  const kinds = { prog: [5, 32, 28], btf: [18, 8, 20] } as const;

  /** The log of a refused call, whose buffer the script fills; the kernel writes nothing. */
  function logOf(
    kind: keyof typeof kinds,
    size: number | string,
    fill: readonly string[],
    cmd?: number,
  ) {
    const [own, at, sizeAt] = kinds[kind];
    const attr = ["mem a 144", `put a ${at} 8 $log`, `put a ${sizeAt} 4 ${size}`];
    const { status, lines } = record([...fill, ...attr, call("bpf", cmd ?? own, "$a", 144)]);
    expect(status).toBe(0);
    const calls = lines.filter(({ name }) => name === "bpf");
    expect([calls.length, (calls[0]?.result ?? 0) < 0]).toEqual([1, true]);
    return calls[0]?.log;
  }

  /** A log with another text every 512 bytes, so that the parts differ. */
  function numbered(length: number): { readonly log: string; readonly fill: readonly string[] } {
    const marks = Array.from({ length: Math.ceil(length / 512) }, (_, i) => `<${i}>`);
    const log = marks
      .map((mark) => mark.padEnd(512, "x"))
      .join("")
      .slice(0, length);
    const texts = marks.flatMap((mark, i) =>
      512 * i + mark.length <= length
        ? [`text log ${512 * i} ${mark}`]
        : [`text log ${512 * i} ${mark.slice(0, length - 512 * i)}`],
    );
    return { log, fill: [`fill log 0 ${length} 120`, ...texts] };
  }

  test.each(["prog", "btf"] as const)("is that of a refused %s", (kind) => {
    const fill = ["mem log 100", "text log 0 why"];
    expect(logOf(kind, 100, fill)).toBe("why");
    expect(logOf(kind, 2, fill)).toBe("wh");
    expect(logOf(kind, 3, fill)).toBe("why");
    expect(logOf(kind, 1, fill)).toBe("w");
    expect(logOf(kind, 0, fill)).toBeUndefined();
    expect(logOf(kind, 100, ["mem log 100"])).toBeUndefined();
    expect(logOf(kind, 100, ["set log 0"])).toBeUndefined();
    expect(logOf(kind, 100, ["set log 8"])).toBeUndefined();
    expect(logOf(kind, 100, fill, 35)).toBeUndefined();
    expect(logOf(kind, 100, fill, 0)).toBeUndefined();
  });

  test("is that of a command with common attributes too", () => {
    expect(logOf("prog", 100, ["mem log 100", "text log 0 why"], 0x10005)).toBe("why");
  });

  test.each([
    // The length, the size of the buffer, and how much of the end is kept.
    [8191, 9000, 8191],
    [8192, 8192, 8192],
    [8193, 9000, 8193],
    [16_383, 20_000, 16_383],
    [16_384, 16_384, 16_384],
    [16_385, 20_000, 8193],
    [20_000, 30_000, 8192 + 20_000 - 16_384],
    [24_576, 24_576, 16_384],
    [24_577, 30_000, 8193],
    [60_000, 70_000, 8192 + (60_000 % 8192)],
    [60_000, 60_000, 8192 + (60_000 % 8192)],
  ])("of %i bytes in a buffer of %i is kept in the last %i", (length, size, kept) => {
    const { log, fill } = numbered(length);
    expect(logOf("prog", size, [`mem log ${size}`, ...fill]) === log.slice(-kept)).toBe(true);
  });

  test("ends where its memory ends, or cannot be read", () => {
    const { log, fill } = numbered(9000);
    expect(logOf("btf", 9000, ["mem log 9000", ...fill])).toBe(log);
    // The part before the last 8192 bytes is gone when the next one cannot be read.
    const last = log.slice(-8192);
    expect(logOf("btf", 20_000, ["mem log 9000", ...fill]) === last).toBe(true);
    expect(logOf("btf", 0xffffffff, ["mem log 9000", ...fill]) === last).toBe(true);
    expect(logOf("prog", 4000, ["mem log 2000", "fill log 0 2000 66"])).toBe("B".repeat(2000));
  });

  test("of a call that succeeds is not recorded", () => {
    const insn = ["mem i 16", "put i 0 1 0xb7", "put i 8 1 0x95", ...text("gpl", "GPL")];
    const attr = [
      ...["mem a 144", "put a 0 4 1", "put a 4 4 2", "put a 8 8 $i", "put a 16 8 $gpl"],
      ...["mem log 4096", "put a 24 4 1", "put a 28 4 4096", "put a 32 8 $log"],
    ];
    const { lines } = record([...insn, ...attr, call("bpf", 5, "$a", 144), call("close", 3)]);
    expect(lines.filter(({ name }) => name === "bpf")[0]).toMatchObject({ result: 3 });
    expect(lines.filter(({ log }) => log !== undefined)).toEqual([]);
    // It is known: its end is recorded.
    expect(shown(lines).slice(-2)).toEqual(["close 0x3 = 0", "exit"]);
  });
});
