// SPDX-License-Identifier: MIT
import { release } from "node:os";
import { describeMachine } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import {
  BpfError,
  check,
  createSuperblock,
  createToken,
  fsmount,
  fsopen,
  getCapabilities,
  openRoot,
  type Refusal,
  raw,
  setCapabilities,
  setOption,
  type Task,
  type Unexplained,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { factsRelease, MS } from "@bpf-token/uapi";

/** What `exec` was told to do. */
export interface Asked {
  /** Mount options, one value each. */
  readonly options: readonly string[];
  readonly capabilities: bigint;
}

/** Which step of it a real kernel refused, in the executor's word, and with what. */
export interface Refused {
  readonly step: string;
  readonly errno: number;
}

/** Why it did: what the model refuses of the same steps, or why that says nothing. */
export type Reason = { readonly refusal: Refusal } | { readonly unexplained: Unexplained };

const ALL_IDS = [{ inside: 0, outside: 0, count: 0xffff_ffff }];

/** Takes the steps of kernel-native's native/executor/delegate.c on the model. */
function* dance(host: Task, app: Task, { options, capabilities }: Asked): Generator<string> {
  yield "unshare";
  unshare(app, "user", "mnt");
  yield "slave";
  check(app, { syscall: "mount" }, raw.mount(app, null, "/", null, MS.REC | MS.SLAVE, null));
  yield "fsopen";
  const own = fsopen(app);
  yield "ids";
  writeIdMaps(app, { uid: ALL_IDS, gid: ALL_IDS }, host);
  yield "option";
  const context = own.sendTo(host);
  for (const option of options) {
    const [key = "", value = ""] = option.split(/=(.*)/s, 2);
    setOption(host, context, key, value);
  }
  yield "create";
  createSuperblock(host, context);
  yield "fsmount";
  const root = openRoot(app, fsmount(app, own));
  const permitted = getCapabilities(app).permitted & capabilities;
  setCapabilities(app, { effective: permitted, permitted, inheritable: 0n });
  yield "token";
  createToken(app, root);
}

/** Infers why the running kernel refused a step of `exec`. */
export function inferReason(asked: Asked, refused: Refused): Reason {
  const { unprivilegedBpfDisabled, btf } = describeMachine();
  const like = { release: factsRelease(release()), vmlinuxBtf: btf };
  const sysctl = unprivilegedBpfDisabled as 0 | 1 | 2 | undefined;
  const kernel = createKernel(
    sysctl === undefined ? like : { ...like, unprivilegedBpfDisabled: sysctl },
  );
  const title = `the model of Linux ${kernel.release}`;
  let step = "";
  try {
    for (step of dance(kernel.init, kernel.init.fork(), asked));
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    const { refusal, errno, code } = error;
    if (step !== refused.step || errno !== refused.errno || refusal === undefined) {
      return unexplained(`${title} answers ${code} to the step '${step}'`);
    }
    return { refusal: { ...refusal, certainty: "inferred" } };
  } finally {
    kernel.close();
  }
  return unexplained(`${title} would not refuse`);
}

function unexplained(says: string): Reason {
  return { unexplained: { reason: `${says}: a divergence` } };
}
