/* SPDX-License-Identifier: Apache-2.0 */
/* The admin API from inside: a request on its way to the function that answers it. */
#ifndef PLX_ADMIN_API_CALL_H
#define PLX_ADMIN_API_CALL_H

#include "control/admin/admin_answer.h"
#include "control/admin/admin_state.h"
#include "control/admin/query.h"
#include "json/writer.h"

struct plx_admin_call {
    struct plx_admin *admin;
    struct plx_admin_answer *answer;
    const struct plx_admin_request *request;
    struct plx_admin_target target;
    struct plx_subject subject; /* paths below /services/{name}, /experiments/{name} */
    const struct plx_spy *spy;  /* paths below /spies/{spy} */
    bool json;                  /* asked for where text is usual */
    struct plx_slice id;        /* /exchanges/{id}, /reconciliations/{id} */
};

/* What answers, by path: admin.c has the table. */
typedef void plx_admin_handler(struct plx_admin_call *call);

void plx_admin_text(struct plx_admin_call *call, int status, const char *text);
/* 200 and JSON, which the caller writes. */
struct plx_json_writer plx_admin_begin_json(struct plx_admin_call *call);
/* Whether all that was counted until the request came has been handed over; else it is asked again, or has been refused
 * (503). */
bool plx_admin_counts_are_whole(struct plx_admin_call *call);

#endif
