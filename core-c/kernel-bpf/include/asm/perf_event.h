/* SPDX-License-Identifier: GPL-2.0-only */
/* Empty: no performance counters. */
