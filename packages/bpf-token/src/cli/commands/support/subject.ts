// SPDX-License-Identifier: MIT
import type { Context } from "../../command.js";
import { chooseKernel } from "../../input/kernels.js";
import { printRows, sysctlRow, typeRows } from "../../text/support-text.js";
import { InconclusiveError } from "../../usage.js";

/** `support --subject`: the release, sysctl and types of another kernel. */
export async function printSubject(context: Context): Promise<void> {
  const { probeTypes } = await import("@bpf-token/kernel-native");
  const choice = await chooseKernel(context);
  const kernel = choice.open();
  try {
    const types = probeTypes(kernel.init);
    const disabled = kernel.readSysctl("kernel.unprivileged_bpf_disabled");
    if (context.json) {
      const { backend, release } = kernel;
      const sysctl = { unprivilegedBpfDisabled: disabled };
      context.printJson("support-subject", { backend, release, ...sysctl, types });
      return;
    }
    printRows(context, choice.title, [
      ["release", kernel.release],
      sysctlRow(disabled),
      ...typeRows(types),
    ]);
  } catch (error) {
    if (error instanceof Error && error.name === "NotModelledError") {
      throw new InconclusiveError(error.message);
    }
    throw error;
  } finally {
    kernel.close();
  }
}
