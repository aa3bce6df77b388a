/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and changes to a running proxy's admin API, and what goes wrong with them told in one line. */
#ifndef PLX_FETCH_H
#define PLX_FETCH_H

#include "command/client.h"
#include "command/options.h"
#include "command/reading.h"

struct plx_fetch {
    const struct plx_options *options;
    struct plx_client *client;
    struct plx_arena *arena; /* documents live here */
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
/*
 * The names of the services that are asked about: the one of --service, or all. The names are in the arena. 0, or
 * PLX_EXIT_USAGE.
 */
int plx_fetch_services(struct plx_fetch *fetch, struct plx_slice **names, size_t *count);
/* Appends text percent-encoded, as a part of a path or of a query. */
void plx_fetch_encode(struct plx_buffer *target, struct plx_slice text);

#endif
