/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the evidence of lib/stats is worth: the real code on streams with known truth, beside the rules of Diffy and
 * Kayenta on the same streams. Prints a Markdown table: goal, measured, Diffy, Kayenta. The hard thing is to count what
 * is said at any look, not at the end: everything is looked at after each fold, the rivals ten times a run.
 *
 * usage: verdict [--runs N] [--seed N]
 */
#include "evidence/count/evidence_state.h"
#include "evidence/findings/field_finding.h"
#include "forms/classes.h"
#include "rivals.h"
#include "stats/bets.h"
#include "stats/bound.h"
#include "stats/coin.h"
#include "stats/incident.h"
#include "stats/latency.h"
#include "stats/levels.h"
#include "stats/onset.h"
#include "worlds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.99
#define FOLD       20 /* exchanges: 100 a second */
#define LONG       100000
#define NEVER      INT64_MAX
#define NAMES      100    /* fields of this many names */
#define EPOCH_MS   1.7e12 /* when a stream begins */
#define BEGIN_MS   UINT64_C(1000000)

static long runs_asked = 1000;
static uint64_t first_seed = 20261126;

/* ---- one run ---- */

struct subject {
    struct plx_wealth wealth;
    struct plx_lasting lasting;
    uint64_t both, candidate, secondary; /* of the fold under way */
    uint64_t raw, noise;                 /* of all: what Diffy counts */
};

struct rival {
    bool ever, at_end;
};

struct run {
    struct subject service, names[NAMES], fields[WORLD_FIELDS_MAX];
    uint64_t name_orders, field_orders, service_orders;
    struct plx_onset onset;
    struct plx_bound bound;
    struct plx_incidents incidents;
    int64_t proved, told, onset_seen; /* exchanges; NEVER */
    bool bound_wrong;
    double bound_at_end;
    struct rival diffy, kayenta;
    double candidate_rates[KAYENTA_INTERVALS], secondary_rates[KAYENTA_INTERVALS];
    int touched[EVENTS_MAX], touched_count;
};

static void
count(struct subject *subject, bool candidate, bool secondary)
{
    subject->both += candidate && secondary;
    subject->candidate += candidate && !secondary;
    subject->secondary += secondary && !candidate;
    subject->raw += candidate;
    subject->noise += secondary;
}

static struct plx_fold
take_fold(struct subject *subject, uint64_t time_ms, uint64_t compared, uint64_t exchanges)
{
    struct plx_fold fold = {time_ms, compared, exchanges, subject->both, subject->candidate, subject->secondary};

    subject->both = subject->candidate = subject->secondary = 0;
    return fold;
}

/* True if it was found by this fold. */
static bool
judge(struct subject *subject, enum plx_level level, uint64_t *orders, const struct plx_fold *fold,
      struct plx_onset *onset, bool *onset_seen)
{
    struct plx_block block;

    if (fold->both + fold->candidate_alone + fold->secondary_alone > 0)
        plx_lasting_begin(&subject->lasting, orders);
    if (!plx_bets_feed(&subject->wealth, &plx_blocks_of_differences, fold, &block))
        return false;
    if (onset)
        *onset_seen = plx_onset_feed(onset, &block, fold->time_ms);
    return plx_lasting_look(&subject->lasting, level, plx_bets_evidence(&subject->wealth), CONFIDENCE, fold->time_ms);
}

static void
take_exchange(struct run *run, struct world_state *world)
{
    static struct event events[EVENTS_MAX];
    size_t found = world_next(world, events);
    bool candidate = false, secondary = false;

    for (size_t i = 0; i < found; i++) {
        struct subject *field = &run->fields[events[i].field];

        if (field->both + field->candidate + field->secondary == 0)
            run->touched[run->touched_count++] = events[i].field;
        count(field, events[i].candidate, events[i].secondary);
        count(&run->names[events[i].field % NAMES], events[i].candidate, events[i].secondary);
        candidate |= events[i].candidate;
        secondary |= events[i].secondary;
    }
    count(&run->service, candidate, secondary);
}

