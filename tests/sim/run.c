/* SPDX-License-Identifier: Apache-2.0 */
/* One run, from its plan to its end. */
#include "sim.h"

#include "base/assert.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct sim_result
result_of(struct sim *sim)
{
    const struct plx_subject subject = sim->spies ? plx_subject_named(PLX_SUBJECT_SPY, plx_slice_of("sim"))
                                                  : plx_subject_service(&sim->snapshot->services[0]);
    struct plx_ledger_counts counts = plx_ledger_results(sim->ledger, &subject).counts;

    return (struct sim_result){
        .digest = sim->world.digest,
        .exchanges = counts.total,
        .events = sim->world.event_total,
        .mismatches = counts.mismatch,
        .incomparable = counts.incomparable,
    };
}

struct sim_result
sim_run(const struct sim_plan *plan)
{
    struct sim *sim = calloc(1, sizeof(*sim));

    PLX_ASSERT(sim);
    sim->plan = *plan;
    sim->exchanges = plan->clients * plan->requests;
    sim->fates = calloc(sim->exchanges, sizeof(*sim->fates));
    sim->log = memfd_create("access log", MFD_CLOEXEC);
    PLX_ASSERT(sim->fates && sim->log >= 0);
    world_init_for(&sim->world, sim_chances(sim, 0, 11));
    sim->world.traced = plan->traced;
    sim_paths_init(sim);
    sim->world.path.delay_us = sim->paths[0].delay_us;
    plx_list_init(&sim->tunnels);
    sim_roles_begin(sim);
    sim_control_begin(sim); /* all of it happens in here */
    sim_look_at_end(sim);
    struct sim_result result = result_of(sim);

    world_fini(&sim->world);
    sim_clients_free(sim);
    sim_roles_free(sim);
    sim_tunnels_free(sim);
    plx_comparisons_free(sim->comparisons);
    plx_ledger_close(sim->ledger);
    plx_snapshot_unref(sim->snapshot);
    plx_spies_free(sim->spies);
    for (unsigned id = 0; id < sim->exchanges; id++)
        for (int role = 0; role < PLX_ROLES; role++) {
            free(sim->fates[id].roles[role].body);
            if (role < PLX_SECONDARY)
                free(sim->fates[id].again[role].body);
        }
    free(sim->fates);
    close(sim->log);
    free(sim);
    return result;
}
