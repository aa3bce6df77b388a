/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of what is counted, a row each. */
#include "evidence/count/subject.h"

#include "base/assert.h"

struct kind {
    const char *text, *plural, *exchanges;
    size_t max, endpoints_max;
    const char *const *incomparable, *const *uncopied, *const *results;
    unsigned incomparable_count, uncopied_count, result_count;
    unsigned no_fault; /* of those reasons: a bit for each that the role is not to blame for */
    unsigned answered; /* likewise: the role did answer */
};

#define BIT(reason)             (1u << (reason))
#define SECOND(name, text, ...) text,
#define REASON_TEXT(name, text) [name] = (text),

/* A client that went away, an answer beyond the capture and what only the primary has are no role's fault. */
static const char *const incomparable[] = {PLX_INCOMPARABLE_MAP(SECOND)};
static const char *const uncopied[] = {PLX_UNCOPIED_MAP(SECOND)};
/* Behind PLX_REASON_NONE. */
static const char *const run_reasons[] = {PLX_REASON_MAP(REASON_TEXT)};
static const char *const run_uncopied[] = {[PLX_RUN_SHED] = "shed"};
static const char *const call_incomparable[] = {PLX_SPIED_INCOMPARABLE_MAP(SECOND)};
static const char *const call_uncopied[] = {PLX_SPIED_UNCOPIED_MAP(SECOND)};
static const char *const call_results[] = {PLX_SPIED_RESULT_MAP(SECOND)};

_Static_assert(PLX_COUNT(incomparable) <= PLX_REASONS_MAX && PLX_COUNT(uncopied) <= PLX_REASONS_MAX &&
                   PLX_COUNT(run_reasons) <= PLX_REASONS_MAX,
               "PLX_REASONS_MAX");

static const struct kind kinds[PLX_SUBJECT_KINDS] = {
    [PLX_SUBJECT_SERVICE] = {.text = "service",
                             .plural = "services",
                             .exchanges = "exchanges",
                             .max = PLX_LEDGER_SERVICES_MAX,
                             .endpoints_max = PLX_ENDPOINTS_MAX,
                             .incomparable = incomparable,
                             .incomparable_count = PLX_COUNT(incomparable),
                             .uncopied = uncopied,
                             .uncopied_count = PLX_COUNT(uncopied),
                             .no_fault = BIT(PLX_INCOMPARABLE_CANCELED) | BIT(PLX_INCOMPARABLE_TRUNCATED) |
                                         BIT(PLX_INCOMPARABLE_STATE) | BIT(PLX_INCOMPARABLE_SHED) |
                                         BIT(PLX_INCOMPARABLE_EPOCH) | BIT(PLX_INCOMPARABLE_VALIDATORS) |
                                         BIT(PLX_INCOMPARABLE_CHARSET),
                             .answered = BIT(PLX_INCOMPARABLE_TRUNCATED) | BIT(PLX_INCOMPARABLE_STATE) |
                                         BIT(PLX_INCOMPARABLE_SHED) | BIT(PLX_INCOMPARABLE_VALIDATORS) |
                                         BIT(PLX_INCOMPARABLE_CHARSET)},
    [PLX_SUBJECT_EXPERIMENT] = {.text = "experiment",
                                .plural = "experiments",
                                .exchanges = "results",
                                .max = PLX_LEDGER_EXPERIMENTS_MAX,
                                .endpoints_max = PLX_CANDIDATES_MAX,
                                .incomparable = run_reasons + 1,
                                .incomparable_count = PLX_COUNT(run_reasons) - 1,
                                .uncopied = run_uncopied,
                                .uncopied_count = PLX_COUNT(run_uncopied),
                                .no_fault = ~(BIT(PLX_RUN_INCOMPARABLE(PLX_REASON_TIMEOUT)) |
                                              BIT(PLX_RUN_INCOMPARABLE(PLX_REASON_CRASH))),
                                .answered = BIT(PLX_RUN_INCOMPARABLE(PLX_REASON_TOO_LARGE))},
    [PLX_SUBJECT_SPY] = {.text = "spy",
                         .plural = "spies",
                         .exchanges = "calls",
                         .max = PLX_LEDGER_SPIES_MAX,
                         .endpoints_max = PLX_ENDPOINTS_MAX,
                         .incomparable = call_incomparable,
                         .incomparable_count = PLX_COUNT(call_incomparable),
                         .uncopied = call_uncopied,
                         .uncopied_count = PLX_COUNT(call_uncopied),
                         .results = call_results,
                         .result_count = PLX_COUNT(call_results)},
};