static void
close_fold(struct run *run, uint64_t compared, uint64_t exchanges, bool levels, uint64_t quiet)
{
    uint64_t time_ms = BEGIN_MS + compared * 10;
    struct plx_fold fold = take_fold(&run->service, time_ms, compared, exchanges);
    bool seen = false;
    bool found = judge(&run->service, PLX_LEVEL_SERVICE, &run->service_orders, &fold, &run->onset, &seen);

    if (seen && run->onset_seen == NEVER)
        run->onset_seen = (int64_t)compared;
    enum plx_incident_news news = plx_incidents_feed(&run->incidents, &fold, quiet);
    if (news == PLX_INCIDENT_TOLD && run->told == NEVER)
        run->told = (int64_t)compared;
    if (news == PLX_INCIDENT_OVER) {
        const struct plx_fold followed = plx_incidents_followed(&run->incidents, compared - exchanges);
        plx_bound_begin_anew(&run->bound, run->incidents.last.ended_ms, &followed);
    }
    plx_bound_feed(&run->bound, &fold);
    for (int i = 0; i < run->touched_count; i++) {
        struct subject *name = &run->names[run->touched[i] % NAMES], *field = &run->fields[run->touched[i]];

        fold = take_fold(field, time_ms, compared, exchanges);
        if (levels)
            found |= judge(field, PLX_LEVEL_FIELD, &run->field_orders, &fold, NULL, NULL);
        fold = take_fold(name, time_ms, compared, exchanges); /* empty where another field of the name was before */
        if (levels)
            found |= judge(name, PLX_LEVEL_NAME, &run->name_orders, &fold, NULL, NULL);
    }
    run->touched_count = 0;
    if (found && run->proved == NEVER)
        run->proved = (int64_t)compared;
}

/* ---- the rivals ---- */

static bool
diffy_flags_any(const struct run *run, const struct world *world, uint64_t compared)
{
    /* A field is an endpoint of its own where the fault is spread; else all fields are of one endpoint. */
    uint64_t requests = world->fault > 0 ? compared / (uint64_t)world->fields : compared;

    for (int f = 0; f < world->fields; f++)
        if (requests && diffy_flags(requests, run->fields[f].raw, run->fields[f].noise))
            return true;
    return false;
}

static void
look_at_rivals(struct run *run, const struct world *world, uint64_t compared, size_t intervals)
{
    run->diffy.at_end = diffy_flags_any(run, world, compared);
    run->kayenta.at_end = kayenta_is_high(run->candidate_rates, run->secondary_rates, intervals);
    run->diffy.ever |= run->diffy.at_end;
    run->kayenta.ever |= run->kayenta.at_end;
}

static void
note_interval(struct run *run, size_t interval)
{
    static uint64_t raw, noise;

    if (interval == 0)
        raw = noise = 0;
    run->candidate_rates[interval] = (double)(run->service.raw - raw);
    run->secondary_rates[interval] = (double)(run->service.noise - noise);
    raw = run->service.raw;
    noise = run->service.noise;
}

/* ---- runs ---- */

struct plan {
    const struct world *world;
    long length;
    double excess; /* the true one, for U */
    bool levels, bounds, rivals;
    long stop_at_proof; /* ends the run when all was seen that is measured */
};

static void
run_once(struct run *run, const struct plan *plan, uint64_t seed)
{
    static struct world_state world;
    uint64_t quiet = plx_bound_quiet_needed(0.005, CONFIDENCE);
    long interval = plan->length / KAYENTA_INTERVALS;

    memset(run, 0, sizeof(*run));
    run->proved = run->told = run->onset_seen = NEVER;
    world_begin(&world, plan->world, seed, plan->length);
    for (long i = 1; i <= plan->length; i++) {
        take_exchange(run, &world);
        if (i % FOLD == 0) {
            close_fold(run, (uint64_t)i, FOLD, plan->levels, quiet);
            if (plan->bounds && (i % 1000 == 0 || (i < 2000 && i % 100 == 0)))
                run->bound_wrong |= plx_bound_look(&run->bound, CONFIDENCE) < plan->excess;
        }
        if (plan->rivals && i % interval == 0) {
            size_t at = (size_t)(i / interval);

            note_interval(run, at - 1);
            if (at % 5 == 0)
                look_at_rivals(run, plan->world, (uint64_t)i, at);
        }
        if (plan->stop_at_proof && run->proved != NEVER && run->onset_seen != NEVER)
            break;
    }
    run->bound_at_end = plan->bounds ? plx_bound_look(&run->bound, CONFIDENCE) : 1;
}

