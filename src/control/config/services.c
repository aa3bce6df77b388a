/* SPDX-License-Identifier: Apache-2.0 */
/* `services:`, from the tree to a snapshot: roles, hosts, limits, and what must hold between services. Rules and
 * routes: routes.c. */
#include "control/config/services.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "base/table.h"
#include "compare/rules.h"
#include "control/config/addresses.h"
#include "control/config/client_key.h"
#include "control/config/compare_rules.h"
#include "control/config/copy_warnings.h"
#include "control/config/eject_key.h"
#include "control/config/keys.h"
#include "control/config/recheck_key.h"
#include "control/config/role_key.h"
#include "control/config/routes.h"
#include "control/config/secrets_section.h"
#include "control/config/service_hosts.h"
#include "control/config/timeouts_key.h"
#include "control/config/values.h"
#include "service/snapshot.h"

#include <stddef.h>

#define BODY_MAX_BYTES    ((uint64_t)1 << 30)
#define CAPTURE_MAX_BYTES ((uint64_t)64 << 20)
#define COPIES_MAX        1000000u

struct reading {
    struct plx_service *service;
    const struct plx_service_nodes *at; /* as far as it is read */
    bool stage_given;                   /* one that there is */
    struct plx_table *hosts;            /* of all services read so far: which one takes it */
};

bool
plx_service_defaults(struct plx_service *service, const char *name)
{
    service->name = strdup(name);
    service->stage = PLX_STAGE_SHADOW;
    service->copy_share = PLX_SHARE_ALL;
    service->limits = (struct plx_limits){.body_bytes = 8u << 20, .capture_bytes = 1u << 20, .copies = 1000};
    service->timeouts =
        (struct plx_timeouts){.connect = 4000, .connect_copy = 1000, .answer = 10000, .between = 60000, .copy = 5000};
    service->eject = plx_eject_default;
    service->fold = service->redirects = true;
    service->rules = plx_rules_new(NULL);
    if (service->rules)
        plx_rules_compare_client_headers(service->rules, true);
    return service->name && service->rules;
}

/* ---- a service's keys ---- */

static void
read_name(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_name(reader, node, "a service's name", &((struct reading *)into)->service->name);
}

static void
read_hosts(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    const struct reading *r = into;

    plx_hosts_read(reader, node, r->service, r->hosts);
}

static void
read_primary(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_role_read(reader, node, PLX_PRIMARY, &((struct reading *)into)->service->roles[PLX_PRIMARY]);
}

static void
read_candidate(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_role_read(reader, node, PLX_CANDIDATE, &((struct reading *)into)->service->roles[PLX_CANDIDATE]);
}

static void
read_secondary(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_role_read(reader, node, PLX_SECONDARY, &((struct reading *)into)->service->roles[PLX_SECONDARY]);
}

static void
read_stage(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a stage", &text))
        return;
    r->stage_given = plx_stage_of(text, &r->service->stage);
    if (!r->stage_given)
        plx_config_error(reader, node, "write primary, shadow, canary or candidate", "%s is no stage",
                         plx_yaml_name(node));
}

static void
read_client_share(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_share(reader, node, &((struct reading *)into)->service->share);
}

static void
read_by(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_by_read(reader, node, &((struct reading *)into)->service->by);
}

static void
read_only(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_only_read(reader, node, &((struct reading *)into)->service->only);
}

static void
read_version(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_version_read(reader, node, &((struct reading *)into)->service->version_header);
}

static void
read_copy(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_share(reader, node, &((struct reading *)into)->service->copy_share);
}

static void
read_timeout(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_timeouts_read(reader, node, &((struct reading *)into)->service->timeouts);
}

static void
read_body_limit(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_size(reader, node, BODY_MAX_BYTES, &((struct plx_limits *)into)->body_bytes);
}

static void
read_capture(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_size(reader, node, CAPTURE_MAX_BYTES, &((struct plx_limits *)into)->capture_bytes);
}

static void
read_copies(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;
    uint64_t count;

    if (!plx_read_text(reader, node, "a number", &text))
        return;
    if (plx_value_count(text, COPIES_MAX, &count))
        ((struct plx_limits *)into)->copies = (uint32_t)count;
    else
        plx_config_error(reader, node, "write a number from 0 to 1000000", "%s is no number of copies",
                         plx_yaml_name(node));
}

static void
read_limits(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {
        {"body", read_body_limit}, {"capture", read_capture}, {"copies", read_copies}};

    plx_keys_read(reader, node, "`limits`", keys, PLX_COUNT(keys), &((struct reading *)into)->service->limits);
}

static void
read_recheck(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_recheck_read(reader, node, &((struct reading *)into)->service->recheck);
}

static void
read_eject(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_eject_read(reader, node, &((struct reading *)into)->service->eject);
}

