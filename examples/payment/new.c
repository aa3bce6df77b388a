/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The new payment service: a rewrite with four faults of the kind that rewrites have. --faithful leaves them out.
 *
 *   GET /payroll/{id}     the total is rounded to whole units
 *   GET /payroll/{id}     an unknown id is answered with 200 and no body, not with 404
 *   GET /invoicing        the elements have no total
 *   GET /invoicing/{id}   billTo is called bill_to
 */
#include "payment.h"

#include <math.h>
#include <microhttpd.h>
#include <string.h>

static void
write_one(const struct version *version, FILE *out, enum kind kind, const struct entry *entry)
{
    struct entry copy = *entry;

    if (version->faithful) {
        payment_write_entry(version, out, kind, entry);
        return;
    }
    if (kind == PAYROLL) {
        copy.total = round(copy.total);
        payment_write_entry(version, out, kind, &copy);
        return;
    }
    fprintf(out, "{\"id\":%ld,\"bill_to\":", entry->id);
    payment_write_string(out, entry->to);
    fputs(",\"total\":", out);
    payment_write_double(out, entry->total);
    fputs("}", out);
}

static void
write_in_list(const struct version *version, FILE *out, enum kind kind, const struct entry *entry)
{
    if (version->faithful || kind == PAYROLL) {
        payment_write_entry(version, out, kind, entry);
        return;
    }
    fprintf(out, "{\"id\":%ld,\"%s\":", entry->id, payment_to_key(kind));
    payment_write_string(out, entry->to);
    fputs("}", out);
}

int
main(int argc, char **argv)
{
    struct version version = {
        .name = "v2",
        .write_one = write_one,
        .write_in_list = write_in_list,
        .unknown_id_status = MHD_HTTP_OK,
    };

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--faithful") == 0) {
            version.faithful = true;
            version.unknown_id_status = MHD_HTTP_NOT_FOUND;
        }
    return payment_main(argc, argv, &version);
}
