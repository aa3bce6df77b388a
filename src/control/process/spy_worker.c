/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the worker of the spies. */
#include "control/process/spy_worker.h"

#include "base/assert.h"

#include <stdio.h>

_Static_assert(PLX_SPIES_MAX *PLX_SPY_SIDES <= PLX_LISTENERS_MAX, "one worker listens for all spies");

static void
log_side(const struct plx_config *config, size_t index, enum plx_role side, uint16_t port)
{
    const struct plx_spy *spy = &config->spies->list[index];
    char text[PLX_ADDRESS_TEXT];

    plx_log(PLX_LOG_INFO, "spying", PLX_TEXT("spy", spy->service->name), PLX_TEXT("side", plx_role_text(side)),
            PLX_TEXT("mode", plx_spy_mode_text(spy->modes[side])),
            PLX_TEXT("address", plx_address_write(config->spy_listen[index][side].host, port, text)));
}

static bool
open_side(const struct plx_spies_start *start, size_t index, enum plx_role side, int *descriptor)
{
    const struct plx_address *address = &start->config->spy_listen[index][side];
    char error[512];
    uint16_t port = 0;

    *descriptor = plx_listen_socket(address->host, address->port, false, &port, error, sizeof(error));
    if (*descriptor < 0) {
        fprintf(stderr, "parallax %s: spy %s: %s\n", start->command, start->config->spies->list[index].service->name,
                error);
        return false;
    }
    log_side(start->config, index, side, port);
    return true;
}

struct plx_worker *
plx_spies_start(const struct plx_spies_start *start)
{
    static struct plx_spy_port ports[PLX_LISTENERS_MAX]; /* read as long as the worker lives */
    struct plx_spies *spies = start->config->spies;
    int descriptors[PLX_LISTENERS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < spies->count; i++)
        for (int side = 0; side < PLX_SPY_SIDES; side++, count++) {
            ports[count] = (struct plx_spy_port){i, (enum plx_role)side};
            if (!open_side(start, i, (enum plx_role)side, &descriptors[count]))
                return NULL;
        }
    const struct plx_worker_options options = {
        .owner = start->owner,
        .descriptors = descriptors,
        .descriptor_count = count,
        .snapshot = spies->snapshot,
        .count = 1,
        .streams_max = start->streams_max,
        .comparisons = start->comparisons,
        .names = start->names,
        .spies = spies,
        .ports = ports,
    };
    struct plx_worker *worker = plx_worker_start(&options);
    if (!worker)
        fprintf(stderr, "parallax %s: can't start the worker of the spies: out of memory or threads\n", start->command);
    return worker;
}
