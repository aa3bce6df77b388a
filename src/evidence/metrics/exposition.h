/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of Prometheus text, and the subjects of one kind that they are about. */
#ifndef PLX_METRICS_EXPOSITION_H
#define PLX_METRICS_EXPOSITION_H

#include "base/buffer.h"
#include "evidence/count/counts.h"

struct plx_ledger;

struct plx_exposition {
    struct plx_ledger *ledger;
    const struct plx_snapshot *snapshot;
    struct plx_buffer *out;               /* fails where there is no memory */
    struct plx_service_counts **services; /* of the kind that was opened, by name */
    size_t service_count;
};

struct plx_label {
    const char *key;
    struct plx_slice value;
};

/* What is to come is about subjects of this kind. False where there is no memory. */
PLX_MUST_USE bool plx_exposition_open(struct plx_exposition *e, enum plx_subject_kind kind);
void plx_exposition_close(struct plx_exposition *e);

/* Each endpoint of each subject, "(other)" included; out fails where there is no memory. */
typedef void plx_exposition_visitor(struct plx_exposition *e, struct plx_endpoint_counts *endpoint);
void plx_exposition_each_endpoint(struct plx_exposition *e, plx_exposition_visitor *visit);

void plx_exposition_begin(struct plx_exposition *e, const char *name, const char *type, const char *help);
/* name{a="x",b="y"} with as many labels as there are; the value follows. */
void plx_exposition_line(struct plx_exposition *e, const char *name, const struct plx_label *labels, size_t count);
void plx_exposition_number(struct plx_exposition *e, const char *name, const struct plx_label *labels, size_t count,
                           uint64_t number);

/* All lines of a histogram, with buckets from 10 us (fine) or 1 ms to 10 s; at most PLX_LABELS_MAX labels. */
#define PLX_LABELS_MAX 4u
void plx_exposition_histogram(struct plx_exposition *e, const char *name, const struct plx_label *labels, size_t count,
                              const struct plx_histogram *histogram, bool fine);

#endif