struct tally {
    long runs, proved, bound_wrong, diffy_ever, diffy_end, kayenta_ever, kayenta_end;
    double proved_at[10000], told_at[10000], onset_at[10000], bounds[10000];
};

static int
ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double
quantile(double *values, long count, double share)
{
    qsort(values, (size_t)count, sizeof(*values), ascending);
    return values[(long)((double)(count - 1) * share)];
}

static double
after(int64_t at, long from)
{
    return at == NEVER ? INFINITY : (double)(at - from);
}

static const struct tally *
run_all(const struct plan *plan, long runs)
{
    static struct tally tally;
    static struct run run;

    memset(&tally, 0, sizeof(tally));
    tally.runs = runs < 10 ? 10 : runs > 10000 ? 10000 : runs;
    for (long r = 0; r < tally.runs; r++) {
        run_once(&run, plan, first_seed + (uint64_t)r);
        tally.proved += run.proved != NEVER;
        tally.bound_wrong += run.bound_wrong;
        tally.diffy_ever += run.diffy.ever;
        tally.diffy_end += run.diffy.at_end;
        tally.kayenta_ever += run.kayenta.ever;
        tally.kayenta_end += run.kayenta.at_end;
        tally.proved_at[r] = after(run.proved, plan->world->fault_from);
        tally.told_at[r] = after(run.told, plan->world->fault_from);
        tally.onset_at[r] = after(run.onset_seen, plan->world->fault_from);
        tally.bounds[r] = run.bound_at_end;
    }
    return &tally;
}

static double
percent(long part, long whole)
{
    return 100.0 * (double)part / (double)whole;
}

/* ---- rows of the table ---- */

static void
head(const char *title)
{
    fprintf(stderr, "  %s\n", title);
    printf("| **%s** | | | |\n", title);
}

static void
false_regressions(void)
{
    static const struct world worlds[] = {
        {.name = "independent noise 0.1 %", .fields = 1, .noise = 0.001},
        {.name = "independent noise 1 %", .fields = 1, .noise = 0.01},
        {.name = "independent noise 10 %", .fields = 1, .noise = 0.1},
        {.name = "independent noise 50 %", .fields = 1, .noise = 0.5},
        {.name = "noise 100 %", .fields = 1, .noise = 1},
        {.name = "drift: noise between 1 and 19 %", .fields = 1, .noise = 0.1, .drift = 0.9},
        {.name = "shared bursts of 30, 1 % of the time, noise 1 %",
         .fields = 1,
         .noise = 0.01,
         .shared = 0.01 / 30,
         .burst = 30},
        {.name = "private bursts of 3, 1 % of the time", .fields = 1, .private = 0.01 / 3, .burst = 3},
        {.name = "private bursts of 10, 1 %", .fields = 1, .private = 0.01 / 10, .burst = 10},
        {.name = "private bursts of 30, 0.1 %", .fields = 1, .private = 0.001 / 30, .burst = 30},
        {.name = "private bursts of 30, 1 %", .fields = 1, .private = 0.01 / 30, .burst = 30},
        {.name = "private bursts of 30, 10 %", .fields = 1, .private = 0.1 / 30, .burst = 30},
        {.name = "private bursts of 100, 1 % (no goal)", .fields = 1, .private = 0.01 / 100, .burst = 100},
        {.name = "10 fields of 0.5 %, appearing at any time", .fields = 10, .noise = 0.005, .appearing = true},
        {.name = "100 fields of 0.1 %, appearing", .fields = 100, .noise = 0.001, .appearing = true},
        {.name = "1000 fields of 0.01 %, appearing", .fields = 1000, .noise = 0.0001, .appearing = true},
    };

    head("False `regression` at any look in 100,000 exchanges: at most 1 %, private bursts up to 30 at most 2 %");
    for (size_t i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++) {
        struct plan plan = {.world = &worlds[i], .length = LONG, .levels = true, .rivals = true};
        const struct tally *t = run_all(&plan, runs_asked);

        printf("| %s | %.2f %% | %.1f %% | %.1f %% |\n", worlds[i].name, percent(t->proved, t->runs),
               percent(t->diffy_ever, t->runs), percent(t->kayenta_ever, t->runs));
        fflush(stdout);
    }
}

