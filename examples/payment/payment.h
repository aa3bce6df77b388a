/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payment monolith: payrolls and invoicings in memory, over HTTP. v1.c, v2.c and v3.c are the versions of the seed,
 * scientist.c is the second one with an experiment in it, and new.c is a rewrite with faults; each is this, with what
 * it does in its own way.
 */
#ifndef PAYMENT_H
#define PAYMENT_H

#include "service.h"

enum kind {
    PAYROLL,
    INVOICING,
};

struct entry {
    long id;
    char *to; /* owned; NULL: none was given */
    double total;
};

/* Where the versions differ. */
struct version {
    const char *name, *about;
    const struct service_option *options; /* of its own, or NULL */
    void (*notify)(const char *message);  /* somebody of what was saved; one at a time */
    int (*start)(void);                   /* or NULL; 0, or the exit status */
    void (*stop)(void);                   /* or NULL */
    /* Or NULL; false: it is no request of its own. On many threads at once. */
    bool (*respond)(const struct request *request, struct answer *answer);
    void (*write_one)(const struct version *version, FILE *out, enum kind kind, const struct entry *entry);
    void (*write_in_list)(const struct version *version, FILE *out, enum kind kind, const struct entry *entry);
    int unknown_id_status; /* of GET */
};

/* {"id":0,"shipTo":"user 1","total":10549.95} */
void payment_write_entry(const struct version *version, FILE *out, enum kind kind, const struct entry *entry);
void payment_write_string(FILE *out, const char *text); /* as JSON; NULL: null */
void payment_write_double(FILE *out, double number);    /* as Java's Double.toString */
const char *payment_to_key(enum kind kind);             /* "shipTo", "billTo" */
void payment_log(const char *message);                  /* the first way to notify: a line in the log */

/* Runs the service until SIGTERM or SIGINT; the exit status. */
int payment_main(int argc, char **argv, const struct version *version);

#endif
