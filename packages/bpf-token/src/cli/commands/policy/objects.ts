// SPDX-License-Identifier: MIT
import { delegationOptions } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi/names";
import { type Policy, type PolicyObject, policyOf } from "../../../policy/policy.js";
import { type VerifiedObject, withVerdicts } from "../../../policy/verified.js";
import type { ProgramVerdict } from "../../../verify/index.js";
import type { Context } from "../../command.js";
import { readInputFile } from "../../input/files.js";
import { chooseSubject } from "../../input/kernels.js";
import { loaderOf, readObject } from "../../input/objects.js";
import { UsageError } from "../../usage.js";
import { openVerifier } from "../verify/worker.js";
import { proved } from "./prove.js";

/**
 * The policy for the objects of the command line.
 *
 * @param from - the URL of the command's module.
 */
export async function policyOfObjects(
  context: Context,
  from: string,
  release: KernelRelease | undefined,
): Promise<Policy> {
  const { files, values } = context.parsed;
  const loader = loaderOf(String(values.loader ?? "libbpf"));
  const objects = await Promise.all(
    files.map(async (file) => ({ file, object: await readObject(file) })),
  );
  const computed = policyOf(objects, {
    loader,
    all: values.all === true,
    ...(release === undefined ? {} : { release }),
  });
  if (values.try === true && values.verify !== undefined)
    throw new UsageError("policy: give --verify or --try, not both");
  if (values.verify !== undefined) return await verified(context, from, objects, computed);
  if (values.try === true) return await askKernel(context, objects, computed);
  return await proved(context, from, objects, computed, release);
}

/** Asks Linux's own verifier which capabilities the programs need. */
async function verified(
  context: Context,
  from: string,
  objects: readonly PolicyObject[],
  computed: Policy,
): Promise<Policy> {
  const { all, verify } = context.parsed.values;
  const { kernel, worker } = await openVerifier(context, {
    command: "policy",
    from,
    release: String(verify),
  });
  const { verifyInWorker } = await import("../../../verify/index.js");
  try {
    const found: VerifiedObject[] = [];
    for (const { file, object } of objects) {
      const programs = object.programs.filter(({ autoload }) => all === true || autoload);
      const options = {
        delegation: delegationOptions(computed.delegation),
        programs: programs.map(({ name }) => name),
        least: true,
      };
      const verdicts: ProgramVerdict[] = [];
      const request = { kernel, object: await readInputFile(file), name: file, options };
      for await (const one of verifyInWorker(worker, request)) verdicts.push(one);
      found.push({ file, verdicts });
    }
    return withVerdicts(computed, kernel.release, found);
  } finally {
    worker.close();
  }
}

/** Asks the running kernel about CAP_PERFMON, and adds what it refuses for other reasons. */
async function askKernel(
  context: Context,
  objects: readonly PolicyObject[],
  computed: Policy,
): Promise<Policy> {
  const { askVerifier } = await import("../../../policy/verifier.js");
  const kernel = (await chooseSubject("native", context)).open(true);
  try {
    const { refused, ...policy } = await askVerifier(kernel, objects, computed);
    const notes = refused.map((text) => `Not loaded with the policy: ${text}`);
    return { ...policy, open: [...policy.open, ...notes] };
  } finally {
    kernel.close();
  }
}
