/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything the ledger counts, as Prometheus text (exposition format 0.0.4), sorted. Each metric is one pass over the
 * services, since all lines of a metric must stand together. The totals are those of the store: they go on after a
 * restart.
 */
#include "ledger/internal.h"

#include <stdlib.h>

struct exposition {
    struct plx_ledger *ledger;
    const struct plx_snapshot *snapshot;
    struct plx_service_counts **services;
    size_t service_count;
    struct plx_buffer *out;
};

/* ---- lines ---- */

static void
begin_metric(struct exposition *e, const char *name, const char *type, const char *help)
{
    plx_buffer_format(e->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
add_escaped(struct plx_buffer *out, struct plx_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\n') {
            plx_buffer_text(out, "\\n");
            continue;
        }
        if (value.ptr[i] == '\\' || value.ptr[i] == '"')
            plx_buffer_byte(out, '\\');
        plx_buffer_byte(out, value.ptr[i]);
    }
}

/* name{a="x",b="y"} with as many labels as there are keys; the value follows. */
struct label {
    const char *key;
    struct plx_slice value;
};

static void
begin_line(struct exposition *e, const char *name, const struct label *labels, size_t count)
{
    plx_buffer_text(e->out, name);
    for (size_t i = 0; i < count; i++) {
        plx_buffer_text(e->out, i ? "," : "{");
        plx_buffer_text(e->out, labels[i].key);
        plx_buffer_text(e->out, "=\"");
        add_escaped(e->out, labels[i].value);
        plx_buffer_byte(e->out, '"');
    }
    plx_buffer_text(e->out, count ? "} " : " ");
}

static void
add_number(struct exposition *e, const char *name, const struct label *labels, size_t count, uint64_t number)
{
    begin_line(e, name, labels, count);
    plx_buffer_number(e->out, number);
    plx_buffer_byte(e->out, '\n');
}

/* ---- exchanges ---- */

static void
add_verdicts(struct exposition *e, const struct plx_service_counts *service, const struct plx_endpoint_counts *endpoint)
{
    struct plx_ledger_counts sum = plx_exchange_counts_sum(&endpoint->exchanges);
    const struct {
        const char *verdict;
        uint64_t count;
    } rows[] = {{"match", sum.match},
                {"mismatch", sum.mismatch},
                {"ignored", sum.ignored},
                {"incomparable", sum.incomparable},
                {"uncopied", sum.uncopied}};

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        const struct label labels[] = {
            {"service", service->name}, {"endpoint", endpoint->name}, {"verdict", plx_slice_of(rows[i].verdict)}};

        add_number(e, "parallax_exchanges_total", labels, PLX_COUNT(labels), rows[i].count);
    }
}

static void
add_endpoint_differences(struct exposition *e, struct plx_endpoint_counts *endpoint)
{
    size_t count;
    struct plx_field_counts **fields = plx_endpoint_counts_fields(endpoint, &count);

    if (!fields) {
        e->out->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct label labels[] = {{"service", endpoint->service->name},
                                       {"endpoint", endpoint->name},
                                       {"field", fields[i]->name},
                                       {"kind", plx_slice_of(plx_kind_text(fields[i]->kind))}};

        add_number(e, "parallax_differences_total", labels, PLX_COUNT(labels), plx_field_counts_differences(fields[i]));
    }
    free(fields);
}

typedef void endpoint_visitor(struct exposition *e, struct plx_endpoint_counts *endpoint);

static void
each_endpoint(struct exposition *e, endpoint_visitor *visit)
{
    for (size_t i = 0; i < e->service_count; i++) {
        size_t count;
        struct plx_endpoint_counts **endpoints = plx_service_counts_endpoints(e->services[i], &count);

        if (!endpoints) {
            e->out->failed = true;
            return;
        }
        for (size_t j = 0; j < count; j++)
            visit(e, endpoints[j]);
        free(endpoints);
    }
}

static void
add_endpoint_exchanges(struct exposition *e, struct plx_endpoint_counts *endpoint)
{
    add_verdicts(e, endpoint->service, endpoint);
}