static void
read_service_compare(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_compare_read(reader, node, ((struct reading *)into)->service->rules);
}

static void
read_service_redact(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_redact_read(reader, node, ((struct reading *)into)->service->rules);
}

/* With the list of the top once that is read, too: config.c. */
static void
read_service_secrets(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_secrets *secrets = plx_secrets_new();

    reader->no_memory |= !secrets;
    if (!secrets)
        return;
    plx_service_secrets_read(reader, node, secrets);
    plx_rules_set_secrets(((struct reading *)into)->service->rules, secrets);
    plx_secrets_unref(secrets);
}

static void
read_evidence(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_evidence_read(reader, node, &((struct reading *)into)->service->all_is_evidence);
}

static void
read_yes_or_no(struct plx_config_reader *reader, const struct plx_yaml *node, bool *value)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "yes or no", &text) && !plx_value_bool(text, value))
        plx_config_error(reader, node, "write yes or no", "%s is neither yes nor no", plx_yaml_name(node));
}

static void
read_via(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_yes_or_no(reader, node, &((struct reading *)into)->service->via);
}

static void
read_redirects(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_yes_or_no(reader, node, &((struct reading *)into)->service->redirects);
}

static void
read_correlate(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_yes_or_no(reader, node, &((struct reading *)into)->service->correlate);
}

static void
read_fold(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_yes_or_no(reader, node, &((struct reading *)into)->service->fold);
}

/* ---- what must hold ---- */

static void
check_roles(struct plx_config_reader *reader, const struct reading *r)
{
    const struct plx_upstream *roles = r->service->roles;
    const struct plx_yaml *const *at = r->at->roles;

    if (!at[PLX_PRIMARY])
        plx_config_error(reader, r->at->mapping, "add the old implementation, as in `primary: http://127.0.0.1:8081`",
                         "a service without `primary`");
    if (at[PLX_SECONDARY] && !at[PLX_CANDIDATE])
        plx_config_error(reader, at[PLX_SECONDARY], "add `candidate`, or leave the secondary out",
                         "a secondary tells noise from differences of a candidate, and there is none");
    if (plx_upstreams_meet(&roles[PLX_PRIMARY], &roles[PLX_CANDIDATE]))
        plx_config_error(reader, at[PLX_CANDIDATE], "give the address of the new implementation",
                         "the candidate is the primary: each request would come to it twice");
    if (plx_upstreams_meet(&roles[PLX_PRIMARY], &roles[PLX_SECONDARY]))
        plx_config_error(reader, at[PLX_SECONDARY],
                         "start a second instance of the old implementation, and give its address",
                         "the secondary is the primary: each request would come to it twice");
    else if (plx_upstreams_meet(&roles[PLX_CANDIDATE], &roles[PLX_SECONDARY]))
        plx_config_error(reader, at[PLX_SECONDARY],
                         "start a second instance of the old implementation, and give its address",
                         "the secondary is the candidate: each of its differences would pass for noise");
}

static void
check_recheck(struct plx_config_reader *reader, const struct reading *r)
{
    if (r->at->recheck && !r->at->roles[PLX_CANDIDATE])
        plx_config_error(reader, r->at->recheck, "add `candidate`, or leave `recheck` out",
                         "mismatches are asked again, and without a candidate there are none");
}

static void
check_stage(struct plx_config_reader *reader, const struct reading *r)
{
    enum plx_stage stage = r->service->stage;

    if (r->stage_given && stage != PLX_STAGE_PRIMARY && !r->at->roles[PLX_CANDIDATE])
        plx_config_error(reader, r->at->stage, "add `candidate`, or write `stage: primary`",
                         "the stage %s needs a candidate", plx_stage_text(stage));
    else if (stage == PLX_STAGE_CANARY && !r->at->share)
        plx_config_warning(reader, r->at->stage, "add the share of the clients, as in `share: 10%`",
                           "a canary without `share`: nobody gets the candidate's answer yet");
}

#define NODE(member) offsetof(struct plx_service_nodes, member)

static const struct plx_key service_keys[] = {
    {"name", read_name, NODE(name)},
    {"hosts", read_hosts, NODE(hosts)},
    {"primary", read_primary, NODE(roles[PLX_PRIMARY])},
    {"candidate", read_candidate, NODE(roles[PLX_CANDIDATE])},
    {"secondary", read_secondary, NODE(roles[PLX_SECONDARY])},
    {"stage", read_stage, NODE(stage)},
    {"share", read_client_share, NODE(share)},
    {"by", read_by, NODE(by)},
    {"only", read_only, NODE(only)},
    {"version", read_version, NODE(version)},
    {"copy", read_copy, NODE(copy)},
    {"timeout", read_timeout, NODE(timeout)},
    {"limits", read_limits, NODE(limits)},
    {"recheck", read_recheck, NODE(recheck)},
    {"eject", read_eject, NODE(eject)},
    {"compare", read_service_compare, NODE(compare)},
    {"redact", read_service_redact, NODE(redact)},
    {"secrets", read_service_secrets, NODE(secrets)},
    {"evidence", read_evidence, NODE(evidence)},
    {"correlate", read_correlate, NODE(correlate)},
    {"via", read_via, NODE(via)},
    {"redirects", read_redirects, NODE(redirects)},
    {"fold", read_fold, NODE(fold)},
    {"routes", NULL, NODE(routes)}, /* they build on the service's rules */
    {"rollout", .not_yet = true},
};

