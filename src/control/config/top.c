/* SPDX-License-Identifier: Apache-2.0 */
/* The keys at the top of a configuration. */
#include "control/config/top.h"

#include "base/assert.h"
#include "control/config/config_source.h"
#include "control/config/keys.h"
#include "control/config/reconcile_section.h"
#include "control/config/resolver_key.h"
#include "control/config/secrets_section.h"
#include "control/config/services.h"
#include "control/config/spies.h"
#include "control/config/taken.h"
#include "control/config/values.h"

#include <stddef.h>

#define RETENTION_MIN_MS UINT64_C(3600000)
#define RETENTION_MAX_MS (3650 * UINT64_C(86400000))
#define DRAIN_MAX_MS     (3600u * 1000)
#define TIMEOUT_MAX_MS   (24u * 3600 * 1000)

#define COMPARISONS_MIN_BYTES ((uint64_t)16 << 20)
#define COMPARISONS_MAX_BYTES ((uint64_t)1 << 40)

static void
listen_one(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_config *config = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "an address", &text))
        return;
    if (config->listen_count == PLX_LISTEN_MAX)
        plx_config_error(reader, node, "leave some out", "there are more than %u addresses to listen on",
                         PLX_LISTEN_MAX);
    else if (plx_take_address(reader, node, NULL, text, &config->listen[config->listen_count]))
        config->listen_count++;
}

static void
read_listen(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reading *r = into;

    r->config->listen_count = 0;
    if (node->type == PLX_YAML_LIST && !node->first)
        plx_config_error(reader, node, "name an address, or leave `listen` out for 127.0.0.1:8080",
                         "there is no address to listen on");
    plx_read_each(reader, node, listen_one, r->config);
}

static void
read_admin(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reading *r = into;
    struct plx_slice text;

    if (plx_read_text(reader, node, "an address", &text))
        plx_take_address(reader, node, NULL, text, &r->config->admin);
}

static void
take_token(struct plx_config_reader *reader, const struct plx_yaml *node, char **token)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a token", &text))
        plx_take_token(reader, node, text, token);
}

static void
take_token_of_file(struct plx_config_reader *reader, const struct plx_yaml *node, char **token)
{
    struct plx_slice text;

    if (plx_source_read_secret(reader, node, &text))
        plx_take_token(reader, node, text, token);
}

static void
read_token(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    take_token(reader, node, &((struct plx_reading *)into)->config->admin_token);
}

static void
read_token_file(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    take_token_of_file(reader, node, &((struct plx_reading *)into)->config->admin_token);
}

static void
read_read_token(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    take_token(reader, node, &((struct plx_reading *)into)->config->read_token);
}

static void
read_read_token_file(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    take_token_of_file(reader, node, &((struct plx_reading *)into)->config->read_token);
}

static void
read_store(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a store", &text))
        plx_take_store(reader, node, NULL, text, ((struct plx_reading *)into)->config);
}

static void
read_workers(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a number of workers", &text))
        plx_take_workers(reader, node, NULL, text, ((struct plx_reading *)into)->config);
}

/* What says that there is to be none; a file of that name is written ./off, or in quotes. */
static bool
is_off(struct plx_slice text)
{
    bool value;

    return plx_value_bool(text, &value) && !value;
}

static void
read_access_log(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a path", &text) && !(node->plain && is_off(text)))
        plx_read_copy_of(reader, text, &((struct plx_reading *)into)->config->access_log);
}

static void
read_announce(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, DRAIN_MAX_MS, &((struct plx_config *)into)->announce_ms);
}

static void
read_finish(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, DRAIN_MAX_MS, &((struct plx_config *)into)->drain_ms);
}

static void
read_drain(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {{"announce", read_announce}, {"finish", read_finish}};
    struct plx_config *config = ((struct plx_reading *)into)->config;

    if (node->type == PLX_YAML_MAPPING)
        plx_keys_read(reader, node, "`drain`", keys, PLX_COUNT(keys), config);
    else
        read_finish(reader, node, config);
}

static void
read_retention(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;
    uint64_t ms;

    if (!plx_read_text(reader, node, "a duration", &text))
        return;
    if (plx_value_duration(text, &ms) && ms >= RETENTION_MIN_MS && ms <= RETENTION_MAX_MS)
        ((struct plx_reading *)into)->config->retention_ms = ms;
    else
        plx_config_error(reader, node, "write a duration from 1h to 3650d, as in 30d", "%s can't be used here",
                         plx_yaml_name(node));
}

static void
read_comparisons(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_config *config = into;
    uint64_t bytes = COMPARISONS_MIN_BYTES;

    plx_read_size(reader, node, COMPARISONS_MAX_BYTES, &bytes);
    if (bytes >= COMPARISONS_MIN_BYTES)
        config->comparisons_bytes = bytes;
    else
        plx_config_error(reader, node, "write a size from 16MiB to 1024GiB, as in 128MiB", "%s can't be used here",
                         plx_yaml_name(node));
}

static void
read_limits(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {{"comparisons", read_comparisons}};

    plx_keys_read(reader, node, "`limits` of the process", keys, PLX_COUNT(keys), ((struct plx_reading *)into)->config);
}

#define TIMEOUT_READER(function, field)                                                                \
    static void function(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)    \
    {                                                                                                  \
        plx_read_duration(reader, node, TIMEOUT_MAX_MS, &((struct plx_client_timeouts *)into)->field); \
    }

TIMEOUT_READER(read_idle, idle)
TIMEOUT_READER(read_head, head)
TIMEOUT_READER(read_body, body)
TIMEOUT_READER(read_send, send)
TIMEOUT_READER(read_upgrade, upgrade)

