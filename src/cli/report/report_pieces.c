/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/report_pieces.h"

#include "base/assert.h"

#define FIELDS_NAMED_MAX 6u

enum plx_style
plx_report_style(enum plx_report_verdict verdict)
{
    static const enum plx_style styles[PLX_REPORT_VERDICTS] = {PLX_RED, PLX_YELLOW, PLX_DIM, PLX_GREEN, PLX_DIM};

    return styles[verdict];
}

struct plx_slice
plx_report_side(struct plx_slice value)
{
    return value.len > 0 ? value : plx_slice_of("(nothing)");
}

void
plx_report_add_cause_fields(struct plx_buffer *out, const struct plx_report_cause *cause)
{
    size_t shown = cause->fields.count < FIELDS_NAMED_MAX ? cause->fields.count : FIELDS_NAMED_MAX;

    for (size_t i = 0; i < shown; i++) {
        plx_buffer_text(out, i ? ", " : "");
        plx_text_add(out, cause->fields.list[i].shown, 60);
        plx_buffer_text(out, " (");
        plx_text_add(out, cause->fields.list[i].kind, 20);
        plx_buffer_byte(out, ')');
    }
    if (cause->fields_total > shown)
        plx_buffer_format(out, "%s%llu%s", shown ? " and " : "", (unsigned long long)(cause->fields_total - shown),
                          shown ? " more" : " fields");
}

/* "500 ms later", "2 s later", "later" */
static void
add_later(struct plx_buffer *out, double after)
{
    if (after >= 1)
        plx_buffer_format(out, "%g s ", after);
    else if (after > 0)
        plx_buffer_format(out, "%.0f ms ", after * 1000);
    plx_buffer_text(out, "later");
}

bool
plx_report_add_recheck(struct plx_buffer *out, const char *before, const struct plx_report_recheck *recheck)
{
    const struct {
        uint64_t count;
        const char *did, *so;
    } rows[] = {{recheck->persistent, "differed again", ""},
                {recheck->race, recheck->race == 1 ? "was equal" : "were equal", "a race?"},
                {recheck->flaky, "differed otherwise", "flaky?"}};
    uint64_t all = recheck->persistent + recheck->race + recheck->flaky;
    bool first = true;

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        if (rows[i].count == 0)
            continue;
        if (first)
            plx_buffer_format(out, "%s%llu of %llu %s ", before, (unsigned long long)rows[i].count,
                              (unsigned long long)all, rows[i].did);
        else
            plx_buffer_format(out, "; %llu %s", (unsigned long long)rows[i].count, rows[i].did);
        if (first)
            add_later(out, recheck->after);
        if (*rows[i].so)
            plx_buffer_format(out, ": %s", rows[i].so);
        first = false;
    }
    return !first;
}

void
plx_report_add_endpoint_counts(struct plx_buffer *out, const struct plx_report_counts *counts,
                               const struct plx_words *words)
{
    const char *before = ": ";

    plx_buffer_format(out, "%llu %s", (unsigned long long)counts->total, plx_words_exchanges(words, counts->total));
    for (int i = 0; i < PLX_REPORT_COUNTS; i++) {
        if (counts->by[i] == 0)
            continue;
        plx_buffer_format(out, "%s%llu %s", before, (unsigned long long)counts->by[i],
                          plx_report_count_text((enum plx_report_count)i));
        before = ", ";
    }
}

bool
plx_report_add_latency(struct plx_buffer *out, const char *before,
                       const struct plx_report_latency latency[PLX_REPORT_ROLES], const struct plx_words *words)
{
    bool any = false;

    for (int i = 0; i < PLX_REPORT_ROLES; i++) {
        if (!latency[i].measured)
            continue;
        plx_buffer_format(out, "%s%s p50 ", any ? "; " : before, words->roles[i]);
        plx_text_add_seconds(out, latency[i].p50);
        plx_buffer_text(out, ", p99 ");
        plx_text_add_seconds(out, latency[i].p99);
        any = true;
    }
    return any;
}

void
plx_report_add_about(struct plx_buffer *out, const struct plx_report_service *service)
{
    if (service->words->kind == PLX_SUBJECT_SERVICE) {
        plx_buffer_text(out, "stage ");
        plx_text_add(out, service->stage, 20);
    } else {
        plx_buffer_text(out, plx_subject_text(service->words->kind));
    }
    if (service->runs > 0)
        plx_buffer_format(out, ", %llu %s", (unsigned long long)service->runs, service->words->runs);
    if (service->share > 0)
        plx_buffer_format(out, ", share %g %%", service->share);
    if (service->confidence > 0)
        plx_buffer_format(out, ", confidence %g %%", service->confidence * 100);
}
