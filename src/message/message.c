/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for headers in a head. */
#include "message/message.h"

struct plx_slice
plx_http_header(const struct plx_http_head *head, enum plx_http_header_id id)
{
    for (size_t i = 0; i < head->header_count; i++)
        if (head->header_ids[i] == id)
            return head->headers[i].value;
    return plx_slice_make(NULL, 0);
}

struct plx_slice
plx_http_header_named(const struct plx_http_head *head, struct plx_slice name)
{
    for (size_t i = 0; i < head->header_count; i++)
        if (plx_slice_equal_nocase(head->headers[i].name, name))
            return head->headers[i].value;
    return plx_slice_make(NULL, 0);
}
