// SPDX-License-Identifier: MIT
// Reads BTF that others have loaded: BTF of programs and of kernel modules.
import { Btf } from "@bpf-token/object";
import { BPF_F, structLayout } from "@bpf-token/uapi";
import { bpf, bpfInto, type Steps } from "../calls/steps.js";
import { versionCode } from "./kconfig.js";
import type { Session } from "./session.js";

/** Buffer size for the name of a module. */
const NAME = 64;

/**
 * Opens BTF by its id. Returns a file descriptor, or `-errno`. In a container this needs a token,
 * since Linux 6.15.
 */
export function* openBtf({ token, options }: Session, btf_id: number): Steps<number> {
  const takesToken = versionCode(options.kernelRelease) >= versionCode("6.15");
  const withToken =
    token === undefined || !takesToken
      ? {}
      : { open_flags: BPF_F.TOKEN_FD, fd_by_id_token_fd: token.fd };
  return yield* bpf("BTF_GET_FD_BY_ID", { btf_id, ...withToken });
}

/** Returns the name of the kernel's or a module's BTF; `undefined` for the BTF of programs. */
export function* kernelBtfName(fd: number): Steps<string | undefined> {
  const layout = structLayout("bpf_btf_info");
  const name = { bytes: new Uint8Array(NAME) };
  const info = layout.encode({ name, name_len: NAME });
  const { ret } = yield* bpfInto("OBJ_GET_INFO_BY_FD", {
    bpf_fd: fd,
    info_len: info.bytes.length,
    info,
  });
  if (ret < 0 || layout.decode(info.bytes).kernel_btf === 0) return undefined;
  return new TextDecoder().decode(name.bytes.subarray(0, name.bytes.indexOf(0)));
}

/** Reads BTF; module BTF needs the kernel's BTF as base. */
export function* readBtf(fd: number, base?: Btf): Steps<Btf> {
  const layout = structLayout("bpf_btf_info");
  const first = new Uint8Array(layout.size);
  const ask = { bpf_fd: fd, info_len: first.length };
  yield* bpfInto("OBJ_GET_INFO_BY_FD", { ...ask, info: { bytes: first } });
  const bytes = new Uint8Array(layout.decode(first).btf_size);
  const second = layout.encode({ btf: { bytes }, btf_size: bytes.length });
  yield* bpfInto("OBJ_GET_INFO_BY_FD", { ...ask, info: second });
  return Btf.parse(bytes, base === undefined ? {} : { base });
}
