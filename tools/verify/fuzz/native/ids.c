// SPDX-License-Identifier: MIT
/* The text of uid_map and gid_map. The input is an id of four bytes and the text. */
#include <string.h>
#include "enter.h"
#include "kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char map[8200];
	uint32_t id, outside;

	if (size < sizeof(id) || size > sizeof(map))
		return 0;
	memcpy(&id, data, sizeof(id));
	size -= sizeof(id);
	memcpy(map, data + sizeof(id), size);
	map[size] = 0;
	id_is_mapped(map, id);
	if (id_outside(map, id, &outside) && !id_is_mapped(map, outside))
		finding("an id is outside and not mapped", map, size);
	return 0;
}
