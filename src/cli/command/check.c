/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax check`: reads a configuration as `run` would and says what would run. */
#include "base/assert.h"
#include "cli/command/check_jobs.h"
#include "cli/command/command.h"
#include "control/config/config.h"
#include "control/config/flags.h"
#include "json/writer.h"

#include <inttypes.h>
#include <stdio.h>

#define ANSWER_BYTES_MAX (8u << 20)

static const char usage[] =
    "parallax check: read a configuration, say what would run\n\n"
    "usage: parallax check -c FILE\n"
    "       parallax check --primary URL --candidate URL [--secondary URL] [OPTION...]\n\n" PLX_CONFIG_FLAGS_HELP
    "\nExit status: 0 it would run; 1 there are errors, each with its place and how to mend it; 2 wrong use.\n";

static void
add_address(struct plx_buffer *out, const struct plx_address *address)
{
    const char *host = *address->host ? address->host : "0.0.0.0";

    plx_buffer_format(out, strchr(host, ':') ? "[%s]" : "%s", host);
    if (address->port)
        plx_buffer_format(out, ":%u", address->port);
    else
        plx_buffer_text(out, ", any free port");
}

static void
add_share(struct plx_buffer *out, uint32_t share)
{
    char text[PLX_SHARE_TEXT];

    plx_buffer_format(out, "%s %%", plx_share_text(share, text));
}

static void
add_size(struct plx_buffer *out, uint64_t bytes)
{
    if (bytes >= 1048576 && bytes % 1048576 == 0)
        plx_buffer_format(out, "%" PRIu64 " MiB", bytes / 1048576);
    else if (bytes >= 1024 && bytes % 1024 == 0)
        plx_buffer_format(out, "%" PRIu64 " KiB", bytes / 1024);
    else
        plx_buffer_format(out, "%" PRIu64 " B", bytes);
}

static void
add_duration(struct plx_buffer *out, uint32_t ms)
{
    if (ms % 1000 == 0)
        plx_buffer_format(out, "%u s", ms / 1000);
    else
        plx_buffer_format(out, "%u ms", ms);
}

static const char *
policy_text(enum plx_copy_policy policy)
{
    switch (policy) {
    case PLX_COPY_NEVER:
        return "never copied";
    case PLX_COPY_ALWAYS:
        return "always copied";
    case PLX_COPY_SHARE:
        return "copied in part";
    case PLX_COPY_DEFAULT:
        break;
    }
    return "copied where the method is safe";
}

/* ---- rules ---- */

/* How many there are of each kind from the one at index from on: a route's begin with its service's. */
static void
count_rules(const struct plx_rules *rules, size_t from, size_t counts[PLX_RULE_KINDS])
{
    memset(counts, 0, PLX_RULE_KINDS * sizeof(*counts));
    for (size_t i = from; i < plx_rules_count(rules); i++)
        counts[plx_rules_at(rules, i)->kind]++;
}

/* ---- for people ---- */

/* "mode subset; ignore 2, tolerance 1" */
static void
add_rules(struct plx_buffer *out, const char *before, const struct plx_rules *rules, size_t from)
{
    size_t counts[PLX_RULE_KINDS];
    const char *comma = "";

    count_rules(rules, from, counts);
    if (plx_rules_count(rules) == from && (from || plx_rules_mode(rules) == PLX_MODE_STRICT))
        return;
    plx_buffer_format(out, "%smode %s", before, plx_mode_text(plx_rules_mode(rules)));
    for (int kind = 0; kind < PLX_RULE_KINDS; kind++)
        if (counts[kind]) {
            plx_buffer_format(out, "%s %s %zu",
                              *comma ? comma : "; rules:", plx_rule_kind_text((enum plx_rule_kind)kind), counts[kind]);
            comma = ",";
        }
    plx_buffer_byte(out, '\n');
}

static void
add_route(struct plx_buffer *out, const struct plx_service *service, const struct plx_route *route)
{
    plx_buffer_format(out, "    route      %s: %s", route->match, policy_text(route->copy));
    if (route->copy == PLX_COPY_SHARE) {
        plx_buffer_text(out, ", ");
        add_share(out, route->copy_share);
    }
    if (route->endpoint)
        plx_buffer_format(out, ", counted as %s", route->endpoint);
    plx_buffer_byte(out, '\n');
    add_rules(out, "               compared in ", route->rules, plx_rules_count(service->rules));
}

/* "cookie session", "header X-Beta = 1" */
static void
add_trait(struct plx_buffer *out, const struct plx_client_trait *trait)
{
    plx_buffer_text(out, plx_client_by_text(trait->by));
    if (trait->name)
        plx_buffer_format(out, " %s", trait->name);
    if (trait->value)
        plx_buffer_format(out, " = %s", trait->value);
}

static void
add_canary(struct plx_buffer *out, const struct plx_service *service)
{
    plx_buffer_text(out, "    canary     ");
    add_share(out, service->share);
    if (service->by.by == PLX_CLIENT_REQUEST) {
        plx_buffer_text(out, " of the requests");
    } else {
        plx_buffer_text(out, " of the clients, by ");
        add_trait(out, &service->by);
    }
    if (service->only.by != PLX_CLIENT_REQUEST) {
        plx_buffer_text(out, ", only with ");
        add_trait(out, &service->only);
    }
    plx_buffer_byte(out, '\n');
}

static void
add_service(struct plx_buffer *out, const struct plx_service *service)
{
    plx_buffer_format(out, "\n  service %s, stage %s, hosts", service->name, plx_stage_text(service->stage));
    if (service->host_count == 0)
        plx_buffer_text(out, " all");
    for (size_t i = 0; i < service->host_count; i++)
        plx_buffer_format(out, "%s %s", i ? "," : "", service->hosts[i]);
    plx_buffer_byte(out, '\n');
    for (int role = 0; role < PLX_ROLES; role++)
        if (service->roles[role].url)
            plx_buffer_format(out, "    %-10s %s\n", plx_role_text((enum plx_role)role), service->roles[role].url);
    if (service->stage == PLX_STAGE_CANARY)
        add_canary(out, service);
    if (service->stage == PLX_STAGE_SHADOW || service->stage == PLX_STAGE_CANARY) {
        plx_buffer_text(out, "    copies     ");
        add_share(out, service->copy_share);
        plx_buffer_format(out, " of the safe requests, %u at once, bodies to ", service->limits.copies);
        add_size(out, service->limits.body_bytes);
        plx_buffer_text(out, ", answers compared to ");
        add_size(out, service->limits.capture_bytes);
        plx_buffer_byte(out, '\n');
    }
    if (service->correlate)
        plx_buffer_text(out, "    correlate  who serves gets Parallax-Exchange, too\n");
    plx_buffer_text(out, "    timeouts   connect ");
    add_duration(out, service->timeouts.connect);
    plx_buffer_text(out, ", answer ");
    add_duration(out, service->timeouts.answer);
    plx_buffer_text(out, ", copy ");
    add_duration(out, service->timeouts.copy);
    plx_buffer_byte(out, '\n');
    add_rules(out, "    compared   in ", service->rules, 0);
    for (size_t i = 0; i < service->route_count; i++)
        add_route(out, service, &service->routes[i]);
}

static void
add_spy(struct plx_buffer *out, const struct plx_config *config, size_t index)
{
    const struct plx_spy *spy = &config->spies->list[index];
    const struct plx_service *service = spy->service;

    plx_buffer_format(out, "\n  spy %s\n", service->name);
    for (int side = 0; side < PLX_SPY_SIDES; side++) {
        plx_buffer_format(out, "    %-10s ", plx_role_text((enum plx_role)side));
        add_address(out, &config->spy_listen[index][side]);
        plx_buffer_format(out, ", %s\n", plx_spy_mode_text(spy->modes[side]));
    }
    if (service->roles[PLX_PRIMARY].url)
        plx_buffer_format(out, "    real       %s\n", service->roles[PLX_PRIMARY].url);
    plx_buffer_format(out, "    answers    %s%d\n", spy->answer->from_primary ? "what the primary got, else " : "",
                      spy->answer->status);
    plx_buffer_text(out, "    pairs      within ");
    add_duration(out, spy->window_ms);
    plx_buffer_text(out, ", what differs after ");
    add_duration(out, spy->settle_ms);
    plx_buffer_text(out, ", late after ");
    add_duration(out, spy->late_ms);
    plx_buffer_format(out, "; %u calls, ", spy->calls_max);
    add_size(out, spy->bytes_max);
    plx_buffer_byte(out, '\n');
    add_rules(out, "    compared   in ", service->rules, 0);
    for (size_t i = 0; i < service->route_count; i++) {
        const struct plx_route *route = &service->routes[i];
        plx_buffer_format(out, "    route      %s%s%s\n", route->match, route->endpoint ? ", counted as " : "",
                          route->endpoint ? route->endpoint : "");
        add_rules(out, "               compared in ", route->rules, plx_rules_count(service->rules));
    }
}

static void
add_client_timeouts(struct plx_buffer *out, const struct plx_client_timeouts *clients)
{
    const struct {
        const char *before;
        uint32_t ms;
    } all[] = {{"idle", clients->idle},
               {", head", clients->head},
               {", body", clients->body},
               {", send", clients->send},
               {", upgrade", clients->upgrade}};

    plx_buffer_text(out, "  clients    time out: ");
    for (size_t i = 0; i < PLX_COUNT(all); i++) {
        plx_buffer_format(out, "%s ", all[i].before);
        add_duration(out, all[i].ms);
    }
}

static void
say_proxy(struct plx_buffer *out, const struct plx_config *config)
{
    plx_buffer_text(out, "\n  listen     ");
    for (size_t i = 0; i < config->listen_count; i++) {
        plx_buffer_text(out, i ? "; " : "");
        add_address(out, &config->listen[i]);
    }
    plx_buffer_text(out, "\n  admin      ");
    add_address(out, &config->admin);
    plx_buffer_format(out, "%s\n  store      %s%s\n  workers    %u\n", config->admin_token ? ", with a token" : "",
                      config->store ? "sqlite:" : "none: what was counted goes with the process",
                      config->store ? config->store : "", config->workers);
    add_client_timeouts(out, &config->clients);
    plx_buffer_text(out, "\n  drain      ");
    add_duration(out, config->drain_ms);
    plx_buffer_format(out, "\n  access log %s\n  findings   at %g %% confidence; clean rules out %g %%\n",
                      config->access_log ? config->access_log : "off", config->confidence * 100, config->detect * 100);
    for (size_t i = 0; i < config->snapshot->service_count; i++)
        add_service(out, &config->snapshot->services[i]);
    for (size_t i = 0; config->spies && i < config->spies->count; i++)
        add_spy(out, config, i);
    if (config->store)
        plx_buffer_text(out,
                        "\n  A stage that was set by command, which the store keeps, stands before one that did not "
                        "change here since:\n  `parallax status` says what is in force.\n");
}

static void
say(struct plx_buffer *out, const struct plx_config *config)
{
    plx_buffer_format(out, "%s: fine\n", config->file ? config->file : "the command line");
    if (config->snapshot->service_count || config->spies)
        say_proxy(out, config);
    plx_check_jobs_say(out, &config->reconcile);
}

/* ---- for machines ---- */

static void
write_uint(struct plx_json_writer *json, const char *key, uint64_t value)
{
    plx_json_key(json, key);
    plx_json_uint(json, value);
}

static void
write_compare(struct plx_json_writer *json, const struct plx_rules *rules)
{
    size_t counts[PLX_RULE_KINDS];

    count_rules(rules, 0, counts);
    plx_json_key(json, "compare");
    plx_json_begin_object(json);
    plx_json_key(json, "mode");
    plx_json_text_value(json, plx_mode_text(plx_rules_mode(rules)));
    plx_json_key(json, "rules");
    plx_json_begin_object(json);
    for (int kind = 0; kind < PLX_RULE_KINDS; kind++)
        write_uint(json, plx_rule_kind_text((enum plx_rule_kind)kind), counts[kind]);
    plx_json_end_object(json);
    plx_json_end_object(json);
}

static void
write_route(struct plx_json_writer *json, const struct plx_route *route)
{
    static const char *const policies[] = {"safe", "never", "always", "share"};

    plx_json_begin_object(json);
    plx_json_key(json, "match");
    plx_json_text_value(json, route->match);
    plx_json_key(json, "copy");
    plx_json_text_value(json, policies[route->copy]);
    if (route->copy == PLX_COPY_SHARE) {
        plx_json_key(json, "percent");
        plx_json_double(json, (double)route->copy_share * 100 / PLX_SHARE_ALL);
    }
    plx_json_key(json, "endpoint");
    plx_json_text_value(json, route->endpoint);
    write_compare(json, route->rules);
    plx_json_end_object(json);
}

static void
write_canary(struct plx_json_writer *json, const struct plx_service *service)
{
    struct plx_buffer text;
    char share[PLX_SHARE_TEXT];

    plx_json_key(json, "share");
    plx_json_raw(json, plx_slice_of(plx_share_text(service->share, share)));
    plx_buffer_init(&text, PLX_CLIENT_NAME_MAX + PLX_CLIENT_VALUE_MAX + 64);
    add_trait(&text, &service->by);
    plx_json_key(json, "by");
    plx_json_string(json, plx_buffer_slice(&text));
    plx_buffer_clear(&text);
    add_trait(&text, &service->only);
    plx_json_key(json, "only");
    if (service->only.by == PLX_CLIENT_REQUEST)
        plx_json_null(json);
    else
        plx_json_string(json, plx_buffer_slice(&text));
    json->out->failed |= text.failed;
    plx_buffer_fini(&text);
}

static void
write_service(struct plx_json_writer *json, const struct plx_service *service)
{
    plx_json_begin_object(json);
    plx_json_key(json, "name");
    plx_json_text_value(json, service->name);
    plx_json_key(json, "stage");
    plx_json_text_value(json, plx_stage_text(service->stage));
    write_canary(json, service);
    plx_json_key(json, "hosts");
    plx_json_begin_array(json);
    for (size_t i = 0; i < service->host_count; i++)
        plx_json_text_value(json, service->hosts[i]);
    plx_json_end_array(json);
    for (int role = 0; role < PLX_ROLES; role++) {
        plx_json_key(json, plx_role_text((enum plx_role)role));
        plx_json_text_value(json, service->roles[role].url);
    }
    plx_json_key(json, "copy_percent");
    plx_json_double(json, (double)service->copy_share * 100 / PLX_SHARE_ALL);
    plx_json_key(json, "limits");
    plx_json_begin_object(json);
    write_uint(json, "body_bytes", service->limits.body_bytes);
    write_uint(json, "capture_bytes", service->limits.capture_bytes);
    write_uint(json, "copies", service->limits.copies);
    plx_json_end_object(json);
    plx_json_key(json, "timeout_ms");
    plx_json_begin_object(json);
    write_uint(json, "connect", service->timeouts.connect);
    write_uint(json, "answer", service->timeouts.answer);
    write_uint(json, "copy", service->timeouts.copy);
    plx_json_end_object(json);
    plx_json_key(json, "correlate");
    plx_json_bool(json, service->correlate);
    write_compare(json, service->rules);
    plx_json_key(json, "routes");
    plx_json_begin_array(json);
    for (size_t i = 0; i < service->route_count; i++)
        write_route(json, &service->routes[i]);
    plx_json_end_array(json);
    plx_json_end_object(json);
}

static void
write_address(struct plx_json_writer *json, const struct plx_address *address)
{
    char text[300];

    snprintf(text, sizeof(text), strchr(address->host, ':') ? "[%s]:%u" : "%s:%u", address->host, address->port);
    plx_json_text_value(json, text);
}

static void
write_spy(struct plx_json_writer *json, const struct plx_config *config, size_t index)
{
    const struct plx_spy *spy = &config->spies->list[index];

    plx_json_begin_object(json);
    plx_json_key(json, "name");
    plx_json_text_value(json, spy->service->name);
    for (int side = 0; side < PLX_SPY_SIDES; side++) {
        plx_json_key(json, plx_role_text((enum plx_role)side));
        plx_json_begin_object(json);
        plx_json_key(json, "listen");
        write_address(json, &config->spy_listen[index][side]);
        plx_json_key(json, "mode");
        plx_json_text_value(json, plx_spy_mode_text(spy->modes[side]));
        plx_json_end_object(json);
    }
    plx_json_key(json, "real");
    plx_json_text_value(json, spy->service->roles[PLX_PRIMARY].url);
    write_uint(json, "window_ms", spy->window_ms);
    write_uint(json, "settle_ms", spy->settle_ms);
    write_uint(json, "late_ms", spy->late_ms);
    write_uint(json, "wait_ms", spy->wait_ms);
    plx_json_key(json, "limits");
    plx_json_begin_object(json);
    write_uint(json, "body_bytes", spy->service->limits.body_bytes);
    write_uint(json, "capture_bytes", spy->service->limits.capture_bytes);
    write_uint(json, "calls", spy->calls_max);
    write_uint(json, "bytes", spy->bytes_max);
    plx_json_end_object(json);
    write_compare(json, spy->service->rules);
    plx_json_end_object(json);
}

static void
write_spies(struct plx_json_writer *json, const struct plx_config *config)
{
    plx_json_key(json, "spies");
    plx_json_begin_array(json);
    for (size_t i = 0; config->spies && i < config->spies->count; i++)
        write_spy(json, config, i);
    plx_json_end_array(json);
    plx_json_key(json, "reconcile");
    plx_check_jobs_write(json, &config->reconcile);
}

static void
say_json(struct plx_buffer *out, const struct plx_config *config)
{
    struct plx_json_writer json;

    plx_json_writer_init(&json, out);
    plx_json_begin_object(&json);
    plx_json_key(&json, "listen");
    plx_json_begin_array(&json);
    for (size_t i = 0; i < config->listen_count; i++)
        write_address(&json, &config->listen[i]);
    plx_json_end_array(&json);
    plx_json_key(&json, "admin");
    write_address(&json, &config->admin);
    plx_json_key(&json, "token");
    plx_json_bool(&json, config->admin_token != NULL);
    plx_json_key(&json, "store");
    plx_json_text_value(&json, config->store);
    write_uint(&json, "workers", config->workers);
    plx_json_key(&json, "access_log");
    plx_json_text_value(&json, config->access_log);
    plx_json_key(&json, "client_timeout_ms");
    plx_json_begin_object(&json);
    write_uint(&json, "idle", config->clients.idle);
    write_uint(&json, "head", config->clients.head);
    write_uint(&json, "body", config->clients.body);
    write_uint(&json, "send", config->clients.send);
    write_uint(&json, "upgrade", config->clients.upgrade);
    plx_json_end_object(&json);
    write_uint(&json, "drain_ms", config->drain_ms);
    plx_json_key(&json, "confidence");
    plx_json_double(&json, config->confidence);
    plx_json_key(&json, "detect");
    plx_json_double(&json, config->detect);
    plx_json_key(&json, "services");
    plx_json_begin_array(&json);
    for (size_t i = 0; i < config->snapshot->service_count; i++)
        write_service(&json, &config->snapshot->services[i]);
    plx_json_end_array(&json);
    write_spies(&json, config);
    plx_json_end_object(&json);
    plx_buffer_byte(out, '\n');
}

int
plx_command_check(int argc, char **argv)
{
    struct plx_config_flags flags;
    struct plx_config config;
    struct plx_config_errors errors = {0};
    struct plx_buffer out;
    int status = plx_config_parse_flags(argc, argv, usage, &flags);

    flags.jobs_alone = true;

    flags.jobs_alone = true;

    if (status >= 0)
        return status;
    enum plx_status read = plx_config_read(&flags, &config, &errors);
    plx_config_errors_print(&errors);
    if (read != PLX_OK) {
        status = errors.usage ? PLX_EXIT_USAGE : 1;
        plx_config_errors_fini(&errors);
        return status;
    }
    plx_config_errors_fini(&errors);
    plx_buffer_init(&out, ANSWER_BYTES_MAX);
    if (flags.json)
        say_json(&out, &config);
    else
        say(&out, &config);
    if (out.failed || fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
        fputs("parallax check: the answer could not be written; is there room where it goes?\n", stderr);
        status = 1;
    } else {
        status = 0;
    }
    plx_buffer_fini(&out);
    plx_config_fini(&config);
    return status;
}
