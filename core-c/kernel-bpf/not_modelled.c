// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a call ends that needs a function which the module does not have. The build generates a stub
 * for each such function; the stub calls not_modelled() with its name. The host throws.
 */
#include <linux/string.h>

#include "glue.h"

IMPORT(host_not_modelled) void host_not_modelled(const char *name, u32 length);

void not_modelled(const char *name)
{
	host_not_modelled(name, strlen(name));
	__builtin_trap();
}
