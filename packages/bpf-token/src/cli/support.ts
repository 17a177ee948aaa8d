// SPDX-License-Identifier: MIT
import { kernelReleases, newestRelease } from "@bpf-token/uapi";
import type { Command, Context } from "./program.js";
import { tellChanges, tellModel } from "./support-model.js";
import { Exit, UsageError } from "./usage.js";

/** `bpf-token support`: which kernels can answer here. */
export const support: Command = {
  summary: "which kernels can answer on this machine, and what is missing",
  usage: `usage: bpf-token support [--model] [--changes FROM:TO] [--json] [--no-color]

Says for each backend whether it runs on this machine, which release it is and,
if it does not run, what is missing. Changes nothing.

  --model            what the model leaves out on purpose, and why
  --changes FROM:TO  what differs between two releases, rule by rule

examples:
  bpf-token support
  bpf-token support --model
  bpf-token support --changes 6.12:6.18
  bpf-token support --json
`,
  options: { model: { type: "boolean" }, changes: { type: "string" } },
  run: async (context) => {
    if (context.parsed.files.length > 0) {
      throw new UsageError("support takes no files", "bpf-token support --help");
    }
    if (context.parsed.values.model === true) return tellModel(context);
    const { changes } = context.parsed.values;
    if (typeof changes === "string") return tellChanges(context, changes);
    const { probeNative } = await import("@bpf-token/kernel-native");
    const native = probeNative(context.world);
    const model = { ok: true, releases: kernelReleases };
    if (context.json) {
      context.line(JSON.stringify({ model, native }, null, 2));
      return Exit.FINE;
    }
    print(context, native);
    return Exit.FINE;
  },
};

function print(context: Context, native: { ok: boolean; release: string; why?: string }): void {
  const { paint, line } = context;
  const linux = kernelReleases.filter((name) => /^\d/.test(name));
  const posted = kernelReleases.filter((name) => !/^\d/.test(name));
  line(`${paint("good", "yes")}  model   Linux ${linux.join(", ")} (default ${newestRelease})`);
  line(`             the patches before they were merged: ${posted.join(", ")}`);
  line("             names the check behind every refusal");
  if (native.ok) {
    line(`${paint("good", "yes")}  native  the running kernel, Linux ${native.release}`);
  } else {
    line(`${paint("warn", "no ")}  native  ${native.why ?? "cannot run here"}`);
  }
}
