/* SPDX-License-Identifier: MIT */
/* @header@ */
#ifndef _GENERATED_PROTOCOL_H
#define _GENERATED_PROTOCOL_H

#include <stdint.h>

#define PROTOCOL_MAGIC @magic@u
#define PROTOCOL_VERSION @version@

@limits@

@enums@

@structs@

#endif