static void
read_service(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_service *service,
             struct plx_table *hosts, struct plx_service_nodes *at)
{
    struct reading r = {.service = service, .at = at, .hosts = hosts};
    const struct plx_route_nodes *routes = NULL;

    if (!plx_service_defaults(service, "")) {
        reader->no_memory = true;
        return;
    }
    plx_keys_read_nodes(reader, node, "a service", service_keys, PLX_COUNT(service_keys), &r, at);
    if (node->type != PLX_YAML_MAPPING)
        return;
    at->mapping = node;
    if (!at->name)
        plx_config_error(reader, node, "add one, as in `name: payment`", "a service without `name`");
    if (at->routes)
        routes = plx_routes_read(reader, at->routes, service, false);
    check_roles(reader, &r);
    check_recheck(reader, &r);
    check_stage(reader, &r);
    if (!r.stage_given && !service->roles[PLX_CANDIDATE].url)
        service->stage = PLX_STAGE_PRIMARY;
    plx_copies_warn(reader, service, at->by, routes);
}

static bool
takes_every_host(const struct plx_service_nodes *at, const struct plx_service *service)
{
    for (size_t i = 0; i < service->host_count; i++)
        if (strcmp(service->hosts[i], "*") == 0)
            return true;
    return at->mapping && !at->hosts;
}

/* The service at index against those before it. */
static void
check_against_earlier(struct plx_config_reader *reader, const struct plx_service_nodes *nodes,
                      const struct plx_service *services, size_t index)
{
    const struct plx_yaml *name = nodes[index].name;
    bool every = takes_every_host(&nodes[index], &services[index]);

    for (size_t i = 0; i < index; i++) {
        const char *earlier = services[i].name;
        if (name && *earlier && plx_slice_equal(name->text, plx_slice_of(earlier))) {
            plx_config_error(reader, name, "give each service a name of its own", "there is a service `%s` already",
                             earlier);
            return;
        }
        if (every && *earlier && takes_every_host(&nodes[i], &services[i])) {
            plx_config_error(reader, nodes[index].mapping,
                             "name the `hosts` of one of them; only one service may leave them out",
                             "the service `%s` takes every host already", earlier);
            every = false; /* once is enough */
        }
    }
}

static void
read_all(struct plx_config_reader *reader, const struct plx_yaml *list, struct plx_snapshot *snapshot,
         struct plx_service_nodes *nodes)
{
    struct plx_table hosts;
    size_t index = 0;

    plx_table_init(&hosts, (size_t)PLX_SERVICES_MAX * PLX_HOSTS_MAX);
    for (const struct plx_yaml *at = list->first; at && !reader->no_memory; at = at->next, index++) {
        read_service(reader, at, &snapshot->services[index], &hosts, &nodes[index]);
        if (!reader->no_memory && nodes[index].mapping)
            check_against_earlier(reader, nodes, snapshot->services, index);
    }
    plx_table_fini(&hosts, NULL);
}

struct plx_snapshot *
plx_services_read(struct plx_config_reader *reader, const struct plx_yaml *list, const struct plx_service_nodes **nodes)
{
    size_t count = 0, before = reader->errors->count;

    if (list->type != PLX_YAML_LIST || !list->first) {
        plx_config_error(reader, list, "begin each service with `- name: ...`", "`services` is a list, not %s",
                         list->type == PLX_YAML_LIST ? "an empty one" : plx_yaml_name(list));
        return NULL;
    }
    for (const struct plx_yaml *at = list->first; at; at = at->next)
        count++;
    if (count > PLX_SERVICES_MAX) {
        plx_config_error(reader, list, "run a second Parallax for the rest",
                         "there are %zu services; at most 256 are taken", count);
        return NULL;
    }
    struct plx_service_nodes *filled = plx_nodes_new(reader, count, sizeof(*filled));
    struct plx_snapshot *snapshot = plx_snapshot_new(count);
    *nodes = filled;
    if (filled && snapshot)
        read_all(reader, list, snapshot, filled);
    reader->no_memory |= !snapshot;
    if (!reader->no_memory && reader->errors->count == before)
        return snapshot;
    plx_snapshot_unref(snapshot);
    return NULL;
}
