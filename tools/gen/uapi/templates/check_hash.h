/* SPDX-License-Identifier: MIT */
/* Of the table of checks: what numbers them here must be what reads them there. */
#define CHECK_TABLE_HASH @hash@u
