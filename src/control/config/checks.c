/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold between the parts of a configuration: nobody in who does not belong, no address twice, no request
 * that goes round. By names and numbers alone: nothing is looked up.
 */
#include "control/config/checks.h"

#include "control/config/services.h"
#include "control/config/spies_checks.h"

/* Where the role stands; NULL: a flag said it. */
static const struct plx_yaml *
role_node(const struct plx_reading *r, size_t index, enum plx_role role)
{
    return r->services && !r->flagged[role] ? r->services[index].roles[role] : NULL;
}

/* A role of a service against where we listen. */
static void
check_loop(struct plx_config_reader *reader, const struct plx_reading *r, size_t index, enum plx_role role)
{
    const struct plx_config *config = r->config;
    const struct plx_service *service = &config->snapshot->services[index];

    if (!service->roles[role].url)
        return;
    const struct plx_address address = plx_address_of_upstream(&service->roles[role]);
    for (size_t i = 0; i < config->listen_count; i++)
        if (plx_addresses_meet(&address, &config->listen[i])) {
            plx_config_error(reader, role_node(r, index, role),
                             "let Parallax listen on another port than its implementations",
                             "the %s of `%s` is the address that Parallax listens on: requests would go round for ever",
                             plx_role_text(role), service->name);
            break;
        }
    if (plx_addresses_meet(&address, &config->admin))
        plx_config_error(reader, role_node(r, index, role),
                         "give the address of the implementation, or let `admin` listen on another port",
                         "the %s of `%s` is the admin side of Parallax itself", plx_role_text(role), service->name);
}

static void
check_loops(struct plx_config_reader *reader, const struct plx_reading *r)
{
    for (size_t i = 0; i < r->config->snapshot->service_count; i++)
        for (int role = 0; role < PLX_ROLES; role++)
            check_loop(reader, r, i, (enum plx_role)role);
}

static void
check_listen(struct plx_config_reader *reader, const struct plx_reading *r)
{
    const struct plx_config *config = r->config;

    for (size_t i = 0; i < config->listen_count; i++) {
        if (plx_addresses_collide(&config->listen[i], &config->admin))
            plx_config_error(reader, r->at.listen ? r->at.listen : r->at.admin, "choose another port for one of them",
                             "clients and admin have the same address");
        for (size_t k = 0; k < i; k++)
            if (plx_addresses_collide(&config->listen[i], &config->listen[k]))
                plx_config_error(reader, r->at.listen, "leave one out",
                                 "two of the addresses meet: port %u is listened on twice", config->listen[k].port);
    }
}

static const struct plx_yaml *
read_token_node(const struct plx_reading *r)
{
    return r->at.read_token ? r->at.read_token : r->at.read_token_file;
}

void
plx_config_check(struct plx_config_reader *reader, const struct plx_reading *r)
{
    const struct plx_config *config = r->config;

    if (!plx_address_is_loopback(&config->admin) && !r->token_given)
        plx_config_error(reader, r->at.admin,
                         "add `token: ...` to the file or set PARALLAX_TOKEN, or let admin listen on 127.0.0.1",
                         "the admin side would be open to other machines without a token");
    if (config->read_token && !r->token_given)
        plx_config_error(reader, read_token_node(r), "add `token: ...` to the file, or set PARALLAX_TOKEN",
                         "there is a token for reading and none for changes, so that everybody could make them");
    else if (config->read_token && config->admin_token && strcmp(config->read_token, config->admin_token) == 0)
        plx_config_error(reader, read_token_node(r), "make another one with `openssl rand -hex 32`",
                         "the token for reading is the one for changes, too");
    check_listen(reader, r);
    if (config->snapshot)
        check_loops(reader, r);
    if (config->spies)
        plx_spies_check(reader, r);
}
