// SPDX-License-Identifier: MIT
import { plan } from "@bpf-token/loader";
import * as object from "@bpf-token/object";
import { attempts } from "./fuzz.mjs";

/** The runs that a thread makes: see watched.mjs. */
export const begin = ({ files, seed }) => attempts({ ...object, plan }, files, seed);
