/* SPDX-License-Identifier: Apache-2.0 */
/* The monolith at last: notifying is the microservice's alone. */
#include "outbox.h"
#include "payment.h"

#include <microhttpd.h>

static const char *microservice;

static int
start(void)
{
    if (!microservice) {
        fprintf(stderr, "usage: --notifications URL is needed: where the notification microservice is\n");
        return 2;
    }
    return outbox_start(microservice) ? 0 : 1;
}

int
main(int argc, char **argv)
{
    static const struct service_option options[] = {
        {"notifications", "URL", "the notification microservice's", &microservice},
        {0},
    };
    const struct version version = {
        .name = "v3",
        .about = "The payment monolith, version 3: the microservice notifies.",
        .options = options,
        .notify = outbox_add,
        .start = start,
        .stop = outbox_stop,
        .write_one = payment_write_entry,
        .write_in_list = payment_write_entry,
        .unknown_id_status = MHD_HTTP_NOT_FOUND,
    };

    return payment_main(argc, argv, &version);
}
