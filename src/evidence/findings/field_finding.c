/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which evidence decides on a field. With a secondary: its bets, those of its name over all endpoints, its values.
 * Without one, or where there was none for an exchange: how often it differs at all.
 */
#include "evidence/findings/field_finding.h"

#include "stats/masked.h"
#include "stats/mixture.h"

bool
plx_subject_is_worse(const struct plx_subject_evidence *evidence, const struct plx_pairs *pairs, double confidence)
{
    return evidence->lasting.found_ms &&
           !plx_incidents_explain(&evidence->incidents, pairs->candidate_alone, pairs->secondary_alone, confidence);
}

bool
plx_incident_is_all(const struct plx_incidents *incidents, uint64_t compared)
{
    return incidents->told && (incidents->now.ended - incidents->now.began) * 4 >= compared * 3;
}

bool
plx_field_counts_masked(const struct plx_field_counts *field)
{
    if (plx_slice_equal(field->name, plx_slice_of(PLX_ANSWER_FIELD)))
        return false; /* a secondary that is down hides nothing in the answers */
    return plx_field_is_masked(plx_field_exchanges(field, &field->endpoint->pairs), field->pairs.both,
                               field->pairs.secondary_alone);
}

static const struct plx_name_evidence *
name_of(const struct plx_field_counts *field, const struct plx_finding_terms *terms)
{
    return terms->service ? plx_name_evidence_find(terms->service, field->kind, field->name) : NULL;
}

/* A name that differs too often somewhere: here too, if the candidate leads here as well. */
static bool
is_worse_by_name(const struct plx_field_counts *field, const struct plx_finding_terms *terms)
{
    const struct plx_name_evidence *name = name_of(field, terms);

    return name && field->pairs.candidate_alone > field->pairs.secondary_alone &&
           plx_subject_is_worse(&name->counts, &name->pairs, terms->confidence);
}

static bool
is_worse(const struct plx_field_counts *field, const struct plx_finding_terms *terms)
{
    const struct plx_field_evidence *evidence = field->evidence;

    if (!evidence)
        return false;
    return evidence->values.found_ms || plx_subject_is_worse(&evidence->counts, &field->pairs, terms->confidence) ||
           plx_incident_is_all(&evidence->counts.incidents, plx_field_exchanges(field, &field->endpoint->pairs)) ||
           is_worse_by_name(field, terms);
}

static bool
is_known_noise(const struct plx_pairs *pairs, double confidence)
{
    return plx_pairs_are_noise(pairs, confidence);
}

/*
 * Differences beside which no secondary was. Where the secondary measures, what is known of the field, or of its name
 * elsewhere, to be noise is noise here too.
 */
static enum plx_finding
finding_alone(const struct plx_field_counts *field, const struct plx_finding_terms *terms)
{
    const struct plx_name_evidence *name = name_of(field, terms);
    const struct plx_pair_counts *counts = &field->endpoint->pairs;
    uint64_t compared = counts->unpaired > field->unpaired ? counts->unpaired : field->unpaired;

    if (is_known_noise(&field->pairs, terms->confidence) || plx_field_counts_masked(field) ||
        (name && is_known_noise(&name->pairs, terms->confidence)))
        return PLX_NOISE;
    if (plx_bound_exceeds_allowed(compared, field->unpaired, terms->allow) >= plx_log_needed(terms->confidence))
        return PLX_REGRESSION;
    return PLX_INCONCLUSIVE;
}

enum plx_finding
plx_field_finding(const struct plx_field_counts *field, const struct plx_finding_terms *terms)
{
    const struct plx_pairs *pairs = &field->pairs;

    if (pairs->both + pairs->candidate_alone + field->unpaired == 0)
        return PLX_NOISE; /* only the secondary differs */
    if (is_worse(field, terms))
        return PLX_REGRESSION;
    if (field->unpaired) {
        enum plx_finding alone = finding_alone(field, terms);
        if (alone != PLX_NOISE || pairs->both + pairs->candidate_alone == 0)
            return alone;
    }
    return is_known_noise(pairs, terms->confidence) ? PLX_NOISE : PLX_INCONCLUSIVE;
}
