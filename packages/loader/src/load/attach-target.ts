// SPDX-License-Identifier: MIT
import { type Btf, type ProgramSpec, sectionKind } from "@bpf-token/object";
import { type AttrByCmd, Errno, structLayout } from "@bpf-token/uapi";
import { bpfInto, close, kernelBtf, refusedBpf, type Steps } from "../calls/steps.js";
import { openBtf, readBtf } from "./btf-by-id.js";
import { LoadError } from "./errors.js";
import { modulesOf, nowhere } from "./modules.js";
import type { ProgramTarget, Session } from "./session.js";

/** Returns the BTF attach target for program types where PROG_LOAD requires it. */
export function* attachTarget(
  session: Session,
  program: ProgramSpec,
): Steps<Partial<AttrByCmd["PROG_LOAD"]>> {
  const { attachBtf, name, section } = program;
  const target = session.options.targets.get(name);
  if (target !== undefined) {
    const attach_btf_id = yield* functionOf(session, name, target);
    return { attach_btf_id, attach_prog_fd: target.fd };
  }
  if (sectionKind(section)?.attachBtf !== true) return {};
  const place = { phase: "program", subject: name } as const;
  if (attachBtf === undefined) {
    const reason = `section ${section} does not name an attach target; set the option targets, or append the target to the section name`;
    throw new LoadError(place, reason);
  }
  const kernel = yield* kernelBtf();
  const id = kernel?.id(attachBtf.name, attachBtf.kind);
  if (id !== undefined) return { attach_btf_id: id };
  const modules = yield* modulesOf(session);
  for (const { fd, btf } of modules.all) {
    const inModule = btf.id(attachBtf.name, attachBtf.kind);
    if (inModule !== undefined) return { attach_btf_id: inModule, attach_btf_obj_fd: fd };
  }
  const where =
    kernel === undefined ? "but the kernel provides no BTF" : `which is ${nowhere(modules)}`;
  throw new LoadError(place, `${section} attaches to ${attachBtf.name}, ${where}`);
}

/** Finds the BTF id of a function in another program. */
function* functionOf(session: Session, subject: string, target: ProgramTarget): Steps<number> {
  const place = { phase: "program", subject } as const;
  const info = structLayout("bpf_prog_info");
  const bytes = new Uint8Array(info.size);
  const attr = { bpf_fd: target.fd, info_len: bytes.length, info: { bytes } };
  const { ret } = yield* bpfInto("OBJ_GET_INFO_BY_FD", attr);
  if (ret < 0) {
    const error = yield* refusedBpf("OBJ_GET_INFO_BY_FD", ret);
    throw new LoadError(place, `the target program: ${error.message}`, { cause: error });
  }
  const { btf_id } = info.decode(bytes);
  if (btf_id === 0) throw new LoadError(place, "the target program has no BTF");
  const btf = yield* btfById(session, subject, btf_id);
  const id = btf.id(target.function, "FUNC");
  if (id !== undefined) return id;
  throw new LoadError(place, `the target program has no function ${target.function}`);
}

/** Reads the BTF with an id. In a container this needs a token, since Linux 6.15. */
function* btfById(session: Session, subject: string, btf_id: number): Steps<Btf> {
  const fd = yield* openBtf(session, btf_id);
  if (fd < 0) {
    const error = yield* refusedBpf("BTF_GET_FD_BY_ID", fd);
    const way =
      fd === -Errno.EPERM
        ? "; in a container it needs Linux 6.15 and a bpffs mount with delegate_cmds=btf_get_fd_by_id"
        : "";
    const reason = `the BTF of the target program: ${error.message}${way}`;
    throw new LoadError({ phase: "program", subject }, reason, { cause: error });
  }
  try {
    return yield* readBtf(fd);
  } finally {
    yield* close(fd);
  }
}