static void
add_exchanges(struct exposition *e)
{
    begin_metric(e, "parallax_exchanges_total", "counter",
                 "Client requests by verdict; the verdicts of an endpoint add up to its requests.");
    each_endpoint(e, add_endpoint_exchanges);
    begin_metric(e, "parallax_differences_total", "counter",
                 "Exchanges in which the candidate's answer differs from the primary's in a field, noise included.");
    each_endpoint(e, add_endpoint_differences);
}

/* ---- reasons ---- */

typedef uint64_t reason_count(const struct plx_exchange_counts *counts, int reason);

static uint64_t
count_uncopied(const struct plx_exchange_counts *counts, int reason)
{
    return counts->uncopied[reason];
}

static uint64_t
count_incomparable(const struct plx_exchange_counts *counts, int reason)
{
    return counts->incomparable[reason];
}

static uint64_t
count_fallbacks(const struct plx_exchange_counts *counts, int reason)
{
    return counts->fallbacks[reason];
}

static const char *
name_fallback(int reason)
{
    return plx_fallback_text((enum plx_fallback)reason);
}

static const char *
name_uncopied(int reason)
{
    return plx_uncopied_text((enum plx_uncopied)reason);
}

static const char *
name_incomparable(int reason)
{
    return plx_incomparable_text((enum plx_incomparable)reason);
}

/* reasons: which ones; NULL: the first reason_total, which are all. */
static void
add_reasons(struct exposition *e, const char *metric, const int *reasons, size_t reason_total, reason_count *count,
            const char *(*name)(int reason))
{
    for (size_t i = 0; i < e->service_count; i++) {
        struct plx_exchange_counts sum = {0};

        plx_service_counts_sum(e->services[i], &sum);
        for (size_t j = 0; j < reason_total; j++) {
            int reason = reasons ? reasons[j] : (int)j;
            const struct label labels[] = {{"service", e->services[i]->name}, {"reason", plx_slice_of(name(reason))}};

            add_number(e, metric, labels, PLX_COUNT(labels), count(&sum, reason));
        }
    }
}

/* By the role that served, and where that was the primary in the candidate's place. */
static void
add_served(struct exposition *e)
{
    begin_metric(e, "parallax_served_total", "counter", "Client requests by the role whose answer was the client's.");
    for (size_t i = 0; i < e->service_count; i++) {
        struct plx_exchange_counts sum = {0};

        plx_service_counts_sum(e->services[i], &sum);
        for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++) {
            const struct label labels[] = {{"service", e->services[i]->name},
                                           {"role", plx_slice_of(plx_role_text((enum plx_role)role))}};
            uint64_t primary = plx_exchange_counts_sum(&sum).total - sum.served_candidate;

            add_number(e, "parallax_served_total", labels, PLX_COUNT(labels),
                       role == PLX_PRIMARY ? primary : sum.served_candidate);
        }
    }
    static const int reasons[] = {PLX_FALLBACK_CONNECT, PLX_FALLBACK_RESET};
    begin_metric(e, "parallax_fallbacks_total", "counter",
                 "Client requests that the primary answered in the place of a candidate that could not, by reason.");
    add_reasons(e, "parallax_fallbacks_total", reasons, PLX_COUNT(reasons), count_fallbacks, name_fallback);
}

static void
add_all_reasons(struct exposition *e)
{
    /* Requests that would have been copied but for a limit. */
    static const int shed[] = {PLX_UNCOPIED_SHED, PLX_UNCOPIED_TOO_LARGE};

    begin_metric(e, "parallax_copies_shed_total", "counter",
                 "Requests that were not copied because a limit was reached.");
    add_reasons(e, "parallax_copies_shed_total", shed, PLX_COUNT(shed), count_uncopied, name_uncopied);
    begin_metric(e, "parallax_uncopied_total", "counter", "Requests that were not copied, by reason.");
    add_reasons(e, "parallax_uncopied_total", NULL, PLX_UNCOPIED_COUNT, count_uncopied, name_uncopied);
    begin_metric(e, "parallax_incomparable_total", "counter",
                 "Exchanges whose answers could not be compared, by reason.");
    add_reasons(e, "parallax_incomparable_total", NULL, PLX_INCOMPARABLE_COUNT, count_incomparable, name_incomparable);
}

