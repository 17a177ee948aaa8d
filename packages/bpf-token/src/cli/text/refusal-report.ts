// SPDX-License-Identifier: MIT
import { judgeAnswer } from "@bpf-token/diagnose";
import type { AnsweredCall } from "@bpf-token/kernel-native/program";
import type { Subject } from "../../subjects/subject.js";
import type { Context } from "../command.js";
import { CallFindingPrinter } from "./call-finding-printer.js";

/** Prints why calls of a program were refused, as the kernel itself recorded it. */
export class RefusalReport {
  readonly #printer: CallFindingPrinter;
  readonly #subject: Subject;
  #calls = 0;

  constructor(context: Context, subject: Subject) {
    this.#printer = new CallFindingPrinter(context, false);
    this.#subject = subject;
  }

  add(call: AnsweredCall): void {
    if (call.name === "bpf") this.#calls++;
    const { task } = call;
    const answer = { refusal: task.refusal(), decisions: task.decisions() };
    const place = { index: this.#calls, release: this.#subject.release };
    for (const finding of judgeAnswer(call, answer, place)) this.#printer.add(finding);
  }

  end(): void {
    const { release, title } = this.#subject;
    this.#printer.end({ release, calls: this.#calls, by: title });
  }
}
