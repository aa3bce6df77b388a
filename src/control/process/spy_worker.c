/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the worker of the spies. */
#include "control/process/spy_worker.h"

#include "base/assert.h"

#include <stdio.h>

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
    const char *spy = start->config->spies->list[index].service->name;
    char error[512], name[PLX_INHERITED_NAME_BYTES];

    snprintf(name, sizeof(name), "spy.%s.%s", spy, plx_role_text(side));
    if (!plx_sockets_open(start->sockets, name, address, 1, error, sizeof(error))) {
        fprintf(stderr, "parallax %s: spy %s: %s\n", start->command, spy, error);
        return false;
    }
    const struct plx_socket *opened = plx_sockets_find(start->sockets, name, address);
    *descriptor = opened->descriptor;
    log_side(start->config, index, side, opened->port);
    return true;
}

struct plx_worker *
plx_spies_start(const struct plx_spies_start *start)
{
    static struct plx_spy_port ports[PLX_SPIES_MAX * PLX_SPY_SIDES]; /* read as long as the worker lives */
    struct plx_spies *spies = start->config->spies;
    int descriptors[PLX_SPIES_MAX * PLX_SPY_SIDES];
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
