/* SPDX-License-Identifier: GPL-2.0-only */
/* WebAssembly is little-endian. */
#include <linux/byteorder/little_endian.h>
