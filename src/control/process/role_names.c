/* SPDX-License-Identifier: Apache-2.0 */
/* From roles to names. */
#include "control/process/role_names.h"

#include <stdio.h>
#include <stdlib.h>

static size_t
add_roles(const struct plx_snapshot *snapshot, bool spies, struct plx_names_wish *wishes, size_t count)
{
    for (size_t i = 0; snapshot && i < snapshot->service_count; i++)
        for (int role = 0; role < PLX_ROLES; role++) {
            const struct plx_service *service = &snapshot->services[i];
            bool in_front = service->stage == PLX_STAGE_CANARY || service->stage == PLX_STAGE_CANDIDATE;
            if (!service->roles[role].url || plx_upstream_is_local(&service->roles[role]))
                continue;
            struct plx_names_wish *wish = &wishes[count++];
            wish->host = service->roles[role].host;
            wish->serves = role == PLX_PRIMARY || (role == PLX_CANDIDATE && in_front);
            snprintf(wish->of, sizeof(wish->of), "%s of %s", spies ? "real" : plx_role_text((enum plx_role)role),
                     service->name);
        }
    return count;
}

enum plx_status
plx_role_names_want(struct plx_names *names, const struct plx_config *config, const struct plx_spies *spies)
{
    size_t services = config->snapshot ? config->snapshot->service_count : 0, count;
    size_t spy_count = spies ? spies->snapshot->service_count : 0;
    struct plx_names_wish *wishes = calloc((services + spy_count) * PLX_ROLES + 1, sizeof(*wishes));

    if (!wishes)
        return PLX_E_MEMORY;
    count = add_roles(config->snapshot, false, wishes, 0);
    if (spies)
        count = add_roles(spies->snapshot, true, wishes, count);
    enum plx_status status = plx_names_set_servers(names, config->resolver);
    if (status == PLX_OK)
        status = plx_names_want(names, wishes, count);
    free(wishes);
    return status;
}
