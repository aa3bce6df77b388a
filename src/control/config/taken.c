/* SPDX-License-Identifier: Apache-2.0 */
/* What a key and a flag say alike; only the error names the one or the other. */
#include "control/config/taken.h"

#include "control/config/keys.h"
#include "control/config/values.h"

#include <stdlib.h>
#include <unistd.h>

#define TOKEN_BYTES_MAX 1024u /* it has to fit into a head, with room for the rest */

/* What the file says, or the flag. */
static const char *
shown(const struct plx_yaml *node, struct plx_slice text)
{
    return node ? plx_yaml_name(node) : plx_config_quoted(text);
}

bool
plx_take_address(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag, struct plx_slice text,
                 struct plx_address *address)
{
    if (plx_address_of(text, address))
        return true;
    plx_config_error(reader, node, "write HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080; port 0 takes a free one",
                     "%s%s%s is no address to listen on", flag ? flag : "", flag ? ": " : "", shown(node, text));
    return false;
}

void
plx_take_token(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice text, char **token)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || i == TOKEN_BYTES_MAX) {
            plx_config_error(reader, node,
                             "use visible ASCII, at most 1024 characters, as `openssl rand -hex 32` gives it",
                             "%s can't stand in an Authorization header", node ? "this token" : "PARALLAX_TOKEN");
            return;
        }
    if (text.len < PLX_TOKEN_BYTES_MIN) {
        plx_config_error(reader, node, "make one with `openssl rand -hex 32`",
                         "%s has fewer than %u characters, so that it could be guessed",
                         node ? "this token" : "PARALLAX_TOKEN", PLX_TOKEN_BYTES_MIN);
        return;
    }
    plx_read_copy_of(reader, text, token);
}

void
plx_take_store(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag, struct plx_slice text,
               struct plx_config *config)
{
    static const char prefix[] = "sqlite:";
    size_t len = sizeof(prefix) - 1;

    if (plx_slice_equal(text, plx_slice_of("none"))) {
        free(config->store);
        config->store = NULL;
    } else if (text.len > len && memcmp(text.ptr, prefix, len) == 0) {
        plx_read_copy_of(reader, plx_slice_make(text.ptr + len, text.len - len), &config->store);
    } else {
        bool later = text.len > 8 && memcmp(text.ptr, "postgres", 8) == 0;
        plx_config_error(reader, node, "write sqlite:FILE, or none to keep nothing", "%s%s%s is %s", flag ? flag : "",
                         flag ? ": " : "", shown(node, text),
                         later ? "no store of this version (" PLX_VERSION ")" : "no store");
    }
}

uint32_t
plx_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : count > (long)PLX_WORKERS_MAX ? PLX_WORKERS_MAX : (uint32_t)count;
}

void
plx_take_workers(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag, struct plx_slice text,
                 struct plx_config *config)
{
    uint64_t count;

    if (plx_slice_equal(text, plx_slice_of("auto")))
        config->workers = plx_processors();
    else if (plx_value_count(text, PLX_WORKERS_MAX, &count) && count > 0)
        config->workers = (uint32_t)count;
    else
        plx_config_error(reader, node, "write auto, or a number from 1 to 64", "%s%s%s is no number of workers",
                         flag ? flag : "", flag ? ": " : "", shown(node, text));
}

void
plx_take_log_level(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag,
                   struct plx_slice text, struct plx_config *config)
{
    if (!plx_log_level_of(text, &config->log_level))
        plx_config_error(reader, node, "write debug, info, warn or error", "%s%s%s is no log level", flag ? flag : "",
                         flag ? ": " : "", shown(node, text));
}
