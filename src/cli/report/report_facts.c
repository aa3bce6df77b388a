/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences, in the order in which they are shown. What comes from peers goes through plx_text_add(). */
#include "cli/report/report_facts.h"

#include "base/arena.h"
#include "base/assert.h"
#include "cli/report/report_pieces.h"

#include <math.h>
#include <stdarg.h>

#define NAME_COLUMNS    60u
#define NEVER_NAMED_MAX 20u /* endpoints */
#define WORD_COLUMNS    24u
#define DAY_COLUMNS     10u
#define SENTENCE_BYTES  (64u << 10)

/* A sentence is gathered in text, then told, or kept. */
struct composer {
    struct plx_buffer text;
    struct plx_arena *arena;
    bool failed;
};

static void
name(struct composer *c, const char *before, struct plx_slice text)
{
    if (text.len == 0)
        return;
    plx_buffer_text(&c->text, before);
    plx_text_add(&c->text, text, NAME_COLUMNS);
}

static void
day(struct composer *c, const char *before, struct plx_slice time)
{
    name(c, before, plx_slice_make(time.ptr, time.len < DAY_COLUMNS ? time.len : DAY_COLUMNS));
}

static void say(struct composer *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
say(struct composer *c, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    plx_buffer_text(&c->text, text);
}

/* "timeout 3, reset 1" */
static void
say_reasons(struct composer *c, const struct plx_report_reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++) {
        plx_buffer_text(&c->text, i ? ", " : "");
        plx_text_add(&c->text, reasons->reasons[i].name, WORD_COLUMNS);
        plx_buffer_format(&c->text, " %llu", (unsigned long long)reasons->reasons[i].count);
    }
}

/* What was gathered, as a text that lasts. */
static struct plx_slice
keep(struct composer *c)
{
    struct plx_slice kept = plx_arena_copy(c->arena, plx_buffer_slice(&c->text));

    c->failed |= c->text.failed || !kept.ptr;
    plx_buffer_clear(&c->text);
    return kept.ptr ? kept : plx_slice_of("");
}

static void
tell(struct composer *c, struct plx_report_facts *facts, enum plx_style style)
{
    struct plx_report_fact *fact = plx_item_room(c->arena, 1, sizeof(*fact));

    if (!fact) {
        c->failed = true;
        return;
    }
    fact->style = style;
    fact->text = keep(c);
    if (facts->last)
        facts->last->next = fact;
    else
        facts->first = fact;
    facts->last = fact;
}

static const char *
plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- counts, of a service and of an endpoint ---- */

static void
tell_reasons(struct composer *c, struct plx_report_facts *facts, const char *before,
             const struct plx_report_reasons *reasons, enum plx_style style)
{
    if (reasons->count == 0)
        return;
    plx_buffer_text(&c->text, before);
    say_reasons(c, reasons);
    tell(c, facts, style);
}

static void
tell_whys(struct composer *c, struct plx_report_facts *facts, const struct plx_report_counts *counts)
{
    tell_reasons(c, facts, "mismatch: ", &counts->reasons[PLX_REPORT_MISMATCH], PLX_PLAIN);
    tell_reasons(c, facts, "incomparable: ", &counts->reasons[PLX_REPORT_INCOMPARABLE], PLX_YELLOW);
    tell_reasons(c, facts, "uncopied: ", &counts->reasons[PLX_REPORT_UNCOPIED], PLX_DIM);
}

/* Whose answers the clients got, once some got the candidate's. */
static void
tell_served(struct composer *c, struct plx_report_facts *facts, const struct plx_report_counts *counts)
{
    if (counts->served_both) {
        say(c, "served by the primary: %llu; served by the candidate: %llu, of these %llu differed from the primary",
            (unsigned long long)counts->served_primary, (unsigned long long)counts->served_candidate,
            (unsigned long long)counts->served_differed);
        tell(c, facts, counts->served_differed ? PLX_RED : PLX_PLAIN);
    }
    tell_reasons(c, facts, "the primary answered in the place of a candidate that could not: ", &counts->fallbacks,
                 PLX_YELLOW);
    tell_reasons(c, facts, "asked once more, since a kept connection had been closed: ", &counts->retries, PLX_DIM);
}

