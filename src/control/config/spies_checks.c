/* SPDX-License-Identifier: Apache-2.0 */
/* Spies against everything else that listens or is asked: no address twice, and no call that goes round. */
#include "control/config/spies_checks.h"

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

void
plx_spies_check(struct plx_config_reader *reader, const struct plx_reading *r)
{
    const struct plx_config *config = r->config;

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
