/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and changes to a running proxy's admin API, and what goes wrong with them told in one line. */
#ifndef PLX_CLIENT_FETCH_H
#define PLX_CLIENT_FETCH_H

#include "cli/client/client.h"
#include "cli/client/reading.h"
#include "cli/terminal/options.h"

struct plx_fetch {
    const struct plx_options *options;
    struct plx_client *client;
    struct plx_arena *arena; /* documents live here */
    const char *epoch;       /* of services, whose report is asked for: by name or time; NULL: the present one */
    bool quiet;              /* says nothing where the proxy can't be reached */
    bool unreachable;        /* that is what was wrong the last time */
};

/* 0, or PLX_EXIT_USAGE after telling what is wrong. plx_fetch_close() in either case. */
int plx_fetch_open(struct plx_fetch *fetch, const struct plx_options *options);
void plx_fetch_close(struct plx_fetch *fetch);
/* GET target: *text is the answer, until the next call, and *document what was read of it. 0, or PLX_EXIT_USAGE after
 * telling what is wrong. */
int plx_fetch_get(struct plx_fetch *fetch, const char *target, struct plx_slice *text, struct plx_document *document);
/* The same with another method and a body of JSON (empty: none). */
int plx_fetch_send(struct plx_fetch *fetch, const char *method, const char *target, struct plx_slice body,
                   struct plx_slice *text, struct plx_document *document);
/* The same as POST for `parallax ask`, where 412 (they differ) and 502 (nobody can say) are answers as well. */
int plx_fetch_ask(struct plx_fetch *fetch, const char *target, struct plx_slice body, struct plx_slice *text,
                  struct plx_document *document);
/* GET target: bytes that are no JSON, until the next call, and whether that is all there is for now (202: ask again).
 */
int plx_fetch_bytes(struct plx_fetch *fetch, const char *target, struct plx_slice *bytes, bool *again);
/* Something that is counted, as a command asks about it. */
struct plx_asked_subject {
    const struct plx_words *words; /* of its kind */
    struct plx_slice name;
};

/*
 * What is asked about: those that options name, or all, services first. All is in the arena. 0, or PLX_EXIT_USAGE.
 */
int plx_fetch_subjects(struct plx_fetch *fetch, struct plx_asked_subject **subjects, size_t *count);
/* Appends "/api/v1/services/NAME". */
void plx_fetch_path(struct plx_buffer *target, const struct plx_asked_subject *subject);
/* Appends text percent-encoded, as a part of a path or of a query. */
void plx_fetch_encode(struct plx_buffer *target, struct plx_slice text);

#endif
