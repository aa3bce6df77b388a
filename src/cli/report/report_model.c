/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a report that was read: what is awaited, the exit status, a part of it. */
#include "cli/report/report_model.h"

#include "cli/terminal/exit_status.h"

const char *
plx_report_count_text(enum plx_report_count count)
{
    static const char *const texts[] = {
#define COUNT_TEXT(name, text) text,
        PLX_REPORT_COUNT_MAP(COUNT_TEXT)
#undef COUNT_TEXT
    };

    return texts[count];
}

uint64_t
plx_report_compared(const struct plx_report_counts *counts)
{
    return counts->by[PLX_REPORT_MATCH] + counts->by[PLX_REPORT_MISMATCH] + counts->by[PLX_REPORT_IGNORED];
}

/* ---- what is awaited ---- */

void
plx_report_await(struct plx_report *report, double seconds, double within)
{
    report->within = within;
    for (size_t i = 0; i < report->count; i++) {
        struct plx_report_service *service = &report->services[i];

        service->awaited = service->under_way > 0 && service->under_way_seconds >= seconds;
    }
}

bool
plx_report_is_within(const struct plx_report *report, const struct plx_report_service *service)
{
    if (report->within <= 0 || service->verdict == PLX_REPORT_NOT_COMPARED)
        return true;
    return service->within > 0 && service->within < 1 && service->within <= report->within;
}

size_t
plx_report_within_count(const struct plx_report *report)
{
    size_t count = 0;

    for (size_t i = 0; i < report->count; i++)
        count += plx_report_is_within(report, &report->services[i]);
    return count;
}

/* paused: what those services lack counts, too. */
static bool
lacks(const struct plx_report *report, bool paused)
{
    bool regression = false, awaited = false, within = true;

    for (size_t i = 0; i < report->count; i++) {
        const struct plx_report_service *service = &report->services[i];

        awaited |= service->awaited;
        regression |= service->verdict == PLX_REPORT_REGRESSION;
        within &= (service->paused && !paused) || plx_report_is_within(report, service);
    }
    return awaited || (!regression && !within);
}

bool
plx_report_is_awaited(const struct plx_report *report)
{
    return lacks(report, true);
}

bool
plx_report_is_coming(const struct plx_report *report)
{
    return lacks(report, false);
}

/* ---- the exit status ---- */

/* What the verdicts before and this one come to together; -1: nothing was compared before. */
static int
worse(int status, enum plx_report_verdict verdict)
{
    if (verdict == PLX_REPORT_NOT_COMPARED)
        return status;
    if (status == PLX_EXIT_FAILED || verdict == PLX_REPORT_REGRESSION)
        return PLX_EXIT_FAILED;
    return verdict == PLX_REPORT_CLEAN && status != PLX_EXIT_UNSURE ? PLX_EXIT_DONE : PLX_EXIT_UNSURE;
}

int
plx_report_exit(const struct plx_report *report)
{
    int status = -1;

    for (size_t i = 0; i < report->count; i++)
        status = worse(status, report->services[i].verdict);
    for (size_t i = 0; i < report->reconciliation_count; i++)
        status = worse(status, report->reconciliations[i].verdict);
    if (status < 0 || (status == PLX_EXIT_DONE && plx_report_is_awaited(report)))
        return PLX_EXIT_UNSURE;
    return status;
}

/* ---- a part of it ---- */

static void
keep_endpoints(struct plx_report_service *service)
{
    size_t kept = 0;

    for (size_t i = 0; i < service->endpoint_count; i++)
        if (service->endpoints[i].verdict == PLX_REPORT_REGRESSION)
            service->endpoints[kept++] = service->endpoints[i];
    service->endpoint_count = kept;
}

void
plx_report_keep_regressions(struct plx_report *report)
{
    size_t kept = 0;

    for (size_t i = 0; i < report->count; i++) {
        if (report->services[i].verdict != PLX_REPORT_REGRESSION)
            continue;
        report->services[kept] = report->services[i];
        keep_endpoints(&report->services[kept++]);
    }
    report->count = kept;
    kept = 0;
    for (size_t i = 0; i < report->reconciliation_count; i++)
        if (report->reconciliations[i].verdict == PLX_REPORT_REGRESSION)
            report->reconciliations[kept++] = report->reconciliations[i];
    report->reconciliation_count = kept;
    report->regressions_alone = true;
}
