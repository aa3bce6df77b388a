/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A canary's candidate that gives no answers is ejected: for a while its clients are the primary's. One state for all
 * workers, so that they agree at once; reading it takes no lock.
 *
 *            `after` failures in a row              its time is over
 *   serving --------------------------> ejected -----------------------> on trial
 *      ^                                   ^                              |     |
 *      |                                   `-- a failure: twice as long --'     |
 *      `------------------------------------------ an answer ------------------'
 *
 * The trial is a copy, which no client pays for: the first one that is sent when the time is over. Only where none was
 * sent for PLX_EJECTION_COPIES_MS one client's request is. Whoever takes the trial ejects for another while, so that
 * there is one at a time and none that gets lost is waited for. Times are milliseconds of a monotonic clock, but for
 * those of struct plx_ejected.
 */
#ifndef PLX_SERVICE_EJECTION_H
#define PLX_SERVICE_EJECTION_H

#include "service/service_names.h"

#define PLX_EJECTION_AFTER_MAX 1000u
#define PLX_EJECTION_COPIES_MS 1000u

struct plx_eject_options {
    uint32_t after;      /* eject.after: failures in a row; 0: nobody is ejected; default 5 */
    uint32_t for_ms;     /* eject.for: the first time; each further one is twice as long; default 10000 */
    uint32_t at_most_ms; /* eject.at_most: and never longer; default 300000 */
    bool gateway_errors; /* eject.gateway_errors: answers of 502, 503 and 504 are failures, too */
};

struct plx_ejection;

/* One that is ejected; wall time. */
struct plx_ejected {
    uint64_t since_ms, until_ms;
    uint32_t times; /* in a row */
    enum plx_incomparable reason;
    int status; /* of the last failure where that was an answer; else 0 */
};

/* What has changed by what was noted. */
enum plx_ejection_change {
    PLX_EJECTION_NONE,
    PLX_EJECTION_OUT,    /* ejected */
    PLX_EJECTION_LONGER, /* and once more, since the trial has failed */
    PLX_EJECTION_BACK,
};

/* Both clocks, as of one moment. */
struct plx_ejection_time {
    uint64_t now_ms, wall_ms;
};

struct plx_ejection_failure {
    enum plx_incomparable reason;
    int status; /* an answer that is taken for a failure; 0: there was none */
};

struct plx_ejection *plx_ejection_new(void); /* serving, one reference; NULL: no memory */
struct plx_ejection *plx_ejection_ref(struct plx_ejection *ejection);
void plx_ejection_unref(struct plx_ejection *ejection); /* NULL is fine */

/* Whether clients are kept from it now. */
bool plx_ejection_is_out(const struct plx_ejection *ejection);
/* Failures in a row, while it serves. */
uint32_t plx_ejection_failures(const struct plx_ejection *ejection);
/* Of one that is ejected: whether this copy, or this client's request, is the trial; it then has it. */
bool plx_ejection_try(struct plx_ejection *ejection, const struct plx_eject_options *options,
                      struct plx_ejection_time now, bool copy);

/* trial: it had it. */
enum plx_ejection_change plx_ejection_note_failure(struct plx_ejection *ejection,
                                                   const struct plx_eject_options *options,
                                                   struct plx_ejection_failure failure, struct plx_ejection_time now,
                                                   bool trial);
enum plx_ejection_change plx_ejection_note_answer(struct plx_ejection *ejection, struct plx_ejection_time now,
                                                  bool trial);

/* false: it is not ejected. */
bool plx_ejection_get(struct plx_ejection *ejection, struct plx_ejected *ejected);
/* Times that it was ejected, longer ones after a trial not counted, since the process began. */
uint64_t plx_ejection_count(struct plx_ejection *ejection);

#endif
