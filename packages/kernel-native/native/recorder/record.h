/* SPDX-License-Identifier: MIT */
#ifndef _RECORD_H
#define _RECORD_H

#include "supervise.h"

/* Writes a recording, as JSON lines, to a file descriptor. See record.c for the format. */
void record_to(int fd);
/* Whether everything was written. */
bool record_end(void);

extern const struct stops record_stops;
/* Stops at the calls that are recorded. */
const struct filter *record_filter(void);

#endif
