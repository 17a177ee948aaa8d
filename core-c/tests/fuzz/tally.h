/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FUZZ_TALLY_H
#define _FUZZ_TALLY_H

#include <linux/types.h>

struct seq_result;

void tally(const struct seq_result *result, bool was_recalled);
void tally_print(void);

#endif /* _FUZZ_TALLY_H */
