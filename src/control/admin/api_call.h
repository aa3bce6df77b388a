/* SPDX-License-Identifier: Apache-2.0 */
/* The admin API from inside: a request on its way to the function that answers it. */
#ifndef PLX_ADMIN_API_CALL_H
#define PLX_ADMIN_API_CALL_H

#include "control/admin/admin.h"
#include "control/admin/query.h"

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

/* For a message: at most 80 bytes of what was asked for. */
#define PLX_ADMIN_SHOWN(slice) (int)((slice).len < 80 ? (slice).len : 80), ((slice).len ? (slice).ptr : "")

/* Answers with an error, in place of what was written before. code: static. */
void plx_admin_fail(struct plx_admin_answer *answer, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void plx_admin_text(struct plx_admin_call *call, int status, const char *text);
/* 200 and JSON, which the caller writes. */
struct plx_json_writer plx_admin_begin_json(struct plx_admin_call *call);

/* What answers, by path: admin.c has the table. */

typedef void plx_admin_handler(struct plx_admin_call *call);

/* services_api.c */
plx_admin_handler plx_admin_get_services;
plx_admin_handler plx_admin_get_service;
plx_admin_handler plx_admin_put_stage;
plx_admin_handler plx_admin_post_rollback;

/* dashboard.c */
plx_admin_handler plx_admin_get_dashboard;
plx_admin_handler plx_admin_get_dashboard_css;
plx_admin_handler plx_admin_get_dashboard_js;

/* counted.c */
plx_admin_handler plx_admin_get_report;
plx_admin_handler plx_admin_get_endpoints;
plx_admin_handler plx_admin_get_differences;
plx_admin_handler plx_admin_get_exchange;
plx_admin_handler plx_admin_get_experiments;
plx_admin_handler plx_admin_get_experiment;
plx_admin_handler plx_admin_post_experiments;
plx_admin_handler plx_admin_get_spies;
plx_admin_handler plx_admin_get_spy;
plx_admin_handler plx_admin_get_spy_compare;
plx_admin_handler plx_admin_get_compare;
plx_admin_handler plx_admin_get_reconciliations;
plx_admin_handler plx_admin_get_reconciliation;
plx_admin_handler plx_admin_post_reconciliation;
plx_admin_handler plx_admin_post_forget;
plx_admin_handler plx_admin_get_metrics;

#endif
