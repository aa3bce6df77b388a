/* SPDX-License-Identifier: Apache-2.0 */
/* The whole configuration: defaults, the file (top.c), flags over it (overrides.c), and what must hold (checks.c). */
#include "control/config/config.h"

#include "base/assert.h"
#include "compare/rules.h"
#include "control/config/checks.h"
#include "control/config/compare_rules.h"
#include "control/config/config_source.h"
#include "control/config/overrides.h"
#include "control/config/taken.h"
#include "control/config/top.h"
#include "service/snapshot.h"
#include "traffic/threads/comparisons.h"

#include <stdlib.h>

static bool
set_defaults(struct plx_config *config, const struct plx_config_flags *flags)
{
    memset(config, 0, sizeof(*config));
    PLX_ASSERT(plx_address_of(plx_slice_of("127.0.0.1:8080"), &config->listen[0]));
    PLX_ASSERT(plx_address_of(plx_slice_of("127.0.0.1:9900"), &config->admin));
    config->listen_count = 1;
    config->workers = plx_processors();
    config->clients = plx_client_timeouts_default;
    config->drain_ms = 30000;
    config->retention_ms = 30 * UINT64_C(86400000);
    config->log_level = PLX_LOG_INFO;
    config->confidence = 0.99;
    config->detect = 0.005;
    config->secrets = plx_secrets_new();
    if (!config->secrets)
        return false;
    if (!flags->file)
        return true;
    config->file = strdup(flags->file);
    config->store = strdup("parallax.db");
    return config->file && config->store;
}

enum plx_status
plx_config_read_rules(const char *file, struct plx_rules *rules, struct plx_config_errors *errors)
{
    struct plx_config_reader reader = {.errors = errors, .arena = plx_arena_new(NULL)};
    struct plx_yaml *root;

    plx_config_errors_begin(errors);
    reader.no_memory = !reader.arena;
    if (reader.arena && (root = plx_source_read(&reader, file)))
        plx_rules_file_read(&reader, root, rules);
    plx_arena_free(reader.arena);
    return plx_config_errors_end(&reader);
}

static void
take_client_timeouts(struct plx_config *config)
{
    if (config->snapshot)
        config->snapshot->clients = config->clients;
    if (config->spies)
        config->spies->snapshot->clients = config->clients;
}

static void
give_secrets(struct plx_rules *rules, struct plx_secrets *secrets)
{
    if (!plx_rules_secrets(rules)) /* a job's rules may have a list of their own */
        plx_rules_set_secrets(rules, secrets);
}

/* Those that a service has of its own are joined with these, for all its routes. */
static bool
give_service_secrets(struct plx_service *service, struct plx_secrets *secrets)
{
    const struct plx_secrets *own = plx_rules_secrets(service->rules);
    struct plx_secrets *all = own ? plx_secrets_joined(secrets, own) : plx_secrets_ref(secrets);

    if (!all)
        return false;
    plx_rules_set_secrets(service->rules, all);
    for (size_t i = 0; i < service->route_count; i++)
        plx_rules_set_secrets(service->routes[i].rules, all);
    plx_secrets_unref(all);
    return true;
}

static bool
give_snapshot_secrets(struct plx_snapshot *snapshot, struct plx_secrets *secrets)
{
    for (size_t i = 0; snapshot && i < snapshot->service_count; i++)
        if (!give_service_secrets(&snapshot->services[i], secrets))
            return false;
    return true;
}

/* One list for all rules, wherever `secrets` stands in the file. False: there is no memory. */
static bool
give_all_secrets(struct plx_config *config)
{
    config->spies_secrets = plx_secrets_joined(config->secrets, NULL);
    if (!config->spies_secrets || !give_snapshot_secrets(config->snapshot, config->secrets) ||
        (config->spies && !give_snapshot_secrets(config->spies->snapshot, config->spies_secrets)))
        return false;
    for (size_t i = 0; i < config->reconcile.count; i++)
        give_secrets(config->reconcile.at[i].rules, config->secrets);
    return true;
}

/* So that the largest comparison that limits.capture asks for has its memory. */
static uint64_t
memory_for(const struct plx_snapshot *snapshot, uint64_t least)
{
    for (size_t i = 0; snapshot && i < snapshot->service_count; i++) {
        const struct plx_limits *limits = &snapshot->services[i].limits;
        uint64_t one = plx_comparison_memory(limits->capture_bytes, UINT64_MAX);
        least = one > least ? one : least;
    }
    return least;
}

static void
default_comparisons(struct plx_config *config)
{
    if (config->comparisons_bytes)
        return;
    config->comparisons_bytes = memory_for(config->snapshot, PLX_COMPARISONS_MEMORY);
    if (config->spies)
        config->comparisons_bytes = memory_for(config->spies->snapshot, config->comparisons_bytes);
}

/* `parallax spy` runs the spies alone, and a file may be for `parallax reconcile` alone. */
static void
leave_services_out(struct plx_config_reader *reader, struct plx_reading *r)
{
    plx_snapshot_unref(r->config->snapshot);
    r->config->snapshot = plx_snapshot_new(0);
    r->config->listen_count = 0;
    r->at.services = NULL;
    r->services = NULL;
    reader->no_memory |= !r->config->snapshot;
}

enum plx_status
plx_config_read(const struct plx_config_flags *flags, struct plx_config *config, struct plx_config_errors *errors)
{
    struct plx_config_reader reader = {.errors = errors, .arena = plx_arena_new(NULL)};
    struct plx_reading r = {.config = config, .spies_only = flags->spy, .jobs_alone = flags->jobs_alone};

    plx_config_errors_begin(errors);
    reader.no_memory = !set_defaults(config, flags) || !reader.arena;
    if (!reader.no_memory && flags->file)
        plx_top_read(&reader, flags->file, &r);
    /* With errors too, so that all are told at once; where a value was refused its default stands. */
    if (!reader.no_memory)
        plx_flags_apply(&reader, flags, &r);
    if (!reader.no_memory && (flags->spy || (flags->jobs_alone && !r.at.services && !flags->primary)))
        leave_services_out(&reader, &r);
    if (!reader.no_memory)
        plx_config_check(&reader, &r);
    if (!reader.no_memory && errors->count == 0)
        reader.no_memory = !give_all_secrets(config);
    plx_arena_free(reader.arena);
    enum plx_status status = plx_config_errors_end(&reader);
    if (status == PLX_OK) {
        take_client_timeouts(config);
        default_comparisons(config);
    } else {
        plx_config_fini(config);
    }
    return status;
}

void
plx_config_fini(struct plx_config *config)
{
    free(config->file);
    free(config->admin_token);
    free(config->read_token);
    free(config->store);
    free(config->access_log);
    free(config->log_file);
    plx_reconcile_jobs_fini(&config->reconcile);
    plx_snapshot_unref(config->snapshot);
    plx_spies_free(config->spies);
    plx_secrets_unref(config->secrets);
    plx_secrets_unref(config->spies_secrets);
    memset(config, 0, sizeof(*config));
}
