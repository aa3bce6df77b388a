/* SPDX-License-Identifier: Apache-2.0 */
/*
 * llhttp's published cases, and both sides of one as the same text: the messages with method, target or status,
 * headers, body and trailer, and how it ended.
 */
#ifndef TEST_HTTP_SUITE_H
#define TEST_HTTP_SUITE_H

#include "base/buffer.h"
#include "traffic/http1/head.h"

#define TEXT_MAX (1024u * 1024)

struct suite_case {
    char file[320], title[160], type[80];
    bool skip_body;
    struct plx_buffer wire, log;
};

/* A message as far as it has been read. */
struct message {
    struct plx_buffer start, headers, body, trailer;
    bool head_whole;
};

struct reading {
    struct plx_buffer wire; /* grows where a Host is put in */
    size_t at;              /* what is read so far */
    bool request, skip_body, finish, host_put_in, ended_in_close;
    struct plx_http1_head head;
    struct plx_http_error error;
    struct message message;
    const char *end;
};

/* Calls run for each case of the Markdown files of folder/kind; false where there are none. */
bool suite_run(const char *folder, const char *kind, void (*run)(struct suite_case *c));

/* What the suite's log says. Uses the log up. */
void print_expected(struct plx_buffer *text, struct suite_case *c);
/* What our reader makes of the case's bytes; add_end: with the end of a head behind them. The caller frees r->wire. */
void print_actual(struct plx_buffer *text, const struct suite_case *c, struct reading *r, bool add_end);

#endif
