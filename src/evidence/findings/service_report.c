/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a service (or experiment, or spy) as the contract has it. Derived anew at each call from the ledger's
 * counts; endpoints come by name, fields with what matters most first.
 */
#include "evidence/findings/service_report.h"

#include "base/assert.h"
#include "base/clock.h"
#include "evidence/count/causes.h"
#include "evidence/findings/causes_report.h"
#include "evidence/findings/conclusion.h"
#include "evidence/findings/ended_rules.h"
#include "evidence/findings/epochs_list.h"
#include "evidence/findings/evidence_report.h"
#include "evidence/findings/evidence_sentences.h"
#include "evidence/findings/exchanges_report.h"
#include "evidence/findings/excused.h"
#include "evidence/findings/folds_report.h"
#include "evidence/findings/holds_report.h"
#include "evidence/findings/report_fields.h"
#include "evidence/findings/warnings.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/record.h"

#include <stdlib.h>

static void
write_quantiles(struct plx_json_writer *w, const struct plx_histogram *histogram)
{
    static const struct {
        const char *key;
        double quantile;
    } rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}};

    plx_json_begin_object(w);
    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        plx_json_key(w, rows[i].key);
        plx_json_double(w, histogram ? plx_histogram_quantile(histogram, rows[i].quantile) : 0);
    }
    plx_json_key(w, "count");
    plx_json_uint(w, histogram ? histogram->count : 0);
    plx_json_end_object(w);
}

/* Primary and candidate always; the secondary where there is one, or was. */
static void
write_latency(struct plx_json_writer *w, const struct plx_subject *subject,
              const struct plx_histogram *const histograms[PLX_ROLES])
{
    plx_json_key(w, "latency");
    plx_json_begin_object(w);
    for (int i = 0; i < PLX_ROLES; i++) {
        bool measured = histograms[i] && histograms[i]->count;

        if (i == PLX_SECONDARY && !measured && !plx_subject_has_secondary(subject))
            continue;
        plx_json_key(w, plx_role_text((enum plx_role)i));
        write_quantiles(w, histograms[i]);
    }
    plx_json_end_object(w);
}

/* ---- endpoints ---- */

struct reporting {
    struct plx_ledger *ledger;
    const struct plx_subject *subject;
    struct plx_json_writer *w;
    bool with_fields;
    enum plx_report_length length;
    uint64_t ended_ms; /* when its epoch ended; 0: it is the present one */
    struct plx_conclusion whole;
};

static void
write_endpoint(struct reporting *r, struct plx_endpoint_counts *endpoint)
{
    const struct plx_histogram *const latency[PLX_ROLES] = {endpoint->latency[0], endpoint->latency[1],
                                                            endpoint->latency[2]};
    struct plx_conclusion conclusion;
    struct plx_field_counts **fields;
    size_t count;

    fields = plx_endpoint_counts_fields(endpoint, &count);
    if (!fields) {
        r->w->out->failed = true;
        return;
    }
    plx_conclude_endpoint(endpoint, r->ledger, r->subject, &r->whole, &conclusion);
    plx_json_begin_object(r->w);
    plx_json_key(r->w, "endpoint");
    plx_json_string(r->w, endpoint->name);
    plx_conclusion_write(&conclusion, r->w);
    plx_exchanges_write(&endpoint->exchanges, r->w);
    plx_exchanges_write_reasons(r->w, r->subject->kind, &endpoint->exchanges);
    if (r->subject->kind == PLX_SUBJECT_SERVICE) {
        plx_exchanges_write_served(r->w, r->subject, &endpoint->exchanges);
        plx_exchanges_write_no_evidence(r->w, &endpoint->exchanges);
    }
    plx_excused_write(plx_endpoint_counts_excused(endpoint), r->w);
    write_latency(r->w, r->subject, latency);
    if (r->with_fields)
        plx_fields_write(fields, count, plx_subject_has_secondary(r->subject), r->w);
    plx_json_end_object(r->w);
    free(fields);
}

static void
write_endpoint_list(struct reporting *r, struct plx_endpoint_counts **endpoints, size_t count)
{
    plx_json_key(r->w, "endpoints");
    plx_json_begin_array(r->w);
    for (size_t i = 0; i < count; i++)
        write_endpoint(r, endpoints[i]);
    plx_json_end_array(r->w);
}

/* ---- the service ---- */

/* A service that nothing was counted of yet: empty, and nobody's to change. */
static struct plx_service_counts *
counts_of(struct plx_ledger *ledger, const struct plx_subject *subject, struct plx_counts *nothing)
{
    struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, subject->kind, subject->name);

    return counts ? counts : &nothing->kinds[subject->kind].other;
}

static uint64_t
differences_of_others(struct plx_endpoint_counts **endpoints, size_t count)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += plx_field_counts_differences(&endpoints[i]->other);
    return sum;
}

static uint64_t
count_records(const struct plx_ledger *ledger, const struct plx_subject *subject)
{
    uint64_t count = 0;

    for (const struct plx_list *node = ledger->records.next; node != &ledger->records; node = node->next)
        count += plx_record_is_of(PLX_CONTAINER(node, struct plx_record, node), subject->kind, subject->name);
    return count;
}