static void
read_timeout(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {
        {"idle", read_idle}, {"head", read_head}, {"body", read_body}, {"send", read_send}, {"upgrade", read_upgrade}};

    plx_keys_read(reader, node, "`timeout` of clients", keys, PLX_COUNT(keys),
                  &((struct plx_reading *)into)->config->clients);
}

static void
read_resolver(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_resolver_read(reader, node, ((struct plx_reading *)into)->config);
}

static void
read_log_level(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a log level", &text))
        plx_take_log_level(reader, node, NULL, text, into);
}

static void
read_log_format(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_config *config = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a log format", &text))
        return;
    if (plx_slice_equal(text, plx_slice_of("json")))
        config->log_format = PLX_LOG_JSON;
    else if (plx_slice_equal(text, plx_slice_of("text")))
        config->log_format = PLX_LOG_TEXT;
    else
        plx_config_error(reader, node, "write text or json", "%s is no log format", plx_yaml_name(node));
}

static void
read_log_file(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a path", &text))
        plx_read_copy_of(reader, text, &((struct plx_config *)into)->log_file);
}

/* A level, or all that there is to say. */
static void
read_log(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {
        {"level", read_log_level}, {"format", read_log_format}, {"file", read_log_file}};
    struct plx_config *config = ((struct plx_reading *)into)->config;

    if (node->type == PLX_YAML_MAPPING)
        plx_keys_read(reader, node, "`log`", keys, PLX_COUNT(keys), config);
    else
        read_log_level(reader, node, config);
}

static void
read_fraction(struct plx_config_reader *reader, const struct plx_yaml *node, double min, double max, const char *mend,
              double *out)
{
    struct plx_slice text;
    double value;

    if (!plx_read_text(reader, node, "a percentage", &text))
        return;
    if (plx_value_percent(text, &value) && value >= min && value <= max)
        *out = value;
    else
        plx_config_error(reader, node, mend, "%s can't be used here", plx_yaml_name(node));
}

static void
read_confidence(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_fraction(reader, node, 0.5, 0.999999, "write a percentage from 50% to 99.9999%, as in 99%",
                  &((struct plx_reading *)into)->config->confidence);
}

static void
read_detect(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_fraction(reader, node, 0.00001, 0.5, "write a percentage from 0.001% to 50%, as in 5%",
                  &((struct plx_reading *)into)->config->detect);
}

static void
read_allow(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_fraction(reader, node, 0, 0.5, "write a percentage from 0% to 50%, as in 0.1%",
                  &((struct plx_reading *)into)->config->allow);
}

static void
read_secrets(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_secrets_read(reader, node, ((struct plx_reading *)into)->config->secrets);
}

static void
read_services(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reading *r = into;

    r->config->snapshot = plx_services_read(reader, node, &r->services);
}

static void
read_reconcile(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_reconcile_read(reader, node, &((struct plx_reading *)into)->config->reconcile);
}

static void
read_spies(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reading *r = into;

    r->spies = plx_spies_read(reader, node, r->config);
}

#define NODE(member) offsetof(struct plx_top_nodes, member)

static const struct plx_key top_keys[] = {
    {"listen", read_listen, NODE(listen)},
    {"admin", read_admin, NODE(admin)},
    {"token", read_token, NODE(token)},
    {"token_file", read_token_file, NODE(token_file)},
    {"read_token", read_read_token, NODE(read_token)},
    {"read_token_file", read_read_token_file, NODE(read_token_file)},
    {"store", read_store, NODE(store)},
    {"workers", read_workers, NODE(workers)},
    {"access_log", read_access_log, NODE(access_log)},
    {"log", read_log, NODE(log)},
    {"resolver", read_resolver, NODE(resolver)},
    {"timeout", read_timeout, NODE(timeout)},
    {"drain", read_drain, NODE(drain)},
    {"retention", read_retention, NODE(retention)},
    {"limits", read_limits, NODE(limits)},
    {"confidence", read_confidence, NODE(confidence)},
    {"detect", read_detect, NODE(detect)},
    {"allow", read_allow, NODE(allow)},
    {"secrets", read_secrets, NODE(secrets)},
    {"services", read_services, NODE(services)},
    {"spies", read_spies, NODE(spies)},
    {"tls", .not_yet = true},
    {"reconcile", read_reconcile, NODE(reconcile)},
    {"include", NULL, NODE(include)}, /* source.c has read what it names */
};

void
plx_top_read(struct plx_config_reader *reader, const char *file, struct plx_reading *r)
{
    const struct plx_yaml *root = plx_source_read_all(reader, file);

    if (!root)
        return;
    plx_keys_read_nodes(reader, root, "the configuration", top_keys, PLX_COUNT(top_keys), r, &r->at);
    if (root->type != PLX_YAML_MAPPING)
        return;
    r->token_given = r->at.token != NULL || r->at.token_file != NULL;
    if (r->at.token && r->at.token_file)
        plx_config_error(reader, r->at.token_file->key, "keep one of the two",
                         "there are both `token` and `token_file`");
    if (r->at.read_token && r->at.read_token_file)
        plx_config_error(reader, r->at.read_token_file->key, "keep one of the two",
                         "there are both `read_token` and `read_token_file`");
    if (r->spies_only && !r->at.spies)
        plx_config_error(reader, root,
                         "add `spies:` and below it `- name: notification`, `primary: ...`, `candidate: ...`, `real: "
                         "...`",
                         "no `spies`");
    if (!r->spies_only && !r->at.services && !(r->jobs_alone && r->config->reconcile.count > 0))
        plx_config_error(reader, root,
                         "add `services:` and below it `- name: payment`, `primary: ...`, `candidate: ...`",
                         "no `services`");
}
