// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { Errno } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  describeSetupFailure,
  explainSetup,
  formatRefusal,
  type Setup,
  type SetupFailure,
} from "../src/explain/index.ts";

function explain(setup: Setup, failure: SetupFailure) {
  const model = createKernel({ release: "6.12" });
  try {
    return explainSetup(model, setup, failure);
  } finally {
    model.close();
  }
}

const setup = { options: ["delegate_cmds=map_create"], capabilities: 0n };

describe("a refused step of a setup", () => {
  test("is inferred on a model and formatted with the fix", () => {
    const reason = explain(setup, { step: "token", errno: Errno.EPERM });
    if (!("refusal" in reason)) return expect.unreachable("the model refuses as well");
    expect(reason.refusal).toMatchObject({ check: "token.create.capable", certainty: "inferred" });
    const lines = formatRefusal(reason.refusal, { width: 60 });
    expect(lines).toContain("refused  token.create.capable");
    expect(lines).toContain("         more:     bpf-token explain token.create.capable");
    expect(lines.at(-1)).toBe("(inferred on the model)");
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
  });

  test.each([
    [{ step: "token", errno: Errno.EOPNOTSUPP }, "refuses the step 'token' with EPERM"],
    [{ step: "unshare", errno: Errno.EPERM }, "refuses the step 'token' with EPERM"],
  ])("reports that the model refuses differently: %j", (failure, text) => {
    expect(explain(setup, failure)).toEqual({
      unexplained: { reason: `the model of Linux 6.12 ${text}, unlike the running kernel` },
    });
  });

  test("reports that the model does not refuse at all", () => {
    const all = { options: setup.options, capabilities: -1n };
    expect(explain(all, { step: "token", errno: Errno.EPERM })).toEqual({
      unexplained: { reason: "the model of Linux 6.12 refuses no step, unlike the running kernel" },
    });
  });

  test.each([
    ["exec", Errno.ENOENT, "x", "cannot run 'x': there is no such program"],
    ["exec", Errno.ENOENT, "./x", "cannot run './x': it or its interpreter does not exist"],
    ["exec", Errno.EACCES, "x", "cannot run 'x': it is a directory, or not executable"],
    ["exec", Errno.E2BIG, "x", "cannot run 'x': its arguments and variables are too long"],
    ["exec", Errno.ENOMEM, "x", "cannot run 'x': the kernel returns ENOMEM"],
    ["mount", Errno.ENOTDIR, "/x", "cannot mount at '/x': it is not a directory"],
    ["option", Errno.EINVAL, "delegate_cmds=x", "does not know 'delegate_cmds=x'"],
    ["option", Errno.EPERM, "delegate_cmds=x", "refuses the mount option 'delegate_cmds=x': EPERM"],
    ["unshare", Errno.ENOSPC, "", "see user.max_user_namespaces"],
    ["fsmount", Errno.EPERM, "", "mounting the bpffs failed: EPERM"],
    ["teapot", 4000, "", "teapot failed: error 4000"],
  ])("describes the failed step: %s, %i", (step, errno, subject, text) => {
    expect(describeSetupFailure({ step, errno, subject })).toContain(text);
  });
});
