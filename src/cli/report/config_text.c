/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/config_text.h"

#include "base/assert.h"
#include "cli/report/config_jobs.h"
#include "cli/report/config_pieces.h"
#include "cli/report/config_requests.h"

#include <inttypes.h>
#include <stdio.h>

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

/* ---- services ---- */

/* "mode subset; ignore 2, tolerance 1" */
static void
add_rules(struct plx_buffer *out, const char *before, const struct plx_rules *rules, size_t from)
{
    size_t counts[PLX_RULE_KINDS];
    const char *comma = "";

    plx_config_count_rules(rules, from, counts);
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
add_timeouts(struct plx_buffer *out, const struct plx_timeouts *timeouts)
{
    plx_buffer_text(out, "connect ");
    add_duration(out, timeouts->connect);
    if (timeouts->connect_copy != timeouts->connect) {
        plx_buffer_text(out, " (copies ");
        add_duration(out, timeouts->connect_copy);
        plx_buffer_byte(out, ')');
    }
    plx_buffer_text(out, ", answer ");
    add_duration(out, timeouts->answer);
    plx_buffer_text(out, ", between reads ");
    add_duration(out, timeouts->between);
    plx_buffer_text(out, ", copy ");
    add_duration(out, timeouts->copy);
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
    for (int role = 0; role < PLX_ROLES; role++) {
        char before[64];
        snprintf(before, sizeof(before), "               %s: ", plx_role_text((enum plx_role)role));
        plx_config_add_request(out, before, NULL, route->requests[role]);
    }
    if (memcmp(&route->timeouts, &service->timeouts, sizeof(route->timeouts)) != 0) {
        plx_buffer_text(out, "               timeouts ");
        add_timeouts(out, &route->timeouts);
    }
    add_rules(out, "               compared in ", route->rules, plx_rules_count(service->rules));
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
        plx_config_add_trait(out, &service->by);
    }
    if (service->only.by != PLX_CLIENT_REQUEST) {
        plx_buffer_text(out, ", only with ");
        plx_config_add_trait(out, &service->only);
    }
    plx_buffer_byte(out, '\n');
}

static void
add_eject(struct plx_buffer *out, const struct plx_eject_options *eject)
{
    plx_buffer_text(out, "    eject      ");
    if (eject->after == 0) {
        plx_buffer_text(out, "never: clients wait for a candidate that takes no connection\n");
        return;
    }
    plx_buffer_format(out, "the candidate after %u failures in a row%s, for ", eject->after,
                      eject->gateway_errors ? " (502, 503 and 504 among them)" : "");
    add_duration(out, eject->for_ms);
    plx_buffer_text(out, ", at most ");
    add_duration(out, eject->at_most_ms);
    plx_buffer_byte(out, '\n');
}

static void
add_copies(struct plx_buffer *out, const struct plx_service *service)
{
    plx_buffer_text(out, "    copies     ");
    add_share(out, service->copy_share);
    plx_buffer_format(out, " of the safe requests, %u at once, bodies to ", service->limits.copies);
    add_size(out, service->limits.body_bytes);
    plx_buffer_text(out, ", answers compared to ");
    add_size(out, service->limits.capture_bytes);
    plx_buffer_byte(out, '\n');
}

static void
add_recheck(struct plx_buffer *out, const struct plx_recheck_options *recheck)
{
    plx_buffer_text(out, "    recheck    ");
    add_share(out, recheck->share);
    plx_buffer_text(out, " of the mismatches of safe methods, after ");
    add_duration(out, recheck->after_ms);
    plx_buffer_format(out, ", at most %u a second: the primary is asked once more, too\n", recheck->per_second);
}

static void
add_role(struct plx_buffer *out, enum plx_role role, const struct plx_upstream *upstream)
{
    plx_buffer_format(out, "    %-10s %s\n", plx_role_text(role), upstream->url);
    plx_config_add_request(out, "               ", upstream->sent_host, upstream->request);
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
            add_role(out, (enum plx_role)role, &service->roles[role]);
    if (service->stage == PLX_STAGE_CANARY)
        add_canary(out, service);
    if (service->stage == PLX_STAGE_CANARY)
        add_eject(out, &service->eject);
    if (service->stage == PLX_STAGE_SHADOW || service->stage == PLX_STAGE_CANARY)
        add_copies(out, service);
    if (service->recheck.share)
        add_recheck(out, &service->recheck);
    if (!service->fold)
        plx_buffer_text(out, "    fold       no: each path is an endpoint of its own, but for ids\n");
    if (service->via)
        plx_buffer_text(out, "    via        requests say that they came through here\n");
    if (!service->redirects)
        plx_buffer_text(out, "    redirects  addresses that roles give of themselves stay as they are\n");
    if (service->correlate)
        plx_buffer_text(out, "    correlate  who serves gets Parallax-Exchange, too\n");
    plx_buffer_text(out, "    timeouts   ");
    add_timeouts(out, &service->timeouts);
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
    plx_buffer_format(out, "%s\n  store      %s%s\n  workers    %u\n",
                      config->read_token    ? ", with a token and one for reading"
                      : config->admin_token ? ", with a token"
                                            : "",
                      config->store ? "sqlite:" : "none: what was counted goes with the process",
                      config->store ? config->store : "", config->workers);
    add_client_timeouts(out, &config->clients);
    if (*config->resolver)
        plx_buffer_format(out, "\n  resolver   %s", config->resolver);
    plx_buffer_text(out, "\n  drain      ");
    add_duration(out, config->drain_ms);
    if (config->announce_ms) {
        plx_buffer_text(out, ", announced ");
        add_duration(out, config->announce_ms);
        plx_buffer_text(out, " before");
    }
    plx_buffer_format(out, "\n  retention  %g days", (double)config->retention_ms / 86400000.0);
    plx_buffer_text(out, "\n  memory     of all comparisons together to ");
    add_size(out, config->comparisons_bytes);
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

void
plx_config_say(struct plx_buffer *out, const struct plx_config *config)
{
    plx_buffer_format(out, "%s: fine\n", config->file ? config->file : "the command line");
    if (config->snapshot->service_count || config->spies)
        say_proxy(out, config);
    plx_config_jobs_say(out, &config->reconcile);
}