static void
tell_excused(struct composer *c, struct plx_report_facts *facts, const struct plx_report_counts *counts,
             const struct plx_words *words)
{
    uint64_t compared = plx_report_compared(counts);

    if (counts->excused > 0) {
        say(c, "%llu of %llu compared %s %s equal only by %llu rule%s", (unsigned long long)counts->excused,
            (unsigned long long)compared, plx_words_exchanges(words, compared), counts->excused == 1 ? "is" : "are",
            (unsigned long long)counts->excusing_rules, plural(counts->excusing_rules));
        tell(c, facts, PLX_YELLOW);
    }
    if (counts->no_evidence.total > 0) {
        say(c, "%llu equal %s %s no evidence: ", (unsigned long long)counts->no_evidence.total,
            plx_words_exchanges(words, counts->no_evidence.total), counts->no_evidence.total == 1 ? "is" : "are");
        tell_reasons(c, facts, "", &counts->no_evidence, PLX_DIM);
    }
}

/* ---- fields and endpoints ---- */

/* How it is known to be noise, where the secondary has not shown it each time; or what it may be. */
static void
compose_field(struct composer *c, struct plx_report_field *field)
{
    bool noise = field->verdict == PLX_REPORT_NOISE;

    if (field->note == PLX_REPORT_BY_COUNTS) {
        say(c, "in %llu exchanges by the counts alone: the secondary did not show it",
            (unsigned long long)field->excused);
        tell(c, &field->facts, PLX_DIM);
    } else if (field->note == PLX_REPORT_BY_FORM) {
        say(c, "both sides are %s in %llu of %llu", plx_form_words(field->form), (unsigned long long)field->formed,
            (unsigned long long)field->differences);
        tell(c, &field->facts, PLX_DIM);
    }
    if (field->hint.len > 0 && !noise) {
        plx_text_add(&c->text, field->hint, 80);
        tell(c, &field->facts, PLX_YELLOW);
    }
    if (field->proposed && !noise) {
        plx_buffer_text(&c->text, "a rule for it: ");
        plx_text_add(&c->text, field->proposal, SIZE_MAX);
        tell(c, &field->facts, PLX_DIM);
    }
}

/* Where there is a secondary: what it did not stand beside is no evidence. */
static void
compose_unpaired(struct composer *c, struct plx_report_field *field)
{
    if (field->unpaired == 0)
        return;
    say(c, "%llu of the differences %s no evidence: no answer of the secondary beside %s",
        (unsigned long long)field->unpaired, field->unpaired == 1 ? "is" : "are", field->unpaired == 1 ? "it" : "them");
    tell(c, &field->facts, PLX_DIM);
}

static void
compose_endpoint(struct composer *c, struct plx_report_endpoint *endpoint, const struct plx_report_service *service)
{
    tell_whys(c, &endpoint->facts, &endpoint->counts);
    tell_served(c, &endpoint->facts, &endpoint->counts);
    tell_excused(c, &endpoint->facts, &endpoint->counts, service->words);
    for (size_t i = 0; i < endpoint->field_count; i++) {
        compose_field(c, &endpoint->fields[i]);
        if (service->with_secondary)
            compose_unpaired(c, &endpoint->fields[i]);
    }
}

/* ---- rules ---- */

static void
compose_rule(struct composer *c, struct plx_report_rule *rule)
{
    plx_text_add(&c->text, rule->rule, NAME_COLUMNS);
    name(c, " of ", rule->place);
    if (rule->excused)
        say(c, ": excused %llu of %llu", (unsigned long long)rule->excused, (unsigned long long)rule->compared);
    else
        say(c, ": never applied in %llu exchange%s", (unsigned long long)rule->compared, plural(rule->compared));
    name(c, ", owner ", rule->owner);
    day(c, ", until ", rule->until);
    plx_buffer_text(&c->text, rule->gone ? ", no more in the configuration" : "");
    name(c, ": ", rule->why);
    rule->says = keep(c);
    if (rule->exchange.len == 0)
        return;
    plx_text_add(&c->text, rule->field, NAME_COLUMNS);
    plx_buffer_text(&c->text, ": ");
    plx_text_add(&c->text, plx_report_side(rule->primary), NAME_COLUMNS);
    plx_buffer_text(&c->text, " -> ");
    plx_text_add(&c->text, plx_report_side(rule->candidate), NAME_COLUMNS);
    name(c, ", exchange ", rule->exchange);
    rule->example = keep(c);
}

