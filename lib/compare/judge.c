/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict of one exchange: the secondary's differences first, then the candidate's in their light. */
#include "base/arena.h"
#include "compare/answers.h"
#include "compare/compiled.h"
#include "compare/rules.h"
#include "compare/sink.h"
#include "compare/spending.h"

const char *
plx_kind_text(enum plx_kind kind)
{
    switch (kind) {
#define KIND_CASE(name, text) \
    case name:                \
        return text;
        PLX_KIND_MAP(KIND_CASE)
#undef KIND_CASE
    }
    return "unknown";
}

const char *
plx_verdict_text(enum plx_verdict verdict)
{
    switch (verdict) {
#define VERDICT_CASE(name, text) \
    case name:                   \
        return text;
        PLX_VERDICT_MAP(VERDICT_CASE)
#undef VERDICT_CASE
    }
    return "unknown";
}

const char *
plx_mode_text(enum plx_mode mode)
{
    switch (mode) {
#define MODE_CASE(name, text) \
    case name:                \
        return text;
        PLX_MODE_MAP(MODE_CASE)
#undef MODE_CASE
    }
    return "unknown";
}

const char *
plx_rule_kind_text(enum plx_rule_kind kind)
{
    switch (kind) {
#define RULE_CASE(name, text) \
    case name:                \
        return text;
        PLX_RULE_MAP(RULE_CASE)
#undef RULE_CASE
    }
    return "unknown";
}

/* ---- the secondary ---- */

static int
class_of(int status)
{
    return status / 100;
}

/* Whether it answers as one that has not what the primary has: not where nobody looks at the status. */
static bool
lacks_state(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *secondary,
            int64_t now_s)
{
    return primary->status && secondary->status && class_of(primary->status) != class_of(secondary->status) &&
           !plx_rules_find(rules, PLX_RULE_IGNORE, plx_slice_of("status"), now_s);
}

struct noise {
    struct plx_fields fields;
    struct plx_places places;
    bool compared, lacks_state;
};

/* What it showed before it was cut off counts for nothing. */
static void
forget(struct noise *noise)
{
    memset(&noise->fields, 0, sizeof(noise->fields));
    memset(&noise->places, 0, sizeof(noise->places));
}

/* Of one that lacks state only a failure is told, as the field "status". */
static enum plx_status
measure_noise(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *secondary,
              const struct plx_compare_limits *limits, struct plx_spending *spending, struct noise *noise)
{
    struct plx_sink sink;

    plx_sink_init(&sink, spending->arena, limits);
    sink.secrets = plx_rules_secrets(rules);
    sink.work = &spending->work;
    sink.primary = &spending->primary;
    sink.secondary = true;
    sink.fields = &noise->fields;
    noise->lacks_state = lacks_state(rules, primary, secondary, sink.limits.now_s);
    if (noise->lacks_state) {
        if (class_of(secondary->status) == 5)
            plx_compare_status(rules, primary, secondary, &sink);
        return sink.failed ? PLX_E_MEMORY : PLX_OK;
    }
    sink.places = &noise->places;
    enum plx_status status = plx_compare_answers(rules, primary, secondary, &sink);
    noise->compared = status == PLX_OK;
    if (!noise->compared)
        forget(noise);
    return status == PLX_E_MEMORY || status == PLX_E_CANCELED ? status : PLX_OK;
}

/* ---- the candidate ---- */

static enum plx_verdict
verdict_of(const struct plx_sink *sink)
{
    if (sink->not_noise)
        return PLX_MISMATCH;
    return sink->result.total > 0 || sink->result.ruled_out > 0 || sink->result.later > 0 ? PLX_IGNORED : PLX_MATCH;
}

static enum plx_status
judge_candidate(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
                const struct plx_compare_limits *limits, struct plx_spending *spending, struct noise *noise,
                struct plx_judgement *out)
{
    struct plx_sink sink;

    plx_sink_init(&sink, spending->arena, limits);
    sink.secrets = plx_rules_secrets(rules);
    sink.work = &spending->work;
    sink.primary = &spending->primary;
    sink.fields = &noise->fields;
    sink.places = &noise->places;
    enum plx_status status = plx_compare_answers(rules, primary, candidate, &sink);
    if (status == PLX_E_MEMORY || status == PLX_E_CANCELED || (status != PLX_OK && !sink.not_noise))
        return status;
    *out = (struct plx_judgement){
        .verdict = verdict_of(&sink),
        .comparison = sink.result,
        .fields = noise->fields.fields,
        .field_count = noise->fields.count,
        .fields_dropped = noise->fields.candidate.dropped,
        .secondary_fields_dropped = noise->fields.secondary.dropped,
        .with_secondary = noise->compared,
        .lacks_state = noise->lacks_state,
    };
    out->comparison.bodies = status;
    return PLX_OK;
}

enum plx_status
plx_judge(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
          const struct plx_answer *secondary, const struct plx_compare_limits *limits, struct plx_arena *arena,
          struct plx_judgement *out)
{
    struct noise noise = {0};
    struct plx_spending spending;
    enum plx_status status = PLX_OK;

    plx_spending_begin(&spending, limits, arena, secondary != NULL);
    if (secondary)
        status = measure_noise(rules, primary, secondary, limits, &spending, &noise);
    if (status == PLX_OK && noise.lacks_state && candidate->status == secondary->status) {
        *out = (struct plx_judgement){.verdict = PLX_INCOMPARABLE, .lacks_state = true};
    } else if (status == PLX_OK) {
        plx_spending_rest(&spending);
        status = judge_candidate(rules, primary, candidate, limits, &spending, &noise, out);
    }
    plx_spending_end(&spending);
    return status;
}
