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
plx_report_add_under_way(struct plx_buffer *out, const struct plx_report_service *service)
{
    plx_buffer_format(out, "  %llu more %s under way: answered, but not counted until %s copies end",
                      (unsigned long long)service->under_way, service->under_way == 1 ? "exchange is" : "exchanges are",
                      service->under_way == 1 ? "its" : "their");
}
