// SPDX-License-Identifier: MIT
import type { CallFinding } from "@bpf-token/diagnose";
import type { Context } from "../command.js";
import { jsonDocument } from "../json.js";
import type { Output } from "../output.js";
import { callFindingLines, type TraceEnd, traceSummary } from "./call-finding-text.js";
import { withPage } from "./finding-page.js";
import { proseWidth } from "./paint.js";

/** Prints findings as they come, or all of them as one JSON document. */
export class CallFindingPrinter {
  readonly #context: Context;
  readonly #all: CallFinding[] = [];
  readonly #stream: Output;
  readonly #seen = new Map<string, number>();

  constructor(context: Context, toOutput: boolean) {
    this.#context = context;
    this.#stream = toOutput ? context.out : context.io.stderr;
  }

  get count(): number {
    return this.#all.length;
  }

  add(finding: CallFinding): void {
    this.#all.push(finding);
    if (this.#context.json) return;
    // A loader that tries again and again needs its reason once.
    const key = `${finding.pid} ${finding.id} ${finding.cause}`;
    const before = this.#seen.get(key);
    this.#seen.set(key, this.#seen.get(key) ?? this.#all.length);
    const { paint } = this.#context;
    const width = proseWidth(this.#stream);
    const lines = callFindingLines(finding, { number: this.#all.length, before, paint, width });
    for (const line of lines) this.#stream.line(line);
  }

  /** Prints the summary, or the JSON document. */
  end(about: TraceEnd): void {
    const findings = this.#all;
    if (this.#context.json) {
      const document = jsonDocument("trace", {
        release: about.release ?? null,
        findings: findings.map(withPage),
      });
      this.#stream.lines(JSON.stringify(document, null, 2));
      return;
    }
    const { paint } = this.#context;
    const format = { paint, width: proseWidth(this.#stream) };
    for (const line of traceSummary(findings, about, format)) this.#stream.line(line);
  }
}
