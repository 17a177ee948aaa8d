/* SPDX-License-Identifier: MIT */
/* A message with a number and a file, as sendmsg(2) and recvmsg(2) have it. */
#ifndef _INTERCEPTED_RIGHTS_H
#define _INTERCEPTED_RIGHTS_H

#include <linux/uio.h>
#include <stddef.h>
#include <stdint.h>

/* From <sys/socket.h>, which needs a libc. */
enum { LEVEL_SOCKET = 1, TYPE_RIGHTS = 1, NO_SIGNAL = 0x4000, CLOSE_ON_EXEC = 0x40000000 };

/* struct cmsghdr with one file. */
struct rights_control {
	size_t size;
	int32_t level, type, file, padding;
};

/* struct msghdr. */
struct rights_message {
	void *name;
	uint32_t name_size;
	struct iovec *parts;
	size_t part_count;
	struct rights_control *control;
	size_t control_size;
	uint32_t flags;
};

struct rights {
	int32_t number;
	struct iovec part;
	struct rights_control control;
	struct rights_message message;
};

/* Fills a message for the kernel: to send @number and @file, or to receive both. */
static inline void rights_init(struct rights *rights, int32_t number, int32_t file)
{
	rights->number = number;
	rights->part = (struct iovec){ &rights->number, sizeof(rights->number) };
	rights->control = (struct rights_control){
		.size = offsetof(struct rights_control, padding),
		.level = LEVEL_SOCKET,
		.type = TYPE_RIGHTS,
		.file = file,
	};
	rights->message = (struct rights_message){
		.parts = &rights->part,
		.part_count = 1,
		.control = &rights->control,
		.control_size = sizeof(rights->control),
	};
}

#endif
