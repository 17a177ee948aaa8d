/* SPDX-License-Identifier: MIT */
#define cap_valid(x) ((x) >= 0 && (x) <= CAP_LAST_CAP)

typedef struct __user_cap_header_struct *cap_user_header_t;
typedef struct __user_cap_data_struct *cap_user_data_t;
