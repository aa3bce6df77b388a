/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a mismatch, and what is told from it later. */
#include "traffic/exchange/recheck.h"

#include "base/slice.h"
#include "evidence/count/cause_id.h"
#include "traffic/exchange/copies.h"
#include "traffic/http1/write.h"

#include <stdlib.h>
#include <xxhash.h>

/* ---- keeping ---- */

static uint64_t
hash_values(const struct plx_field *field)
{
    struct plx_slice primary = field->bare_primary.ptr ? field->bare_primary : field->primary;
    struct plx_slice candidate = field->bare_candidate.ptr ? field->bare_candidate : field->candidate;
    const uint64_t sides[2] = {XXH3_64bits(primary.len ? primary.ptr : "", primary.len),
                               XXH3_64bits(candidate.len ? candidate.ptr : "", candidate.len)};

    return XXH3_64bits(sides, sizeof(sides));
}

/* As the role was asked; empty: it was not. */
static struct plx_slice
request_of(const struct plx_exchange *exchange, enum plx_role role)
{
    struct plx_slice copy = plx_terms_head(&exchange->terms, PLX_TO_COPY, role);
    struct plx_slice head = copy.len ? copy : plx_terms_head(&exchange->terms, PLX_TO_SERVE, role);

    return head.len ? plx_http_without_marks(head) : head;
}

/* An answer that is many times as long as both were says no more than that it is another one. */
static uint64_t
answer_bytes_max(const struct plx_exchange *exchange)
{
    uint64_t primary = exchange->calls[PLX_PRIMARY].capture.length;
    uint64_t candidate = exchange->calls[PLX_CANDIDATE].capture.length;

    return (primary > candidate ? primary : candidate) * PLX_COPY_TIMES + PLX_COPY_SLACK_BYTES;
}

struct plx_recheck *
plx_recheck_new(const struct plx_exchange *exchange, const struct plx_exchange_outcome *outcome)
{
    const struct plx_judgement *judgement = outcome->judgement;
    struct plx_slice primary = request_of(exchange, PLX_PRIMARY), candidate = request_of(exchange, PLX_CANDIDATE);
    bool alike = plx_slice_equal(primary, candidate); /* as it is where nothing of a role's own is in it */
    size_t bytes = sizeof(struct plx_recheck) + judgement->field_count * sizeof(struct plx_recheck_field) +
                   primary.len + (alike ? 0 : candidate.len) + outcome->endpoint.len;
    struct plx_recheck *recheck = primary.len && candidate.len ? malloc(bytes) : NULL;

    if (!recheck)
        return NULL;
    *recheck = (struct plx_recheck){.service = exchange->service,
                                    .route = exchange->route,
                                    .cause.fields = plx_cause_id_fields(outcome),
                                    .method = exchange->terms.method,
                                    .answer_bytes_max = answer_bytes_max(exchange),
                                    .bytes = bytes};
    plx_list_init(&recheck->link);
    recheck->view = plx_view_ref(exchange->view);
    memcpy(recheck->id, exchange->id, sizeof(recheck->id));
    recheck->fields = (struct plx_recheck_field *)(recheck + 1);
    for (size_t i = 0; i < judgement->field_count; i++) {
        const struct plx_field *field = &judgement->fields[i];

        if (field->candidate_differs)
            recheck->fields[recheck->field_count++] = (struct plx_recheck_field){
                plx_cause_id_field(field->folded, field->kind), hash_values(field), !plx_cause_id_takes(field)};
    }
    char *copy = (char *)(recheck->fields + judgement->field_count);
    recheck->heads[PLX_PRIMARY] = plx_slice_put(&copy, primary);
    recheck->heads[PLX_CANDIDATE] = alike ? recheck->heads[PLX_PRIMARY] : plx_slice_put(&copy, candidate);
    recheck->cause.endpoint = plx_slice_put(&copy, outcome->endpoint);
    return recheck;
}

void
plx_recheck_free(struct plx_recheck *recheck)
{
    plx_view_unref(recheck->view);
    free(recheck);
}

/* ---- telling ---- */

static const struct plx_recheck_field *
find(const struct plx_recheck *recheck, uint64_t name)
{
    for (size_t i = 0; i < recheck->field_count; i++)
        if (recheck->fields[i].name == name)
            return &recheck->fields[i];
    return NULL;
}

static size_t
count_of_cause(const struct plx_recheck *recheck)
{
    size_t count = 0;

    for (size_t i = 0; i < recheck->field_count; i++)
        count += !recheck->fields[i].noise;
    return count;
}

/*
 * Persistent: just the same fields, and at least one of them with the same values on both sides. Not all of them: what
 * is new in each answer, such as a time, differs otherwise each time beside any fault.
 */
enum plx_recheck_result
plx_recheck_judge(const struct plx_recheck *recheck, const struct plx_judgement *later)
{
    size_t again = 0, same = 0, others = 0;

    if (later->verdict == PLX_INCOMPARABLE)
        return PLX_RECHECK_INCOMPARABLE;
    if (later->verdict != PLX_MISMATCH)
        return PLX_RECHECK_RACE;
    for (size_t i = 0; i < later->field_count; i++) {
        const struct plx_field *field = &later->fields[i];
        const struct plx_recheck_field *before;

        if (!plx_cause_id_takes(field))
            continue;
        before = find(recheck, plx_cause_id_field(field->folded, field->kind));
        if (before && before->noise)
            continue;
        others += !before;
        again += before != NULL;
        same += before && before->values == hash_values(field);
    }
    if (again + others == 0 && !later->fields_dropped)
        return PLX_RECHECK_RACE;
    return others == 0 && again == count_of_cause(recheck) && same > 0 ? PLX_RECHECK_PERSISTENT : PLX_RECHECK_FLAKY;
}

void
plx_recheck_tell(struct plx_context *context, const struct plx_service *service, struct plx_recheck_cause cause,
                 enum plx_recheck_result result)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_tally *tally = plx_context_tally(context);

    if (tally && !plx_tally_recheck(tally, &subject, cause.endpoint, cause.fields, result))
        context->untallied++;
}
