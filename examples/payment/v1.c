/* SPDX-License-Identifier: Apache-2.0 */
/* The monolith as it was: notifying is a line in the log. */
#include "payment.h"

#include <microhttpd.h>

int
main(int argc, char **argv)
{
    const struct version version = {
        .name = "v1",
        .about = "The payment monolith, version 1: it logs notifications.",
        .notify = payment_log,
        .write_one = payment_write_entry,
        .write_in_list = payment_write_entry,
        .unknown_id_status = MHD_HTTP_NOT_FOUND,
    };

    return payment_main(argc, argv, &version);
}
