/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payment service that the demo runs: payrolls and invoicings in memory, over HTTP (libmicrohttpd, jansson). It
 * stands for a user's service and shares no code with Parallax. `payment-old` and `payment-new` are this, with what
 * each version does in its own way.
 */
#ifndef PAYMENT_H
#define PAYMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum kind {
    PAYROLL,
    INVOICING,
};

struct entry {
    long id;
    char *to; /* owned; NULL: none was given */
    double total;
};

/* What an answer says; text is written with the functions below. */
struct answer {
    int status;
    FILE *body;        /* nothing written: no body */
    const char *allow; /* NULL: no such header */
};

/* Where the two versions differ. */
struct version {
    const char *name;
    void (*write_one)(const struct version *version, FILE *out, enum kind kind, const struct entry *entry);
    void (*write_in_list)(const struct version *version, FILE *out, enum kind kind, const struct entry *entry);
    int unknown_id_status;                 /* of GET */
    void (*notified)(const char *message); /* NULL, or what is told each notification, too */
    bool faithful;                         /* the new version without its faults */
};

/* {"id":0,"shipTo":"user 1","total":10549.95}, as the first version writes it. */
void payment_write_entry(const struct version *version, FILE *out, enum kind kind, const struct entry *entry);
void payment_write_string(FILE *out, const char *text); /* as JSON; NULL: null */
void payment_write_double(FILE *out, double number);    /* as Java's Double.toString */
const char *payment_to_key(enum kind kind);             /* "shipTo", "billTo" */

/* Runs the service until SIGTERM or SIGINT; the exit status. */
int payment_main(int argc, char **argv, struct version *version);

#endif
