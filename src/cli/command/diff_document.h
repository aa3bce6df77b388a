/* SPDX-License-Identifier: Apache-2.0 */
/* A document that `parallax diff` compares: read from a file or standard input, of a type that is given, or known by
 * its name or its content. */
#ifndef PLX_COMMAND_DIFF_DOCUMENT_H
#define PLX_COMMAND_DIFF_DOCUMENT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "body/body.h"

struct plx_diff_document {
    const char *name;            /* of the file; "-" is standard input */
    struct plx_buffer text;      /* of the file */
    struct plx_buffer written;   /* of it as JSON, or its media type with a boundary */
    struct plx_slice media_type; /* as --type has it; empty: to be found out */
    struct plx_answer answer;
    struct plx_body body;
};

void plx_diff_document_init(struct plx_diff_document *document);
void plx_diff_document_fini(struct plx_diff_document *document);
/* patch: even an empty document has to be what it is said to be. table: CSV is read as rows, not as lines. 0, or the
 * exit status after telling. */
int plx_diff_document_read(struct plx_diff_document *document, bool patch, bool table,
                           const struct plx_compare_limits *limits, struct plx_arena *arena);
/* Of a value of --type: a media type, or a short name as in "json"; empty: it is none. */
struct plx_slice plx_diff_media_type(const char *type);

#endif
