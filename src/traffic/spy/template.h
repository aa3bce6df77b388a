/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text with places for pieces of a call, which a stub's answer is made of:
 *
 *   {"id": {{counter}}, "message": {{json body/message}}, "to": "{{query.to}}"}
 *
 * A piece stands between {{ and }}: method, path, path.2 (the second segment), query, query.NAME, header.NAME, body,
 * body/POINTER (a JSON Pointer into what the body means), counter, id, braces (which is {{). `json` before it writes it
 * as a JSON value: strings in quotes and escaped, what is not there as null. Without it a string is its characters and
 * what is not there is nothing.
 */
#ifndef PLX_SPY_TEMPLATE_H
#define PLX_SPY_TEMPLATE_H

#include "base/buffer.h"
#include <parallax/compare.h>

#define PLX_TEMPLATE_TEXT_MAX  (256u << 10) /* bytes of a template */
#define PLX_TEMPLATE_PARTS_MAX 512u         /* pieces, and texts between them */
#define PLX_TEMPLATE_OUT_MAX   (4u << 20)   /* bytes of what is made of one */

/* What a template is filled in from. */
struct plx_template_call {
    struct plx_slice method, target;  /* as sent: path and query */
    const struct plx_header *headers; /* its Content-Type says what the body is */
    size_t header_count;
    struct plx_slice body; /* all of it; of one that was not kept whole: nothing */
    uint64_t counter;
    struct plx_slice id;
};

struct plx_template_error {
    char what[160]; /* what is wrong */
    const char *mend;
};

struct plx_template;

/* PLX_E_SYNTAX with *error filled; PLX_E_MEMORY. On failure *out is untouched. The text is copied. */
PLX_MUST_USE enum plx_status plx_template_new(struct plx_slice text, struct plx_template_error *error,
                                              struct plx_template **out);
void plx_template_free(struct plx_template *made_of); /* NULL is fine */
/* Appends what the call makes of it; out fails where that is too long. PLX_E_MEMORY. Allocates in scratch. */
PLX_MUST_USE enum plx_status plx_template_write(const struct plx_template *made_of,
                                                const struct plx_template_call *call, struct plx_arena *scratch,
                                                struct plx_buffer *out);

#endif
