/* SPDX-License-Identifier: MIT */
#ifndef _TOKEN_ROOM_H
#define _TOKEN_ROOM_H

#include <stdbool.h>

/* Since Linux 7.2 this bit of a bpf() command announces two more arguments. */
#define BPF_COMMAND_COMMON_ATTRS 0x10000

/* token_room.c */
bool token_room_needed(const char *release);
bool token_room_left(void);
bool token_may_be_created(void);

#endif