static void
wrong_clean(void)
{
    static const struct {
        struct world world;
        double excess;
    } cases[] = {
        {{.name = "0.5 % fault, no noise", .fields = 1, .fault = 0.005}, 0.005},
        {{.name = "1 % fault, no noise", .fields = 1, .fault = 0.01}, 0.01},
        {{.name = "0.5 % fault over 1 % noise", .fields = 1, .noise = 0.01, .fault = 0.005}, 0.005 * 0.99},
        {{.name = "0.5 % fault over 10 % noise", .fields = 1, .noise = 0.1, .fault = 0.005}, 0.005 * 0.9},
        {{.name = "5 % fault over 10 % noise", .fields = 1, .noise = 0.1, .fault = 0.05}, 0.05 * 0.9},
        {{.name = "0.5 % fault over private bursts of 30, 1 %",
          .fields = 1,
          .private = 0.01 / 30,
          .burst = 30,
          .fault = 0.005},
         0.005 * 0.99},
        {{.name = "0.5 % fault over private bursts of 30, 10 %",
          .fields = 1,
          .private = 0.1 / 30,
          .burst = 30,
          .fault = 0.005},
         0.005 * 0.9},
    };

    head("Wrong `clean`: a bound below the true excess at any look in 100,000: at most 1 % (rivals: nothing flagged at "
         "the end)");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan plan = {
            .world = &cases[i].world, .length = LONG, .excess = cases[i].excess, .bounds = true, .rivals = true};
        const struct tally *t = run_all(&plan, runs_asked / 2);

        printf("| %s | %.2f %% | %.1f %% | %.1f %% |\n", cases[i].world.name, percent(t->bound_wrong, t->runs),
               100 - percent(t->diffy_end, t->runs), 100 - percent(t->kayenta_end, t->runs));
        fflush(stdout);
    }
}

static void
bounds(void)
{
    static const struct world worlds[] = {{.name = "quiet", .fields = 1, .noise = 0},
                                          {.name = "1 % noise", .fields = 1, .noise = 0.01},
                                          {.name = "10 % noise", .fields = 1, .noise = 0.1},
                                          {.name = "100 fields of 0.01 % noise", .fields = 100, .noise = 0.0001}};

    head("`clean` to within: median bound after 100 / 1,000 / 10,000 / 100,000 exchanges");
    for (size_t i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++) {
        double medians[4];

        for (int k = 0; k < 4; k++) {
            struct plan plan = {.world = &worlds[i], .length = (long)(100 * pow(10, k)), .bounds = true};
            long runs = runs_asked / (k == 3 ? 50 : 5);
            const struct tally *t = run_all(&plan, runs);

            medians[k] = 100 * quantile((double *)t->bounds, t->runs, 0.5);
        }
        printf("| %s | %.2g / %.2g / %.2g / %.2g %% | says nothing | says nothing |\n", worlds[i].name, medians[0],
               medians[1], medians[2], medians[3]);
        fflush(stdout);
    }
}

static void
spread_fault(void)
{
    static const int fields[] = {1, 10, 50, 200, 1000};

    head("A fault in 0.5 % of the exchanges, spread over endpoints, found within 10,000: at least 95 %");
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct world world = {.fields = fields[i], .fault = 0.005};
        struct plan plan = {.world = &world, .length = 10000, .levels = true, .rivals = true};
        const struct tally *t = run_all(&plan, runs_asked / 2);

        printf("| %d endpoint%s | %.1f %%, median after %.0f | %.1f %% | %.1f %% |\n", fields[i],
               fields[i] > 1 ? "s" : "", percent(t->proved, t->runs), quantile((double *)t->proved_at, t->runs, 0.5),
               percent(t->diffy_end, t->runs), percent(t->kayenta_end, t->runs));
        fflush(stdout);
    }
}