static void
write_limits_hit(struct reporting *r, const struct plx_service_counts *counts,
                 const struct plx_recheck_counts *rechecks, uint64_t differences)
{
    struct plx_json_writer *w = r->w;

    plx_json_key(w, "limits_hit");
    plx_json_begin_object(w);
    plx_json_key(w, "endpoints");
    plx_json_uint(w, plx_exchange_counts_sum(&counts->other.exchanges).total);
    plx_json_key(w, "fields");
    plx_json_uint(w, differences);
    plx_json_key(w, "records");
    plx_json_uint(w, counts->records_dropped);
    plx_json_key(w, "causes");
    plx_json_uint(w, counts->other_cause.count);
    plx_json_key(w, "recheck_dropped");
    plx_json_uint(w, rechecks->by[PLX_RECHECK_DROPPED]);
    plx_json_end_object(w);
    plx_json_key(w, "records_kept");
    plx_json_uint(w, count_records(r->ledger, r->subject));
}

static void
write_service_latency(struct reporting *r, const struct plx_service_counts *counts)
{
    struct plx_histogram sums[PLX_ROLES] = {0};
    const struct plx_histogram *const latency[PLX_ROLES] = {&sums[0], &sums[1], &sums[2]};

    for (int i = 0; i < PLX_ROLES; i++)
        plx_service_counts_latency(counts, (enum plx_role)i, &sums[i]);
    write_latency(r->w, r->subject, latency);
}

/* Holds are of the present: nobody needs those of an epoch that has ended. */
static void
write_stage(const struct reporting *r, struct plx_json_writer *w, const struct plx_service *service)
{
    char share[PLX_SHARE_TEXT];

    plx_json_key(w, "stage");
    plx_json_text_value(w, plx_stage_text(service->stage));
    plx_json_key(w, "share");
    plx_json_raw(w, plx_slice_of(plx_share_text(plx_service_share(service), share)));
    if (r->ended_ms == 0) {
        const struct plx_stage_state state = plx_ledger_stage_state(r->ledger, service->name);
        plx_holds_write(&state, plx_ledger_stage_is_stored(r->ledger, service->name), w);
    }
}

/* What came of all mismatches that were to be asked again; after: null where none are. */
static void
write_rechecks(struct reporting *r, const struct plx_recheck_counts *counts)
{
    const struct plx_service *service = r->subject->service;

    plx_json_key(r->w, "recheck");
    plx_json_begin_object(r->w);
    plx_json_key(r->w, "after");
    if (service && service->recheck.share)
        plx_json_double(r->w, service->recheck.after_ms / 1000.0);
    else
        plx_json_null(r->w);
    for (int i = 0; i < PLX_RECHECK_RESULTS; i++) {
        plx_json_key(r->w, plx_recheck_text((enum plx_recheck_result)i));
        plx_json_uint(r->w, counts->by[i]);
    }
    plx_json_end_object(r->w);
}

static void
write_header(struct reporting *r, const struct plx_service_counts *counts)
{
    plx_json_key(r->w, "name");
    plx_json_string(r->w, r->subject->name);
    plx_json_key(r->w, "kind");
    plx_json_text_value(r->w, plx_subject_text(r->subject->kind));
    if (r->subject->service)
        write_stage(r, r->w, r->subject->service);
    plx_epochs_write_present(counts, r->ended_ms, r->w);
    if (r->length != PLX_REPORT_WHOLE) {
        plx_json_key(r->w, "shortened");
        plx_json_bool(r->w, true);
    }
    if (r->subject->kind == PLX_SUBJECT_EXPERIMENT) {
        plx_json_key(r->w, "runs");
        plx_json_uint(r->w, counts->runs);
    }
    plx_json_key(r->w, "confidence");
    plx_json_double(r->w, r->ledger->confidence);
    plx_json_key(r->w, "detect");
    plx_json_double(r->w, r->ledger->detect);
}

/* What rules excused, and what was not compared at all. */
static void
write_excused(struct reporting *r, const struct plx_service_counts *counts, struct plx_endpoint_counts **endpoints,
              size_t count)
{
    struct plx_excused excused;

    if (!plx_service_counts_excused(counts, &excused)) {
        r->w->out->failed = true;
        return;
    }
    plx_excused_write(excused, r->w);
    if (!plx_rule_rows_write(r->subject, counts, plx_wall_s(), r->w))
        r->w->out->failed = true;
    plx_never_compared_write(endpoints, count, r->subject->kind, r->w);
}

static void
write_of_service(struct reporting *r)
{
    plx_ended_rules_write(r->subject->service, plx_wall_s(), r->w);
    plx_folds_write(r->ledger, r->subject->service, r->w);
}

/* How fast evidence comes at present: null where that is not known. */
static void
write_rate(struct plx_json_writer *w, const struct plx_service_counts *counts, uint64_t ended_ms)
{
    double rate = ended_ms ? 0 : plx_rate_per_second(&counts->rate, plx_wall_ms());

    plx_json_key(w, "rate");
    if (rate > 0)
        plx_json_double(w, rate);
    else
        plx_json_null(w);
}

