/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/config_json.h"

#include "cli/report/config_jobs.h"
#include "cli/report/config_pieces.h"
#include "cli/report/config_requests.h"
#include "json/writer.h"

#include <stdio.h>

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

    plx_config_count_rules(rules, 0, counts);
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
write_timeouts(struct plx_json_writer *json, const struct plx_timeouts *timeouts)
{
    plx_json_key(json, "timeout_ms");
    plx_json_begin_object(json);
    write_uint(json, "connect", timeouts->connect);
    write_uint(json, "connect_copy", timeouts->connect_copy);
    write_uint(json, "answer", timeouts->answer);
    write_uint(json, "between", timeouts->between);
    write_uint(json, "copy", timeouts->copy);
    plx_json_end_object(json);
}

static void
write_route(struct plx_json_writer *json, const struct plx_service *service, const struct plx_route *route)
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
    plx_config_write_requests(json, service, route);
    write_timeouts(json, &route->timeouts);
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
    plx_config_add_trait(&text, &service->by);
    plx_json_key(json, "by");
    plx_json_string(json, plx_buffer_slice(&text));
    plx_buffer_clear(&text);
    plx_config_add_trait(&text, &service->only);
    plx_json_key(json, "only");
    if (service->only.by == PLX_CLIENT_REQUEST)
        plx_json_null(json);
    else
        plx_json_string(json, plx_buffer_slice(&text));
    json->out->failed |= text.failed;
    plx_buffer_fini(&text);
}

static void
write_recheck(struct plx_json_writer *json, const struct plx_recheck_options *recheck)
{
    plx_json_key(json, "recheck");
    if (recheck->share == 0) {
        plx_json_null(json);
        return;
    }
    plx_json_begin_object(json);
    write_uint(json, "after_ms", recheck->after_ms);
    plx_json_key(json, "percent");
    plx_json_double(json, (double)recheck->share * 100 / PLX_SHARE_ALL);
    write_uint(json, "per_second", recheck->per_second);
    plx_json_end_object(json);
}

static void
write_eject(struct plx_json_writer *json, const struct plx_eject_options *eject)
{
    plx_json_key(json, "eject");
    if (eject->after == 0) {
        plx_json_null(json);
        return;
    }
    plx_json_begin_object(json);
    write_uint(json, "after", eject->after);
    write_uint(json, "for_ms", eject->for_ms);
    write_uint(json, "at_most_ms", eject->at_most_ms);
    plx_json_key(json, "gateway_errors");
    plx_json_bool(json, eject->gateway_errors);
    plx_json_end_object(json);
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
    plx_config_write_requests(json, service, NULL);
    plx_json_key(json, "copy_percent");
    plx_json_double(json, (double)service->copy_share * 100 / PLX_SHARE_ALL);
    plx_json_key(json, "limits");
    plx_json_begin_object(json);
    write_uint(json, "body_bytes", service->limits.body_bytes);
    write_uint(json, "capture_bytes", service->limits.capture_bytes);
    write_uint(json, "copies", service->limits.copies);
    plx_json_end_object(json);
    write_timeouts(json, &service->timeouts);
    write_recheck(json, &service->recheck);
    write_eject(json, &service->eject);
    plx_json_key(json, "via");
    plx_json_bool(json, service->via);
    plx_json_key(json, "redirects");
    plx_json_bool(json, service->redirects);
    plx_json_key(json, "correlate");
    plx_json_bool(json, service->correlate);
    plx_json_key(json, "fold");
    plx_json_bool(json, service->fold);
    write_compare(json, service->rules);
    plx_json_key(json, "routes");
    plx_json_begin_array(json);
    for (size_t i = 0; i < service->route_count; i++)
        write_route(json, service, &service->routes[i]);
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
    plx_config_jobs_write(json, &config->reconcile);
}

void
plx_config_write(struct plx_buffer *out, const struct plx_config *config)
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
    plx_json_key(&json, "read_token");
    plx_json_bool(&json, config->read_token != NULL);
    plx_json_key(&json, "store");
    plx_json_text_value(&json, config->store);
    write_uint(&json, "workers", config->workers);
    plx_json_key(&json, "resolver");
    plx_json_text_value(&json, *config->resolver ? config->resolver : NULL);
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
    write_uint(&json, "announce_ms", config->announce_ms);
    write_uint(&json, "drain_ms", config->drain_ms);
    write_uint(&json, "retention_ms", config->retention_ms);
    write_uint(&json, "comparisons_bytes", config->comparisons_bytes);
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