static void
total_failure(void)
{
    struct world world = {.fields = 1, .fault = 1};
    struct plan plan = {.world = &world, .length = 5000, .levels = true, .rivals = true};
    const struct tally *t;

    head("A total failure: told within 20 exchanges, proved within 10 s at 100 requests/s");
    t = run_all(&plan, 20);
    printf("| from the first exchange | told after %.0f, proved after %.0f (%.1f s) | %.0f %% | %.0f %% |\n",
           quantile((double *)t->told_at, t->runs, 0.95), quantile((double *)t->proved_at, t->runs, 0.95),
           quantile((double *)t->proved_at, t->runs, 0.95) / 100, percent(t->diffy_end, t->runs),
           percent(t->kayenta_end, t->runs));
    world = (struct world){.fields = 1, .noise = 0.01, .fault = 1, .fault_from = 20000};
    plan.length = 25000;
    t = run_all(&plan, runs_asked / 5);
    printf("| after 20,000 good ones with 1 %% noise | told after %.0f, seen as a change after %.0f (95 %% of runs) | "
           "%.0f %% | %.0f %% |\n",
           quantile((double *)t->told_at, t->runs, 0.95), quantile((double *)t->onset_at, t->runs, 0.95),
           percent(t->diffy_end, t->runs), percent(t->kayenta_end, t->runs));
    fflush(stdout);
}

static void
long_history(void)
{
    struct world world = {.fields = 1, .noise = 0.1, .fault = 0.05, .fault_from = 1000000};
    struct plan plan = {.world = &world, .length = 1020000, .rivals = true};
    const struct tally *t = run_all(&plan, runs_asked / 20);

    head("5 % fault over 10 % noise after 1,000,000 good exchanges: alarm within 5,000");
    printf(
        "| change seen after, median / 95 %% of runs | %.0f / %.0f | %.0f %% after 20,000 | %.0f %% after 20,000 |\n",
        quantile((double *)t->onset_at, t->runs, 0.5), quantile((double *)t->onset_at, t->runs, 0.95),
        percent(t->diffy_end, t->runs), percent(t->kayenta_end, t->runs));
    fflush(stdout);
}

/* ---- values ---- */

typedef void values_of(struct chance *chance, double time_ms, char p[64], char c[64], char s[64]);

static void
random_id(struct chance *chance, char text[64])
{
    snprintf(text, 64, "\"%08x-%04x-%04x-%04x-%012llx\"", (unsigned)(chance_take(chance) * 0x1p32),
             (unsigned)(chance_take(chance) * 0x1p16), (unsigned)(chance_take(chance) * 0x1p16),
             (unsigned)(chance_take(chance) * 0x1p16), (unsigned long long)(chance_take(chance) * 0x1p48));
}

static void
write_time(double time_ms, char text[64])
{
    snprintf(text, 64, "%.0f", floor((EPOCH_MS + time_ms) / 1000));
}

static void
write_flag(bool flag, char text[64])
{
    snprintf(text, 64, "%s", flag ? "true" : "false");
}

static void
constant_flag(struct chance *chance, double time_ms, char p[64], char c[64], char s[64])
{
    (void)time_ms;
    write_flag(chance_take(chance) < 0.5, p);
    write_flag(false, c);
    write_flag(chance_take(chance) < 0.5, s);
}

static void
random_flag(struct chance *chance, double time_ms, char p[64], char c[64], char s[64])
{
    constant_flag(chance, time_ms, p, c, s);
    write_flag(chance_take(chance) < 0.5, c);
}

static void
hour_off(struct chance *chance, double time_ms, char p[64], char c[64], char s[64])
{
    snprintf(p, 64, "%.0f", EPOCH_MS + time_ms);
    snprintf(s, 64, "%.0f", EPOCH_MS + time_ms + 5 + 20 * chance_take(chance));
    snprintf(c, 64, "%.0f", EPOCH_MS + time_ms + 5 + 20 * chance_take(chance) + 3600000);
}

