// SPDX-License-Identifier: MIT
// How the page names the values of the state.
import type {
  Action,
  Creator,
  FdKind,
  LsmChoice,
  Place,
  Side,
  Sysctl,
} from "../state/try-state.js";

export const actionWords: Readonly<Record<Action, string>> = {
  token: "Create a token",
  map: "Create a map",
  prog: "Load a program",
  btf: "Load BTF",
};

export const placeWords: Readonly<Record<Place, string>> = {
  container: "the container",
  nomnt: "a container without mount namespace",
  nested: "a user namespace in the container",
  host: "the host",
};

export const ownerWords: Readonly<Record<Side, string>> = {
  container: "the container",
  host: "the host (bind mount)",
};

export const delegatorWords: Readonly<Record<Side, string>> = {
  host: "the host",
  container: "the container",
};

export const fdWords: Readonly<Record<FdKind, string>> = {
  root: "the root of the bpffs",
  path: "the root, with O_PATH (fsmount)",
  below: "a subdirectory of the bpffs",
  other: "another filesystem",
};

export const creatorWords: Readonly<Record<Creator, string>> = {
  self: "the program",
  helper: "a helper with all capabilities",
};

export const sysctlWords: Readonly<Record<Sysctl, string>> = {
  "0": "0: off",
  "1": "1: on, for good",
  "2": "2: on (default)",
};

export const lsmWords: Readonly<Record<LsmChoice, string>> = {
  none: "allows everything",
  bpf: "refuses: bpf",
  bpf_token_create: "refuses: bpf_token_create",
  bpf_token_cmd: "refuses: bpf_token_cmd",
  bpf_token_capable: "refuses: bpf_token_capable",
  bpf_map_create: "refuses: bpf_map_create",
  bpf_prog_load: "refuses: bpf_prog_load",
};
