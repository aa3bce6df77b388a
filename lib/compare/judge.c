/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict of one exchange: the secondary's differences first, then the candidate's in their light. */
#include "base/arena.h"
#include "compare/answers.h"
#include "compare/sink.h"

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

static enum plx_status
compare_secondary(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *secondary,
                  struct plx_sink *sink, struct plx_fields *fields, struct plx_places *places)
{
    sink->secondary = true;
    sink->fields = fields;
    sink->places = places;
    return plx_compare_answers(rules, primary, secondary, sink);
}

enum plx_status
plx_judge(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
          const struct plx_answer *secondary, const struct plx_compare_limits *limits, struct plx_arena *arena,
          struct plx_judgement *out)
{
    struct plx_fields fields = {0};
    struct plx_places places = {0};
    struct plx_sink sink;
    bool with_secondary = false;

    if (secondary) {
        plx_sink_init(&sink, arena, limits);
        enum plx_status status = compare_secondary(rules, primary, secondary, &sink, &fields, &places);
        if (status == PLX_E_MEMORY)
            return status;
        with_secondary = status == PLX_OK;
        if (!with_secondary) { /* what it showed before it was cut off counts for nothing */
            memset(&fields, 0, sizeof(fields));
            memset(&places, 0, sizeof(places));
        }
    }
    plx_sink_init(&sink, arena, limits);
    sink.fields = &fields;
    sink.places = &places;
    enum plx_status status = plx_compare_answers(rules, primary, candidate, &sink);
    if (status != PLX_OK)
        return status;
    plx_fields_bound(&fields);
    *out = (struct plx_judgement){
        .verdict = sink.not_noise                                       ? PLX_MISMATCH
                   : sink.result.total > 0 || sink.result.ruled_out > 0 ? PLX_IGNORED
                                                                        : PLX_MATCH,
        .comparison = sink.result,
        .fields = fields.fields,
        .field_count = fields.count,
        .fields_dropped = fields.dropped,
        .with_secondary = with_secondary,
    };
    return PLX_OK;
}