static void
constant_id(struct chance *chance, double time_ms, char p[64], char c[64], char s[64])
{
    (void)time_ms;
    random_id(chance, p);
    random_id(chance, s);
    snprintf(c, 64, "\"00000000-0000-0000-0000-000000000000\"");
}

static void
random_ids(struct chance *chance, double time_ms, char p[64], char c[64], char s[64])
{
    constant_id(chance, time_ms, p, c, s);
    random_id(chance, c);
}

/* More classes than a hand-over tells apart. */
static void
random_numbers(struct chance *chance, double time_ms, char p[64], char c[64], char s[64])
{
    (void)time_ms;
    snprintf(p, 64, "%.0f", 1e9 * chance_take(chance));
    snprintf(s, 64, "%.0f", 1e9 * chance_take(chance));
    snprintf(c, 64, "%.0f", 1e9 * chance_take(chance));
}

static void
second_clock(struct chance *chance, double time_ms, char p[64], char c[64], char s[64])
{
    double base = time_ms + 1000 * chance_take(chance);

    write_time(base, p);
    write_time(base + 3 * chance_take(chance), s);
    write_time(base + 50 + 3 * chance_take(chance), c);
}

struct value_run {
    struct plx_coin coin;
    struct plx_wealth wealth;
    struct plx_incidents incidents;
    struct plx_field_values values;
    uint64_t last_candidate, last_secondary;
    uint64_t raw, noise;
};

/* Clocks that say the same within the difference of the latencies are no difference. */
static bool
differs(const char *p, const char *v, double latency_ms, double now_ms)
{
    return strcmp(p, v) != 0 && !plx_class_is_same_time(plx_slice_of(p), plx_slice_of(v), latency_ms, now_ms);
}

static void
take_values(struct value_run *run, const char *p, const char *c, const char *s, double latency_ms, double now_ms,
            struct plx_fold *fold)
{
    bool candidate = differs(p, c, latency_ms, now_ms), secondary = differs(p, s, latency_ms, now_ms);
    uint32_t mine = plx_class_of(plx_slice_of(p), plx_slice_of(c), latency_ms, &run->last_candidate);
    uint32_t other = plx_class_of(plx_slice_of(p), plx_slice_of(s), latency_ms, &run->last_secondary);

    run->raw += strcmp(p, c) != 0;
    run->noise += strcmp(p, s) != 0;
    fold->both += candidate && secondary;
    fold->candidate_alone += candidate && !secondary;
    fold->secondary_alone += secondary && !candidate;
    if (candidate || secondary)
        plx_field_values_note(&run->values, candidate ? mine : 0, secondary ? other : 0);
}

static void
close_value_fold(struct value_run *run, struct plx_fold *fold)
{
    const struct plx_field_values *values = &run->values;
    struct plx_block block;

    plx_coin_feed(&run->coin, &(struct plx_coin_fold){fold->exchanges, values->pairs, values->pair_count, values->odd,
                                                      values->odd_count});
    plx_bets_feed(&run->wealth, &plx_blocks_of_differences, fold, &block);
    plx_incidents_feed(&run->incidents, fold, plx_bound_quiet_needed(0.005, CONFIDENCE));
    memset(&run->values, 0, sizeof(run->values));
    fold->both = fold->candidate_alone = fold->secondary_alone = 0;
}

/* The exchanges until a regression is found in a field's values or counts, at the rate of `per_fold`; NEVER. */
static int64_t
run_values(values_of *values, long length, long per_fold, double latency_ms, uint64_t seed, bool *diffy)
{
    struct value_run run = {0};
    struct chance chance = {seed};
    struct plx_fold fold = {.exchanges = (uint64_t)per_fold};
    int64_t found = NEVER;

    for (long i = 1; i <= length; i++) {
        char p[64], c[64], s[64];

        values(&chance, 200.0 * (double)i / (double)per_fold, p, c, s);
        take_values(&run, p, c, s, latency_ms, EPOCH_MS + 200.0 * (double)i / (double)per_fold, &fold);
        if (i % per_fold != 0)
            continue;
        fold.compared = (uint64_t)i;
        fold.time_ms = BEGIN_MS + (uint64_t)(200 * (i / per_fold));
        close_value_fold(&run, &fold);
        if (found == NEVER && (plx_coin_evidence(&run.coin) >= plx_level_needed(PLX_LEVEL_VALUES, 1, CONFIDENCE) ||
                               plx_incident_is_all(&run.incidents, (uint64_t)i) ||
                               plx_bets_evidence(&run.wealth) >= plx_level_needed(PLX_LEVEL_FIELD, 1, CONFIDENCE)))
            found = i;
    }
    *diffy = diffy_flags((uint64_t)length, run.raw, run.noise);
    return found;
}

