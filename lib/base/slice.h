/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with slices besides what base.h offers: in order, without blanks, as a list, as a token, copied into a
 * block. */
#ifndef PLX_BASE_SLICE_H
#define PLX_BASE_SLICE_H

#include <parallax/base.h>

/* By bytes, what is longer last: below 0 where a comes before b, 0 where they are equal. */
static inline int
plx_slice_order(struct plx_slice a, struct plx_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Without the spaces and tabs around it. */
struct plx_slice plx_slice_trimmed(struct plx_slice text);
/* Whether it is a token (RFC 9110, 5.6.2): characters, and none that is not a token's. */
bool plx_slice_is_token(struct plx_slice text);
/* Whether it is made of letters, digits and . _ - alone, as names of services and jobs are, and not empty. */
bool plx_slice_is_name(struct plx_slice text);
/* Whether there is nothing in the line but blanks, and the CR of its end. */
bool plx_slice_is_blank(struct plx_slice line);

/* Walks a comma-separated list (RFC 9110, 5.6.1): the next element that is not empty, without blanks around it; false
 * at the end. */
bool plx_slice_list_next(struct plx_slice *list, struct plx_slice *element);
/* Whether such a list names it, in whatever case. */
bool plx_slice_list_has(struct plx_slice list, struct plx_slice name);

/* Copies text to *at, where there must be room for it, moves *at behind it, and returns the copy. */
struct plx_slice plx_slice_put(char **at, struct plx_slice text);

#endif
