/* SPDX-License-Identifier: MIT */
/* Hash of the check table. The host compares it with the hash of its own table. */
#define CHECK_TABLE_HASH @hash@u
