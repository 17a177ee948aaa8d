// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { manPage } from "../lib/man.mjs";

const help = `usage: bpf-token look FILE [--deep N]
       bpf-token look --all

Reads a FILE. It's
short.

  --deep N   how deep:
             1 to 9
  --all      everything

The rest.

exit codes: 0 fine, 1 findings

examples:
  bpf-token look a.o
  .hidden \\
-- true
`;

test("a help text becomes a manual page", () => {
  const common = { version: "1.2.3", date: "2026-01-02", see: ["bpf-token"] };
  const page = manPage({ name: "bpf-token-look", summary: "reads a file", text: help, ...common });
  expect(page).toBe(`.TH BPF\\-TOKEN\\-LOOK 1 2026-01-02 "bpf\\-token 1.2.3" "User Commands"
.SH NAME
bpf\\-token\\-look \\- reads a file
.SH SYNOPSIS
.nf
bpf\\-token look FILE [\\-\\-deep N]
bpf\\-token look \\-\\-all
.fi
.SH DESCRIPTION
.PP
Reads a FILE. It\\(aqs short.
.SH OPTIONS
.TP
.B \\-\\-deep N
how deep: 1 to 9
.TP
.B \\-\\-all
everything
.PP
The rest.
.SH EXIT STATUS
0 fine, 1 findings
.SH EXAMPLES
.nf
bpf\\-token look a.o
\\&.hidden \\e
\\-\\- true
.fi
.SH SEE ALSO
.BR bpf\\-token (1)
`);
});
