// SPDX-License-Identifier: MIT
import { plan } from "@bpf-token/loader";
import * as object from "@bpf-token/object";
import { attempts } from "./fuzz.mjs";

/** Starts the runs of a worker thread, see watched.mjs. */
export const begin = ({ files, seed }) => attempts({ ...object, plan }, files, seed);