/* Rules that no longer excuse anything: they are why a difference that was excused is told again. */
static void
tell_ended(struct composer *c, struct plx_report_service *service)
{
    for (size_t i = 0; i < service->ended_count; i++) {
        const struct plx_report_ended *rule = &service->ended[i];

        day(c, "rule ended ", rule->until);
        name(c, ": ", rule->kind);
        name(c, " ", rule->field);
        name(c, " of ", rule->route);
        name(c, ", owner ", rule->owner);
        name(c, ": ", rule->why);
        tell(c, &service->facts, PLX_YELLOW);
    }
}

/* ---- services ---- */

/* "40 s", "6 min", "3 h", "2 days": what is an estimate has no more digits. */
static void
say_roughly(struct composer *c, const char *before, double seconds)
{
    static const struct {
        double seconds;
        const char *unit;
    } rows[] = {{86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    size_t at = 0;

    while (at + 1 < PLX_COUNT(rows) && seconds < 2 * rows[at].seconds)
        at++;
    say(c, "%s%.0f %s", before, ceil(seconds / rows[at].seconds), rows[at].unit);
}

/* How many exchanges the verdict still needs, and how long that takes. */
static void
compose_outlook(struct composer *c, struct plx_report_service *service)
{
    if (service->verdict != PLX_REPORT_INCONCLUSIVE || service->epoch.ended.len > 0 || service->paused ||
        service->more == 0)
        return;
    say(c, "about %llu more compared %s %s needed", (unsigned long long)service->more,
        plx_words_exchanges(service->words, service->more), service->more == 1 ? "is" : "are");
    if (service->rate > 0) {
        say_roughly(c, ", ", (double)service->more / service->rate);
        plx_buffer_text(&c->text, " at the present rate");
    }
    service->outlook = keep(c);
}

static void
tell_under_way(struct composer *c, struct plx_report_service *service)
{
    if (service->under_way == 0)
        return;
    say(c, "%llu more %s under way: answered, but not counted until %s copies end",
        (unsigned long long)service->under_way, service->under_way == 1 ? "exchange is" : "exchanges are",
        service->under_way == 1 ? "its" : "their");
    if (service->under_way_seconds > 0) {
        plx_buffer_text(&c->text, "; the oldest came ");
        plx_text_add_seconds(&c->text, service->under_way_seconds);
        plx_buffer_text(&c->text, " ago");
    }
    tell(c, &service->facts, PLX_YELLOW);
}

/* What did not fit is counted, and said. */
static void
tell_limits(struct composer *c, struct plx_report_service *service)
{
    const struct {
        uint64_t count;
        const char *text;
    } rows[] = {
        {service->endpoints_over, "exchanges are counted under \"(other)\": there are too many endpoints"},
        {service->fields_over, "differences are counted under \"(other)\": there are too many fields"},
        {service->records_dropped, "mismatches are counted but were not kept whole"},
        {service->causes_over, "mismatches are counted under the cause \"(other)\": there are too many causes"},
        {service->recheck_dropped, "mismatches were to be asked again but were not, so that clients come first"},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        if (rows[i].count == 0)
            continue;
        say(c, "%llu %s", (unsigned long long)rows[i].count, rows[i].text);
        if (&rows[i].count == &rows[2].count && service->records_kept)
            say(c, "; %llu are", (unsigned long long)service->records_kept);
        tell(c, &service->facts, PLX_YELLOW);
    }
}

static void
tell_rechecks(struct composer *c, struct plx_report_service *service)
{
    const struct plx_report_recheck *recheck = &service->recheck;
    const char *before = "asked again: ";

    if (plx_report_add_recheck(&c->text, before, recheck))
        before = "; ";
    if (recheck->incomparable) {
        say(c, "%s%llu could not be compared", before, (unsigned long long)recheck->incomparable);
        before = "; ";
    }
    if (recheck->over_budget)
        say(c, "%s%llu were not: over `recheck.per_second`", before, (unsigned long long)recheck->over_budget);
    if (c->text.len > 0)
        tell(c, &service->facts, PLX_DIM);
}

static void
tell_sentences(struct composer *c, struct plx_report_service *service, const struct plx_slice *sentences, size_t count,
               enum plx_style style)
{
    for (size_t i = 0; i < count; i++) {
        plx_text_add(&c->text, sentences[i], SIZE_MAX);
        tell(c, &service->facts, style);
    }
}

/* "masked: /a (value) of GET /x, /b (value) of GET /y" */
static void
tell_masked(struct composer *c, struct plx_report_service *service)
{
    for (size_t i = 0; i < service->masked_count; i++) {
        const struct plx_report_masked *masked = &service->masked[i];

        name(c, i ? ", " : "masked: ", masked->field);
        name(c, " (", masked->kind);
        name(c, ") of ", masked->endpoint);
    }
    if (service->masked_count)
        tell(c, &service->facts, PLX_YELLOW);
}

/* "folded 214 paths into GET /products/{name}, but for new, search" */
static void
tell_folds(struct composer *c, struct plx_report_service *service)
{
    for (size_t i = 0; i < service->fold_count; i++) {
        const struct plx_report_fold *fold = &service->folds[i];

        say(c, "folded %llu paths into ", (unsigned long long)fold->paths);
        plx_text_add(&c->text, fold->endpoint, NAME_COLUMNS);
        for (size_t k = 0; k < fold->stay_count; k++)
            name(c, k ? ", " : ", but for ", fold->stay[k]);
        if (fold->time.len) {
            plx_buffer_text(&c->text, ", on ");
            plx_report_add_time(&c->text, fold->time);
            plx_buffer_text(&c->text, " UTC");
        }
        tell(c, &service->facts, PLX_DIM);
    }
}

/* In a line for who does not list them with their reasons. */
static void
compose_never(struct composer *c, struct plx_report_service *service)
{
    size_t count = 0;

    for (size_t i = 0; i < service->endpoint_count; i++) {
        if (!service->endpoints[i].never_compared)
            continue;
        if (count < NEVER_NAMED_MAX)
            name(c, count ? ", " : "never compared: ", service->endpoints[i].name);
        count++;
    }
    if (count > NEVER_NAMED_MAX)
        say(c, " and %zu more", count - NEVER_NAMED_MAX);
    if (count > 0)
        service->never = keep(c);
}

static void
tell_headers(struct composer *c, struct plx_report_service *service)
{
    if (service->headers.len == 0 || plx_slice_equal(service->headers, plx_slice_of("compared")))
        return;
    say(c, plx_slice_equal(service->headers, plx_slice_of("in part")) ? "headers: not compared on some routes"
                                                                      : "headers: not compared");
    tell(c, &service->facts, PLX_YELLOW);
}

/* A clean verdict says it in its `why`; of little there is little to be said. */
static void
tell_within(struct composer *c, struct plx_report_service *service)
{
    if (service->verdict == PLX_REPORT_CLEAN || !(service->within > 0 && service->within < 0.5))
        return;
    say(c, "at most %.3g %% of the %s differ beyond noise", service->within * 100, service->words->exchanges);
    if (service->within_since.len > 0) {
        plx_buffer_text(&c->text, " since an incident that ended at ");
        plx_report_add_time(&c->text, service->within_since);
        plx_buffer_text(&c->text, " UTC");
    }
    say(c, ", %llu compared", (unsigned long long)service->compared);
    plx_buffer_text(&c->text, service->within_since.len > 0 ? " in all" : "");
    tell(c, &service->facts, PLX_PLAIN);
}

static void
compose_service(struct composer *c, struct plx_report_service *service)
{
    compose_outlook(c, service);
    compose_never(c, service);
    tell_whys(c, &service->reasons, &service->counts);
    if (plx_report_add_epoch(&c->text, &service->epoch))
        tell(c, &service->facts, PLX_DIM);
    if (service->shortened) {
        say(c, "this report was too long to be kept whole: examples and fields are left out, or endpoints and causes");
        tell(c, &service->facts, PLX_YELLOW);
    }
    tell_within(c, service);
    tell_under_way(c, service);
    tell_served(c, &service->facts, &service->counts);
    tell_limits(c, service);
    tell_ended(c, service);
    tell_sentences(c, service, service->says, service->say_count, PLX_PLAIN);
    tell_masked(c, service);
    tell_sentences(c, service, service->warnings, service->warning_count, PLX_YELLOW);
    tell_rechecks(c, service);
    tell_folds(c, service);
    tell_excused(c, &service->facts, &service->counts, service->words);
    tell_headers(c, service);
    for (size_t i = 0; i < service->rule_count; i++)
        compose_rule(c, &service->rules[i]);
    for (size_t i = 0; i < service->endpoint_count; i++)
        compose_endpoint(c, &service->endpoints[i], service);
}

bool
plx_report_compose(struct plx_report_service *service, struct plx_arena *arena)
{
    struct composer c = {.arena = arena};

    plx_buffer_init(&c.text, SENTENCE_BYTES);
    compose_service(&c, service);
    c.failed |= c.text.failed;
    plx_buffer_fini(&c.text);
    return !c.failed;
}
