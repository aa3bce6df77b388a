/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations of the product that fail by chance: see wrapped_memory.h. */
#include "sim.h"

#define ONE_IN 500u

static _Thread_local struct sim *failing; /* NULL: none fails */

void
sim_memory_begin(struct sim *sim)
{
    sim->allocations = sim_chances(sim, 0, 12);
    failing = sim;
}

void
sim_memory_end(void)
{
    failing = NULL;
}

static bool
fails_now(void)
{
    return failing && failing->world.in_product && world_below(&failing->allocations, ONE_IN) == 0;
}

#include "../unit/wrapped_memory.h"