/* ---- roles ---- */

static const struct {
    double seconds;
    const char *text;
} buckets[] = {{0.001, "0.001"}, {0.0025, "0.0025"}, {0.005, "0.005"}, {0.01, "0.01"}, {0.025, "0.025"},
               {0.05, "0.05"},   {0.1, "0.1"},       {0.25, "0.25"},   {0.5, "0.5"},   {1, "1"},
               {2.5, "2.5"},     {5, "5"},           {10, "10"}};

static void
add_histogram(struct exposition *e, const struct plx_service_counts *service, enum plx_role role)
{
    struct plx_histogram sum = {0};
    struct label labels[] = {
        {"service", service->name}, {"role", plx_slice_of(plx_role_text(role))}, {"le", {NULL, 0}}};

    plx_service_counts_latency(service, role, &sum);
    if (sum.count == 0)
        return;
    for (size_t i = 0; i < PLX_COUNT(buckets); i++) {
        labels[2].value = plx_slice_of(buckets[i].text);
        add_number(e, "parallax_answer_seconds_bucket", labels, 3, plx_histogram_below(&sum, buckets[i].seconds));
    }
    labels[2].value = plx_slice_of("+Inf");
    add_number(e, "parallax_answer_seconds_bucket", labels, 3, sum.count);
    begin_line(e, "parallax_answer_seconds_sum", labels, 2);
    plx_buffer_format(e->out, "%llu.%06llu\n", (unsigned long long)(sum.sum_us / 1000000),
                      (unsigned long long)(sum.sum_us % 1000000));
    add_number(e, "parallax_answer_seconds_count", labels, 2, sum.count);
}

static void
add_health(struct exposition *e, const char *metric, bool failed)
{
    for (size_t i = 0; i < e->service_count; i++) {
        for (int role = 0; role < PLX_ROLES; role++) {
            const struct plx_role_health *health = &e->services[i]->health[role];
            const struct label labels[] = {{"service", e->services[i]->name},
                                           {"role", plx_slice_of(plx_role_text((enum plx_role)role))}};

            if (health->answered || health->failed)
                add_number(e, metric, labels, PLX_COUNT(labels), failed ? health->failed : health->answered);
        }
    }
}

static void
add_roles(struct exposition *e)
{
    begin_metric(e, "parallax_answer_seconds", "histogram",
                 "Time from the start of a role's request to the end of its answer.");
    for (size_t i = 0; i < e->service_count; i++)
        for (int role = 0; role < PLX_ROLES; role++)
            add_histogram(e, e->services[i], (enum plx_role)role);
    begin_metric(e, "parallax_role_answers_total", "counter", "Answers of a role since the start of this process.");
    add_health(e, "parallax_role_answers_total", false);
    begin_metric(e, "parallax_role_failures_total", "counter",
                 "Requests that a role gave no answer to, since the start of this process.");
    add_health(e, "parallax_role_failures_total", true);
}

/* ---- configuration ---- */

static void
add_stages(struct exposition *e, const struct plx_service **services, size_t count)
{
    static const enum plx_stage stages[] = {
#define STAGE(name, text) name,
        PLX_STAGE_MAP(STAGE)
#undef STAGE
    };

    begin_metric(e, "parallax_stage", "gauge", "1 for the stage that a service is at, 0 for the others.");
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < PLX_COUNT(stages); j++) {
            const struct label labels[] = {{"service", plx_slice_of(services[i]->name)},
                                           {"stage", plx_slice_of(plx_stage_text(stages[j]))}};

            add_number(e, "parallax_stage", labels, PLX_COUNT(labels), services[i]->stage == stages[j]);
        }
    }
    begin_metric(e, "parallax_share", "gauge", "The part of the clients who get the candidate's answer, from 0 to 1.");
    for (size_t i = 0; i < count; i++) {
        const struct label labels[] = {{"service", plx_slice_of(services[i]->name)}};

        begin_line(e, "parallax_share", labels, PLX_COUNT(labels));
        plx_buffer_format(e->out, "%g\n", (double)plx_service_share(services[i]) / PLX_SHARE_ALL);
    }
}

