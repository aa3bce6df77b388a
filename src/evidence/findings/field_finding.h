/* SPDX-License-Identifier: Apache-2.0 */
/* The finding on one field: regression, noise, or nothing yet. */
#ifndef PLX_FINDINGS_FIELD_FINDING_H
#define PLX_FINDINGS_FIELD_FINDING_H

#include "evidence/count/evidence.h"

/* What the secondary is worth. */
enum plx_secondary_use {
    PLX_SECONDARY_NONE,     /* none is configured, and none ever was */
    PLX_SECONDARY_DEAD,     /* it gave next to no answer that could be compared: judged as without one */
    PLX_SECONDARY_MEASURES, /* noise is what it shows */
};

struct plx_finding_terms {
    double confidence, allow;
    enum plx_secondary_use secondary;
    const struct plx_service_evidence *service; /* NULL: none */
};

/* Whether counts say nothing of a field, since the secondary differs there in half of the exchanges and more. */
bool plx_field_counts_masked(const struct plx_field_counts *field);
enum plx_finding plx_field_finding(const struct plx_field_counts *field, const struct plx_finding_terms *terms);
/*
 * Whether an incident is open that takes up most of all that was compared: then it is no incident in a good time, but
 * all there is, and nobody has to wait for proof.
 */
bool plx_incident_is_all(const struct plx_incidents *incidents, uint64_t compared);
/* Whether the bets of a subject have proved that the candidate is worse, by more than incidents that are over. */
bool plx_subject_is_worse(const struct plx_subject_evidence *evidence, const struct plx_pairs *pairs,
                          double confidence);

#endif