static void
value_row(const char *name, values_of *values, long length, long per_fold, double latency_ms, bool is_fault, long runs)
{
    static double at[10000];
    long found = 0, flagged = 0;

    runs = runs < 10 ? 10 : runs > 10000 ? 10000 : runs;
    for (long r = 0; r < runs; r++) {
        bool diffy;
        int64_t when = run_values(values, length, per_fold, latency_ms, first_seed + (uint64_t)r * 7919, &diffy);

        found += when != NEVER;
        flagged += diffy;
        at[r] = after(when, 0);
    }
    if (is_fault)
        printf("| %s | %.1f %%, after %.0f / %.0f (median / 95 %%) | %.1f %% | does not compare |\n", name,
               percent(found, runs), quantile(at, runs, 0.5), quantile(at, runs, 0.95), percent(flagged, runs));
    else
        printf("| %s | %.2f %% | %.1f %% | does not compare |\n", name, percent(found, runs), percent(flagged, runs));
    fflush(stdout);
}

static void
values(void)
{
    head("Noisy and wrong: `regression` within 100 exchanges");
    value_row("random flag that is constant, 100/s", constant_flag, 400, FOLD, 10, true, runs_asked);
    value_row("random flag that is constant, 10/s", constant_flag, 400, 2, 10, true, runs_asked);
    value_row("clock an hour off, 100/s", hour_off, 400, FOLD, 10, true, runs_asked);
    value_row("clock an hour off, 5/s", hour_off, 400, 1, 10, true, runs_asked);
    value_row("id that is constant, 100/s", constant_id, 400, FOLD, 10, true, runs_asked);
    value_row("id that is constant, 5/s", constant_id, 400, 1, 10, true, runs_asked);
    head("Noisy and right: no `regression` in 20,000 exchanges, at most 1 %");
    value_row("random flag", random_flag, 20000, FOLD, 10, false, runs_asked);
    value_row("random ids", random_ids, 20000, FOLD, 10, false, runs_asked / 10);
    value_row("random numbers, 1,000/s", random_numbers, 20000, 10 * FOLD, 10, false, runs_asked / 10);
    value_row("candidate 50 ms slower, times in whole seconds", second_clock, 20000, FOLD, 50, false, runs_asked / 2);
}

/* ---- latency ---- */

#define OWN_SPREAD 0.3 /* with the request's part of 0.2 together 0.36: p99 is 2.3 times p50 */

struct pace {
    const char *name;
    double factor, spread; /* of all; the standard deviation of the logarithm of the candidate's own part */
    double slow_factor;    /* a share of 2 % is 3 times as slow in both; in the candidate this much more */
    long length, goal;
};

static void
draw_latencies(struct chance *chance, const struct pace *pace, double *candidate, double *secondary)
{
    double request = 0.2 * chance_normal(chance);

    *candidate = 20e6 * exp(request + pace->spread * chance_normal(chance)) * pace->factor;
    *secondary = 20e6 * exp(request + OWN_SPREAD * chance_normal(chance));
    if (pace->slow_factor > 0 && chance_take(chance) < 0.02)
        *candidate *= 3 * pace->slow_factor;
    if (pace->slow_factor > 0 && chance_take(chance) < 0.02)
        *secondary *= 3;
}

/* The exact 99th percentile of what was seen so far, as of the last thousand. */
static double
tail_of(double *seen, long count)
{
    static double sorted[4000];
    long n = count < 4000 ? count : 4000;

    memcpy(sorted, seen + count - n, (size_t)n * sizeof(*sorted));
    return quantile(sorted, n, 0.99);
}

