/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new payment service in place of the first version: a rewrite with four faults of the kind that rewrites have.
 * --faithful leaves them out, --rounds all but the first one.
 *
 *   GET /payroll/{id}     the total is rounded to whole units
 *   GET /payroll/{id}     an unknown id is answered with 200 and no body, not with 404
 *   GET /invoicing        the elements have no total
 *   GET /invoicing/{id}   billTo is called bill_to
 */
#include "payment.h"

#include <math.h>
#include <microhttpd.h>

static const char *faithful, *rounds;
static struct version version;

static void
write_one(const struct version *self, FILE *out, enum kind kind, const struct entry *entry)
{
    struct entry copy = *entry;

    if (faithful || (rounds && kind == INVOICING)) {
        payment_write_entry(self, out, kind, entry);
        return;
    }
    if (kind == PAYROLL) {
        copy.total = round(copy.total);
        payment_write_entry(self, out, kind, &copy);
        return;
    }
    fprintf(out, "{\"id\":%ld,\"bill_to\":", entry->id);
    payment_write_string(out, entry->to);
    fputs(",\"total\":", out);
    payment_write_double(out, entry->total);
    fputs("}", out);
}

static void
write_in_list(const struct version *self, FILE *out, enum kind kind, const struct entry *entry)
{
    if (faithful || rounds || kind == PAYROLL) {
        payment_write_entry(self, out, kind, entry);
        return;
    }
    fprintf(out, "{\"id\":%ld,\"%s\":", entry->id, payment_to_key(kind));
    payment_write_string(out, entry->to);
    fputs("}", out);
}

static int
start(void)
{
    if (faithful || rounds)
        version.unknown_id_status = MHD_HTTP_NOT_FOUND;
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct service_option options[] = {
        {"faithful", NULL, "without its faults", &faithful},
        {"rounds", NULL, "with one of its faults alone: it rounds the total of a payroll", &rounds},
        {0},
    };

    version = (struct version){
        .name = "v2",
        .about = "A new payment service, with the faults that rewrites have.",
        .options = options,
        .notify = payment_log,
        .start = start,
        .write_one = write_one,
        .write_in_list = write_in_list,
        .unknown_id_status = MHD_HTTP_OK,
    };
    return payment_main(argc, argv, &version);
}
