/* SPDX-License-Identifier: Apache-2.0 */
/* Servers of names: numeric addresses, since nobody could look theirs up. */
#include "control/config/resolver_key.h"

#include "control/config/keys.h"

#include <arpa/inet.h>
#include <stdio.h>

#define DNS_PORT 53u

static bool
is_numeric(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

/* "ADDRESS", "ADDRESS:PORT", "[::1]:PORT", "::1". */
static bool
server_of(struct plx_slice text, struct plx_address *server)
{
    if (text.len < sizeof(server->host)) {
        memcpy(server->host, text.ptr, text.len);
        server->host[text.len] = '\0';
        server->port = DNS_PORT;
        if (is_numeric(server->host))
            return true;
    }
    return plx_address_of(text, server) && server->port && is_numeric(server->host);
}

static void
read_server(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_config *config = into;
    size_t used = strlen(config->resolver);
    struct plx_address server;
    char written[PLX_ADDRESS_TEXT];
    struct plx_slice text;

    if (!plx_read_text(reader, node, "the address of a server", &text))
        return;
    if (!server_of(text, &server)) {
        plx_config_error(reader, node, "write a numeric address, as in 10.0.0.2, 127.0.0.1:5353 or [::1]:53",
                         "%s is no address of a server of names", plx_yaml_name(node));
        return;
    }
    /* As many as there may be have room, each with a comma before it. */
    snprintf(config->resolver + used, sizeof(config->resolver) - used, "%s%s", used ? "," : "",
             plx_address_write(server.host, server.port, written));
}

static void
count_and_read(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_config *config = into;

    if (config->resolver_count++ < PLX_RESOLVERS_MAX)
        read_server(reader, node, config);
    else if (config->resolver_count == PLX_RESOLVERS_MAX + 1)
        plx_config_error(reader, node, "leave some out", "there are more than %u servers of names", PLX_RESOLVERS_MAX);
}

void
plx_resolver_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_config *config)
{
    plx_read_each(reader, node, count_and_read, config);
}