static void
add_snapshot(struct exposition *e)
{
    const struct plx_service *sorted[PLX_SERVICES_MAX];
    size_t count = e->snapshot ? e->snapshot->service_count : 0;

    PLX_ASSERT(count <= PLX_SERVICES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct plx_service *service = &e->snapshot->services[i];
        size_t at = i;

        for (; at > 0 && strcmp(service->name, sorted[at - 1]->name) < 0; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = service;
    }
    add_stages(e, sorted, count);
}

/* ---- the ledger itself ---- */

static void
add_limits(struct exposition *e)
{
    begin_metric(e, "parallax_endpoints_overflow_total", "counter",
                 "Exchanges counted under the endpoint (other) because there are too many endpoints.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct label labels[] = {{"service", e->services[i]->name}};

        add_number(e, "parallax_endpoints_overflow_total", labels, PLX_COUNT(labels),
                   plx_exchange_counts_sum(&e->services[i]->other.exchanges).total);
    }
    begin_metric(e, "parallax_causes", "gauge", "Causes of mismatches that are told apart.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct label labels[] = {{"service", e->services[i]->name}};

        add_number(e, "parallax_causes", labels, PLX_COUNT(labels), e->services[i]->causes.count);
    }
    begin_metric(e, "parallax_causes_overflow_total", "counter",
                 "Mismatches counted under the cause (other) because there are too many causes.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct label labels[] = {{"service", e->services[i]->name}};

        add_number(e, "parallax_causes_overflow_total", labels, PLX_COUNT(labels), e->services[i]->other_cause.count);
    }
    begin_metric(e, "parallax_records_dropped_total", "counter",
                 "Mismatches that were counted but not kept whole, for want of room or memory.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct label labels[] = {{"service", e->services[i]->name}};

        add_number(e, "parallax_records_dropped_total", labels, PLX_COUNT(labels), e->services[i]->records_dropped);
    }
}

static void
add_refused(struct exposition *e)
{
    begin_metric(e, "parallax_refused_total", "counter",
                 "Requests refused before they were exchanges, since the start of this process.");
    for (int i = 0; i < PLX_REFUSED_COUNT; i++) {
        const struct label labels[] = {{"reason", plx_slice_of(plx_refused_text((enum plx_refused)i))}};

        add_number(e, "parallax_refused_total", labels, PLX_COUNT(labels), e->ledger->refused[i]);
    }
}

static void
add_ledger(struct exposition *e)
{
    const struct label version[] = {{"version", plx_slice_of(PLX_VERSION)}};

    begin_metric(e, "parallax_records", "gauge", "Mismatches kept whole.");
    add_number(e, "parallax_records", NULL, 0, e->ledger->record_count);
    begin_metric(e, "parallax_records_bytes", "gauge", "Memory that the mismatches kept whole take.");
    add_number(e, "parallax_records_bytes", NULL, 0, e->ledger->record_bytes);
    begin_metric(
        e, "parallax_store_failures_total", "counter",
        "Transactions of the store that failed since the start of this process; their numbers are written later.");
    add_number(e, "parallax_store_failures_total", NULL, 0, e->ledger->store_failures);
    begin_metric(e, "parallax_build_info", "gauge", "1, with the version of this process.");
    add_number(e, "parallax_build_info", version, PLX_COUNT(version), 1);
}

void
plx_ledger_write_metrics(struct plx_ledger *ledger, const struct plx_snapshot *snapshot, struct plx_buffer *out)
{
    struct exposition e = {.ledger = ledger, .snapshot = snapshot, .out = out};

    e.services = plx_counts_services(&ledger->counts, &e.service_count);
    if (!e.services) {
        out->failed = true;
        return;
    }
    add_exchanges(&e);
    add_all_reasons(&e);
    add_served(&e);
    add_roles(&e);
    add_snapshot(&e);
    add_limits(&e);
    add_refused(&e);
    add_ledger(&e);
    free(e.services);
}
