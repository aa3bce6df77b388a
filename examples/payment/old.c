/* SPDX-License-Identifier: Apache-2.0 */
/* The old payment service: the reference. */
#include "payment.h"

#include <microhttpd.h>

int
main(int argc, char **argv)
{
    struct version version = {
        .name = "v1",
        .write_one = payment_write_entry,
        .write_in_list = payment_write_entry,
        .unknown_id_status = MHD_HTTP_NOT_FOUND,
    };

    return payment_main(argc, argv, &version);
}