static const struct kind *
row_of(enum plx_subject_kind kind)
{
    PLX_ASSERT((unsigned)kind < PLX_SUBJECT_KINDS);
    return &kinds[kind];
}

struct plx_subject
plx_subject_service(const struct plx_service *service)
{
    return (struct plx_subject){PLX_SUBJECT_SERVICE, plx_slice_of(service->name), service};
}

struct plx_subject
plx_subject_named(enum plx_subject_kind kind, struct plx_slice name)
{
    return (struct plx_subject){kind, name, NULL};
}

bool
plx_subject_has_secondary(const struct plx_subject *subject)
{
    return subject->service && subject->service->roles[PLX_SECONDARY].url;
}

const char *
plx_subject_text(enum plx_subject_kind kind)
{
    return row_of(kind)->text;
}

const char *
plx_subject_plural(enum plx_subject_kind kind)
{
    return row_of(kind)->plural;
}

const char *
plx_subject_exchanges(enum plx_subject_kind kind)
{
    return row_of(kind)->exchanges;
}

bool
plx_subject_of(struct plx_slice text, enum plx_subject_kind *kind)
{
    for (unsigned i = 0; i < PLX_SUBJECT_KINDS; i++)
        if (plx_slice_equal(text, plx_slice_of(kinds[i].text))) {
            *kind = (enum plx_subject_kind)i;
            return true;
        }
    return false;
}

bool
plx_subject_of_plural(struct plx_slice text, enum plx_subject_kind *kind)
{
    for (unsigned i = 0; i < PLX_SUBJECT_KINDS; i++)
        if (plx_slice_equal(text, plx_slice_of(kinds[i].plural))) {
            *kind = (enum plx_subject_kind)i;
            return true;
        }
    return false;
}

size_t
plx_subject_max(enum plx_subject_kind kind)
{
    return row_of(kind)->max;
}

/* Each route can name two, and then there are those that neither role has. */
size_t
plx_subject_named_max(enum plx_subject_kind kind)
{
    return kind == PLX_SUBJECT_SERVICE ? 2 * PLX_ROUTES_MAX + 1 : 0;
}

size_t
plx_subject_endpoints_max(enum plx_subject_kind kind)
{
    return row_of(kind)->endpoints_max;
}

unsigned
plx_subject_incomparable_count(enum plx_subject_kind kind)
{
    return row_of(kind)->incomparable_count;
}

const char *
plx_subject_incomparable(enum plx_subject_kind kind, unsigned reason)
{
    PLX_ASSERT(reason < row_of(kind)->incomparable_count);
    return kinds[kind].incomparable[reason];
}

unsigned
plx_subject_uncopied_count(enum plx_subject_kind kind)
{
    return row_of(kind)->uncopied_count;
}

const char *
plx_subject_uncopied(enum plx_subject_kind kind, unsigned reason)
{
    PLX_ASSERT(reason < row_of(kind)->uncopied_count);
    return kinds[kind].uncopied[reason];
}

unsigned
plx_subject_result_count(enum plx_subject_kind kind)
{
    return row_of(kind)->result_count;
}

const char *
plx_subject_result(enum plx_subject_kind kind, unsigned result)
{
    PLX_ASSERT(result < row_of(kind)->result_count);
    return kinds[kind].results[result];
}

bool
plx_subject_blames(enum plx_subject_kind kind, unsigned incomparable_reason)
{
    return !(row_of(kind)->no_fault & BIT(incomparable_reason));
}

bool
plx_subject_answered(enum plx_subject_kind kind, unsigned incomparable_reason)
{
    return row_of(kind)->answered & BIT(incomparable_reason);
}
