/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The access log: one line for each exchange, in the log's format, at its end, so that it can name the verdict. Each
 * worker gathers lines and appends them with one write(2) (O_APPEND keeps workers' lines whole), and never waits for
 * who reads them.
 */
#ifndef PLX_EXCHANGE_ACCESS_LOG_H
#define PLX_EXCHANGE_ACCESS_LOG_H

#include "base/buffer.h"
#include "log/outlet.h"
#include "secrets/secrets.h"

#define PLX_ACCESS_LOG_BYTES (64u * 1024) /* gathered before they are written; else at the worker's next hand-over */

struct plx_access_log {
    struct plx_outlet *outlet;       /* shared by the workers, the program's */
    struct plx_buffer lines, target; /* target: scratch */
    uint64_t lost;                   /* lines that could not be written; told in the log */
};

struct plx_access_line {
    uint64_t time_ms; /* since the epoch */
    struct plx_slice exchange, client, service, method, target;
    const struct plx_secrets *secrets; /* that the target is shown without */
    int status;
    uint64_t bytes; /* of the answer's body, sent to the client */
    uint64_t duration_ns;
    const char *served; /* the role whose answer the client got, or should have */
    const char *result; /* a verdict, or "uncopied" */
    const char *reason; /* of incomparable and uncopied; NULL else */
};

void plx_access_log_init(struct plx_access_log *log, struct plx_outlet *outlet);
void plx_access_log_fini(struct plx_access_log *log); /* writes what is left */
void plx_access_log_add(struct plx_access_log *log, const struct plx_access_line *line);
void plx_access_log_flush(struct plx_access_log *log);

#endif