/* What the numbers do not have yet, and since when: so that a reader can wait for what was answered before it asked. */
static void
write_under_way(struct plx_json_writer *w, const struct plx_service_counts *counts)
{
    uint64_t now_ms = plx_wall_ms(), since_ms = counts->under_way ? counts->under_way_since_ms : now_ms;

    plx_json_key(w, "under_way");
    plx_json_uint(w, counts->under_way);
    plx_json_key(w, "under_way_seconds");
    plx_json_double(w, since_ms < now_ms ? (double)(now_ms - since_ms) / 1000 : 0);
}

static void
write_report(struct reporting *r, struct plx_service_counts *counts)
{
    struct plx_exchange_counts exchanges;
    const struct plx_recheck_counts rechecks = plx_causes_rechecks(counts);
    size_t count;
    struct plx_endpoint_counts **endpoints = plx_service_counts_endpoints(counts, &count);

    if (!endpoints) {
        r->w->out->failed = true;
        return;
    }
    plx_conclude(counts, r->ledger, r->subject, &exchanges, &r->whole);
    plx_json_begin_object(r->w);
    write_header(r, counts);
    plx_conclusion_write(&r->whole, r->w);
    write_rate(r->w, counts, r->ended_ms);
    plx_evidence_write(counts, r->ledger, &r->whole, r->w);
    if (r->subject->kind == PLX_SUBJECT_SERVICE)
        write_under_way(r->w, counts);
    plx_evidence_write_sentences(counts, r->ledger, &r->whole, r->ended_ms ? NULL : r->subject->service, r->w);
    plx_exchanges_write(&exchanges, r->w);
    plx_exchanges_write_reasons(r->w, r->subject->kind, &exchanges);
    if (r->subject->kind == PLX_SUBJECT_SERVICE) {
        plx_exchanges_write_served(r->w, r->subject, &exchanges);
        plx_exchanges_write_no_evidence(r->w, &exchanges);
    }
    write_service_latency(r, counts);
    if (r->subject->kind == PLX_SUBJECT_SERVICE)
        write_rechecks(r, &rechecks);
    write_limits_hit(r, counts, &rechecks, differences_of_others(endpoints, count));
    if (r->subject->service) {
        plx_headers_write(r->subject->service, r->w);
        write_of_service(r);
    }
    write_excused(r, counts, endpoints, count);
    if (r->subject->kind == PLX_SUBJECT_SERVICE)
        plx_warnings_write(endpoints, count, r->w);
    write_endpoint_list(r, endpoints, r->length == PLX_REPORT_HEAD ? 0 : count);
    if (r->length != PLX_REPORT_HEAD && !plx_causes_write(counts, r->length == PLX_REPORT_WHOLE, r->w))
        r->w->out->failed = true;
    if (r->ended_ms == 0)
        plx_epochs_write_earlier(counts, r->w);
    plx_json_end_object(r->w);
    free(endpoints);
}

static void
write_endpoints_only(struct reporting *r, struct plx_service_counts *counts)
{
    struct plx_exchange_counts exchanges;
    size_t count;
    struct plx_endpoint_counts **endpoints = plx_service_counts_endpoints(counts, &count);

    if (!endpoints) {
        r->w->out->failed = true;
        return;
    }
    plx_conclude(counts, r->ledger, r->subject, &exchanges, &r->whole);
    plx_json_begin_object(r->w);
    plx_json_key(r->w, "name");
    plx_json_string(r->w, r->subject->name);
    write_endpoint_list(r, endpoints, count);
    plx_json_end_object(r->w);
    free(endpoints);
}

void
plx_findings_write_report(struct plx_ledger *ledger, const struct plx_subject *subject, struct plx_json_writer *out)
{
    struct reporting r = {.ledger = ledger, .subject = subject, .w = out, .with_fields = true};
    struct plx_counts nothing;

    plx_counts_init(&nothing, 0);
    write_report(&r, counts_of(ledger, subject, &nothing));
    plx_counts_fini(&nothing);
}

void
plx_findings_write_ended_report(struct plx_ledger *ledger, const struct plx_subject *subject,
                                enum plx_report_length length, uint64_t ended_ms, struct plx_json_writer *out)
{
    struct reporting r = {.ledger = ledger,
                          .subject = subject,
                          .w = out,
                          .with_fields = length == PLX_REPORT_WHOLE,
                          .length = length,
                          .ended_ms = ended_ms};
    struct plx_counts nothing;

    plx_counts_init(&nothing, 0);
    write_report(&r, counts_of(ledger, subject, &nothing));
    plx_counts_fini(&nothing);
}

void
plx_findings_write_endpoints(struct plx_ledger *ledger, const struct plx_subject *subject, struct plx_json_writer *out)
{
    struct reporting r = {.ledger = ledger, .subject = subject, .w = out};
    struct plx_counts nothing;

    plx_counts_init(&nothing, 0);
    write_endpoints_only(&r, counts_of(ledger, subject, &nothing));
    plx_counts_fini(&nothing);
}