static int64_t
run_latency(const struct pace *pace, uint64_t seed, struct run *rivals)
{
    static double seen[LONG];
    struct plx_latency latency = {0};
    struct plx_latency_fold fold = {0};
    struct chance chance = {seed};
    double tail = 0;
    int64_t found = NEVER;

    memset(rivals, 0, sizeof(*rivals));
    for (long i = 1; i <= pace->length; i++) {
        double candidate, secondary;

        draw_latencies(&chance, pace, &candidate, &secondary);
        rivals->candidate_rates[(i - 1) * KAYENTA_INTERVALS / pace->length] += candidate;
        rivals->secondary_rates[(i - 1) * KAYENTA_INTERVALS / pace->length] += secondary;
        seen[i - 1] = secondary;
        plx_latency_count(&fold, (uint64_t)candidate, (uint64_t)secondary, 0.1, (uint64_t)tail);
        if (i % FOLD != 0)
            continue;
        fold.compared = (uint64_t)i;
        fold.time_ms = BEGIN_MS + (uint64_t)i * 10;
        plx_latency_feed(&latency, &fold);
        fold = (struct plx_latency_fold){0};
        if (i % 100 == 0 && (i <= 1000 || i % 1000 == 0))
            tail = tail_of(seen, i);
        if (found == NEVER && (plx_latency_is_slower(&latency, PLX_LATENCY_MEDIAN, CONFIDENCE) ||
                               plx_latency_is_slower(&latency, PLX_LATENCY_TAIL, CONFIDENCE)))
            found = i;
    }
    rivals->kayenta.at_end = kayenta_is_high(rivals->candidate_rates, rivals->secondary_rates, KAYENTA_INTERVALS);
    return found;
}

static void
latencies(void)
{
    static const struct pace paces[] = {{"all 20 % slower (goal 5,000)", 1.2, OWN_SPREAD, 0, 10000, 5000},
                                        {"all twice as slow", 2, OWN_SPREAD, 0, 10000, 5000},
                                        {"p99 twice, p50 the same (goal 1,000)", 1, 0.63, 0, 10000, 1000},
                                        {"only the slowest 2 % twice as slow (no goal)", 1, OWN_SPREAD, 2, 10000, 1000},
                                        {"all as fast", 1, OWN_SPREAD, 0, 20000, 0},
                                        {"all as fast, 2 % slow in both", 1, OWN_SPREAD, 1, 20000, 0},
                                        {"all 5 % slower, which is allowed", 1.05, OWN_SPREAD, 0, 20000, 0}};
    static struct run rivals;
    static double at[10000];

    head("Slower: p50 by 20 % said within 5,000, p99 twice within 1,000; allowed 10 %");
    for (size_t i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
        long runs = runs_asked / 2 < 10 ? 10 : runs_asked / 2 > 10000 ? 10000 : runs_asked / 2, found = 0, high = 0;

        for (long r = 0; r < runs; r++) {
            int64_t when = run_latency(&paces[i], first_seed + (uint64_t)r * 104729, &rivals);

            found += when != NEVER;
            high += rivals.kayenta.at_end;
            at[r] = after(when, 0);
        }
        if (paces[i].goal)
            printf("| %s | %.1f %%, after %.0f / %.0f (median / 95 %%) | not compared | %.1f %% |\n", paces[i].name,
                   percent(found, runs), quantile(at, runs, 0.5), quantile(at, runs, 0.95), percent(high, runs));
        else
            printf("| %s | %.2f %% | not compared | %.1f %% |\n", paces[i].name, percent(found, runs),
                   percent(high, runs));
        fflush(stdout);
    }
}

int
main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--runs") == 0)
            runs_asked = strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            first_seed = strtoull(argv[i + 1], NULL, 10);
    }
    printf("| goal | measured | Diffy | Kayenta |\n|---|---|---|---|\n");
    false_regressions();
    wrong_clean();
    bounds();
    spread_fault();
    total_failure();
    values();
    latencies();
    long_history();
    printf("\nSeed %llu, %ld runs (fewer where one takes long); confidence 99 %%, 100 requests/s, hand-over each 200 "
           "ms.\n",
           (unsigned long long)first_seed, runs_asked);
    return 0;
}
