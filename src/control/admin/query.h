/* SPDX-License-Identifier: Apache-2.0 */
/* The target of an admin request, taken apart: path segments and query parameters, percent-decoded and checked. */
#ifndef PLX_ADMIN_QUERY_H
#define PLX_ADMIN_QUERY_H

#include <parallax/base.h>

#define PLX_ADMIN_TARGET_MAX     4096u
#define PLX_ADMIN_SEGMENTS_MAX   8u
#define PLX_ADMIN_PARAMETERS_MAX 16u

struct plx_admin_parameter {
    struct plx_slice name, value;
};

struct plx_admin_target {
    struct plx_slice segments[PLX_ADMIN_SEGMENTS_MAX]; /* "/" has none */
    size_t segment_count;
    struct plx_admin_parameter parameters[PLX_ADMIN_PARAMETERS_MAX];
    size_t parameter_count;
    char bytes[PLX_ADMIN_TARGET_MAX]; /* what the slices point into */
    size_t used;
};

/* NULL, or what is wrong with it: static text. */
const char *plx_admin_target_read(struct plx_slice text, struct plx_admin_target *target);
/* The parameter's value; {NULL, 0} where it is not given. */
struct plx_slice plx_admin_parameter(const struct plx_admin_target *target, const char *name);
/* Digits only, at most max; false for anything else. */
bool plx_admin_number(struct plx_slice text, uint64_t max, uint64_t *number);

#endif
