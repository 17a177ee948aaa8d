/* SPDX-License-Identifier: MIT */
/* What the files of the dispatcher share. */
#ifndef _EXECUTOR_DISPATCHER_H
#define _EXECUTOR_DISPATCHER_H

#include "task_table.h"

/* Larger buffers are freed after the request. */
#define KEEP_BYTES (256 * 1024)

/* dispatcher.c */
extern char *frame;
extern size_t frame_size;

void frame_reserve(size_t size, size_t keep);
char *payload_copy(size_t size);
void payload_free(char *data, size_t size);
void write_out(const void *data, size_t size);
void answer(const struct exec_request *request, enum status status, int64_t ret,
	    uint32_t pid, uint32_t detail);
void answer_lost(const struct exec_request *request, struct task *task, enum outcome outcome);
void serve(const struct exec_request *request);

/* dispatcher_batch.c */
bool batch_add(const void *data, size_t size);
void do_batch(const struct exec_request *request);

/* dispatcher_sweep.c */
void do_sweep(const struct exec_request *request);

#endif
