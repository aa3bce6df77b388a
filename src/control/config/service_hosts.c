/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts of a service, one by one: each is held against those of all services read so far. */
#include "control/config/service_hosts.h"

#include "control/config/addresses.h"
#include "control/config/keys.h"

#include <stdio.h>
#include <stdlib.h>

struct reading {
    struct plx_service *service;
    struct plx_table *hosts; /* of all services read so far: which one takes it */
};

/* A name, "*.NAME" or "*"; a numeric address of version 4, or one of version 6 in brackets: as it stands in Host,
 * without the port. */
static bool
is_host(struct plx_slice text)
{
    char with_port[300];
    struct plx_address address;

    if (text.len == 1 && text.ptr[0] == '*')
        return true;
    if (text.len > 2 && text.ptr[0] == '*' && text.ptr[1] == '.')
        text = plx_slice_make(text.ptr + 2, text.len - 2);
    int len = snprintf(with_port, sizeof(with_port), "%s:1", text.ptr);

    return (size_t)len < sizeof(with_port) && plx_address_of(plx_slice_make(with_port, (size_t)len), &address) &&
           *address.host;
}

/* What two services must not both take; the table's keys are in lower case, as the hosts of a service are. */
static void
claim_host(struct plx_config_reader *reader, const struct plx_yaml *node, const struct reading *r,
           struct plx_slice host)
{
    const struct plx_service *taken = plx_table_get(r->hosts, host);

    if (taken == r->service)
        plx_config_error(reader, node, "keep one of the two", "the host %s stands here twice", host.ptr);
    else if (taken)
        plx_config_error(reader, node, "a host belongs to one service: take it out of the other one",
                         "the service `%s` takes the host %s already", taken->name, host.ptr);
    else if (plx_table_add(r->hosts, host, r->service) != PLX_OK)
        reader->no_memory = true;
}

static void
host_one(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;
    struct plx_service *service = r->service;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a host", &text))
        return;
    if (!is_host(text)) {
        plx_config_error(reader, node,
                         "write the name alone, without http:// and port, *.NAME for all below it, and IPv6 as in "
                         "[::1]; write * or leave `hosts` out to take every other host",
                         "%s is no host", plx_yaml_name(node));
        return;
    }
    if (service->host_count == PLX_HOSTS_MAX) {
        plx_config_error(reader, node, "leave `hosts` out to take every host", "more than 256 hosts");
        return;
    }
    char **hosts = realloc(service->hosts, (service->host_count + 1) * sizeof(*hosts));
    if (!hosts) {
        reader->no_memory = true;
        return;
    }
    service->hosts = hosts;
    hosts[service->host_count] = NULL;
    plx_read_copy_of(reader, text, &hosts[service->host_count]);
    if (!hosts[service->host_count])
        return;
    char *host = hosts[service->host_count++];
    for (char *c = host; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + ('a' - 'A')) : *c;
    claim_host(reader, node, r, plx_slice_of(host));
}

void
plx_hosts_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_service *service,
               struct plx_table *taken)
{
    if (node->type == PLX_YAML_LIST && !node->first)
        plx_config_error(reader, node, "name hosts, or leave `hosts` out to take every host", "no host is named");
    plx_read_each(reader, node, host_one, &(struct reading){service, taken});
}
