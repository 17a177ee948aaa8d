// SPDX-License-Identifier: MIT
// The model runs in a worker, so that the page stays responsive.
import type { Question, Reply } from "./messages.js";
import { answerOf } from "./try/answer.js";

self.addEventListener("message", ({ data }: MessageEvent<Question>) => {
  self.postMessage(reply(data));
});

function reply({ id, state }: Question): Reply {
  try {
    return { id, answer: answerOf(state) };
  } catch (error) {
    return { id, crash: error instanceof Error ? error.message : String(error) };
  }
}
