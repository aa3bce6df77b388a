/* SPDX-License-Identifier: Apache-2.0 */
/* Writes lines of Prometheus text; the escapes of label values are its own. */
#include "evidence/metrics/exposition.h"

#include "base/assert.h"
#include "evidence/ledger/ledger_state.h"

#include <stdio.h>
#include <stdlib.h>

bool
plx_exposition_open(struct plx_exposition *e, enum plx_subject_kind kind)
{
    e->services = plx_counts_services(&e->ledger->counts, kind, &e->service_count);
    if (!e->services)
        e->out->failed = true;
    return e->services != NULL;
}

void
plx_exposition_close(struct plx_exposition *e)
{
    free(e->services);
    e->services = NULL;
    e->service_count = 0;
}

void
plx_exposition_each_endpoint(struct plx_exposition *e, plx_exposition_visitor *visit)
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

void
plx_exposition_begin(struct plx_exposition *e, const char *name, const char *type, const char *help)
{
    plx_buffer_format(e->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
plx_exposition_line(struct plx_exposition *e, const char *name, const struct plx_label *labels, size_t count)
{
    plx_buffer_text(e->out, name);
    for (size_t i = 0; i < count; i++) {
        plx_buffer_text(e->out, i ? "," : "{");
        plx_buffer_text(e->out, labels[i].key);
        plx_buffer_text(e->out, "=\"");
        plx_buffer_label(e->out, labels[i].value);
        plx_buffer_byte(e->out, '"');
    }
    plx_buffer_text(e->out, count ? "} " : " ");
}

void
plx_exposition_number(struct plx_exposition *e, const char *name, const struct plx_label *labels, size_t count,
                      uint64_t number)
{
    plx_exposition_line(e, name, labels, count);
    plx_buffer_number(e->out, number);
    plx_buffer_byte(e->out, '\n');
}

void
plx_exposition_histogram(struct plx_exposition *e, const char *name, const struct plx_label *labels, size_t count,
                         const struct plx_histogram *histogram, bool fine)
{
    struct plx_label all[PLX_LABELS_MAX + 1];
    char line[96];

    PLX_ASSERT(count <= PLX_LABELS_MAX);
    memcpy(all, labels, count * sizeof(*labels));
    all[count].key = "le";
    snprintf(line, sizeof(line), "%s_bucket", name);
    for (size_t i = fine ? 0 : PLX_LE_FINE; i < PLX_LE_COUNT; i++) {
        all[count].value = plx_slice_of(plx_les[i].text);
        plx_exposition_number(e, line, all, count + 1, plx_histogram_below(histogram, plx_les[i].seconds));
    }
    all[count].value = plx_slice_of("+Inf");
    plx_exposition_number(e, line, all, count + 1, histogram->count);
    snprintf(line, sizeof(line), "%s_sum", name);
    plx_exposition_line(e, line, labels, count);
    plx_buffer_format(e->out, "%llu.%06llu\n", (unsigned long long)(histogram->sum_us / 1000000),
                      (unsigned long long)(histogram->sum_us % 1000000));
    snprintf(line, sizeof(line), "%s_count", name);
    plx_exposition_number(e, line, labels, count, histogram->count);
}
