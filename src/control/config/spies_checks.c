/* SPDX-License-Identifier: Apache-2.0 */
/* Spies against everything else that listens or is asked: no address twice, and no call that goes round. */
#include "control/config/spies_checks.h"

#include "control/config/services.h"
#include "control/config/spies.h"

static bool
is_own(const struct plx_config *config, const struct plx_address *address)
{
    for (size_t i = 0; i < config->spies->count * PLX_SPY_SIDES; i++)
        if (plx_addresses_meet(address, &config->spy_listen[i / PLX_SPY_SIDES][i % PLX_SPY_SIDES]))
            return true;
    return false;
}

static void
check_side(struct plx_config_reader *reader, const struct plx_reading *r, size_t at)
{
    const struct plx_config *config = r->config;
    const struct plx_address *address = &config->spy_listen[at / PLX_SPY_SIDES][at % PLX_SPY_SIDES];
    bool taken = plx_addresses_collide(address, &config->admin);

    for (size_t i = 0; i < config->listen_count; i++)
        taken |= plx_addresses_collide(address, &config->listen[i]);
    for (size_t i = 0; i < at; i++)
        taken |= plx_addresses_collide(address, &config->spy_listen[i / PLX_SPY_SIDES][i % PLX_SPY_SIDES]);
    if (taken)
        plx_config_error(reader, r->spies ? r->spies[at / PLX_SPY_SIDES].sides[at % PLX_SPY_SIDES] : NULL,
                         "choose another port", "the spy `%s` would listen on port %u, which is listened on already",
                         config->spies->snapshot->services[at / PLX_SPY_SIDES].name, address->port);
}

/* Some spy passes the calls of one side on, and answers those of the other one itself. */
static bool
tell_sides_apart(const struct plx_spies *spies)
{
    for (size_t i = 0; spies && i < spies->count; i++)
        if (spies->list[i].modes[PLX_PRIMARY] != spies->list[i].modes[PLX_CANDIDATE])
            return true;
    return false;
}

void
plx_spies_mark(struct plx_config *config)
{
    bool spied = tell_sides_apart(config->spies);

    for (size_t i = 0; config->snapshot && i < config->snapshot->service_count; i++)
        config->snapshot->services[i].spied = spied;
}

/* A candidate that serves and whose calls can't be told from those of a copy. */
static void
check_correlation(struct plx_config_reader *reader, const struct plx_reading *r, size_t index)
{
    const struct plx_service *service = &r->config->snapshot->services[index];
    bool candidate_serves = service->stage == PLX_STAGE_CANARY || service->stage == PLX_STAGE_CANDIDATE;
    const struct plx_yaml *at = r->services ? r->services[index].name : NULL;

    if (!service->spied || service->correlate || !service->roles[PLX_CANDIDATE].url)
        return;
    if (candidate_serves)
        plx_config_error(
            reader, at, "add `correlate: yes` to the service",
            "the candidate of `%s` serves clients, and a spy can't tell its calls from those of copies: it "
            "would answer them itself, and the real dependency would not get them",
            service->name);
    else
        plx_config_warning(reader, at, "add `correlate: yes` to the service",
                           "`%s` can't be moved to canary or candidate: a spy could not tell whose calls are clients'",
                           service->name);
}

void
plx_spies_check(struct plx_config_reader *reader, const struct plx_reading *r)
{
    const struct plx_config *config = r->config;

    plx_spies_mark(r->config);
    for (size_t i = 0; config->snapshot && i < config->snapshot->service_count; i++)
        check_correlation(reader, r, i);
    for (size_t i = 0; i < config->spies->count * PLX_SPY_SIDES; i++)
        check_side(reader, r, i);
    for (size_t i = 0; i < config->spies->count; i++) {
        const struct plx_upstream *real = &config->spies->snapshot->services[i].roles[PLX_PRIMARY];
        if (!real->url)
            continue;
        const struct plx_address address = plx_address_of_upstream(real);
        if (is_own(config, &address))
            plx_config_error(reader, r->spies ? r->spies[i].real : NULL, "give the address of the real dependency",
                             "the real dependency of `%s` is a spy of this very process: calls would go round for ever",
                             config->spies->snapshot->services[i].name);
    }
}
