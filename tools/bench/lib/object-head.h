/* SPDX-License-Identifier: MIT */
#include "bpf.h"
struct task_struct { int pid; int tgid; char comm[16]; } preserve;
