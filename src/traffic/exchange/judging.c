/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing answers. Runs when the client and all calls are done, so nothing in the exchange changes while another
 * thread compares.
 */
#include "traffic/exchange/judging.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/slice.h"
#include "body/body.h"
#include "compare/rules.h"

bool
plx_exchange_has_answer(const struct plx_call *call)
{
    return call->outcome.asked && call->status != 0;
}

bool
plx_exchange_is_unfinished(const struct plx_call *call)
{
    return call->outcome.failed || call->capture.broken;
}

/* What a role calls itself in a Location: the host that it is sent, under the path of its URL. */
static struct plx_slice
origin_of(const struct plx_upstream *upstream, struct plx_arena *arena)
{
    struct plx_slice parts[] = {plx_slice_of("http://"), plx_upstream_authority(upstream),
                                plx_upstream_prefix(upstream)};
    char *text, *at;

    if (!upstream->sent_host)
        return plx_slice_of(upstream->url ? upstream->url : "");
    text = at = plx_arena_alloc(arena, parts[0].len + parts[1].len + parts[2].len);
    for (size_t i = 0; text && i < PLX_COUNT(parts); i++)
        (void)plx_slice_put(&at, parts[i]);
    return text ? plx_slice_make(text, (size_t)(at - text)) : plx_slice_of("");
}

static void
describe(const struct plx_call *call, const struct plx_upstream *upstream, struct plx_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->status = call->status;
    answer->origin = origin_of(upstream, call->terms->arena);
    answer->headers = call->headers;
    answer->header_count = call->header_count;
    answer->trailers = call->trailers;
    answer->trailer_count = call->trailer_count;
    answer->unfinished = plx_exchange_is_unfinished(call);
    plx_capture_describe(&call->capture, answer);
    if (answer->unfinished)
        answer->body_length++; /* more than was read */
}

/* Of a copy that was cut nobody knows the trailer, so that nobody's says anything. */
static void
describe_all(struct plx_exchange *exchange)
{
    bool cut = false;

    for (int role = 0; role < PLX_ROLES; role++) {
        describe(&exchange->calls[role], &exchange->service->roles[role], &exchange->answers[role]);
        cut |= exchange->calls[role].cut;
    }
    for (int role = 0; role < PLX_ROLES && cut; role++)
        exchange->answers[role].trailer_count = 0;
}

const struct plx_rules *
plx_exchange_rules(const struct plx_exchange *exchange)
{
    return exchange->route ? exchange->route->rules : exchange->service->rules;
}

/* Between the moments at which two roles looked at a clock lies no more than the longest of their answers took, as far
 * as they were asked at the same time. One figure for all: with one for each, a slower role would have fewer times that
 * differ, which is told apart as if its times were others. */
static double
late_ms(const struct plx_exchange *exchange)
{
    uint64_t longest = 0;

    for (int role = 0; role < PLX_ROLES; role++)
        if (plx_exchange_has_answer(&exchange->calls[role]) && exchange->calls[role].outcome.duration_ns > longest)
            longest = exchange->calls[role].outcome.duration_ns;
    return (double)longest / 1e6;
}

/* Beyond this an inline comparison goes on, anew, on another thread: some milliseconds of the loop, at the most. */
#define INLINE_WORK   ((uint64_t)1 << 20)
#define INLINE_MEMORY ((uint64_t)1 << 20)

/* A coded body may be so many times as long as what is kept of answers, without its codings; and no text of 64 MiB is
 * read. */
#define DECODED_TIMES 16u
#define DECODED_MAX   ((uint64_t)64 << 20)

static uint64_t
least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static struct plx_compare_limits
limits_of(const struct plx_exchange *exchange, uint64_t memory, uint64_t work, const bool *cancel)
{
    uint64_t capture = exchange->service->limits.capture_bytes;

    return (struct plx_compare_limits){
        .decoded_bytes_max = (uint32_t)least(DECODED_TIMES * capture, DECODED_MAX),
        .memory_max = memory,
        .values_max = PLX_COMPARISON_VALUES_TIMES * capture,
        .work_max = work,
        .cancel = cancel,
        .now_s = (int64_t)(exchange->time_ms / 1000),
        .late_ms = late_ms(exchange),
    };
}

/* Of what its bodies may come to without their codings. */
static uint64_t
memory_for(const struct plx_exchange *exchange)
{
    const struct plx_compare_limits limits = limits_of(exchange, 0, 0, NULL);
    uint64_t bytes = 0;

    for (int role = 0; role < PLX_ROLES; role++) {
        uint64_t len = exchange->answers[role].body.len;
        bytes += exchange->calls[role].coded
                     ? least(len * PLX_EXPANSION_MAX + PLX_EXPANSION_SLACK_BYTES, limits.decoded_bytes_max)
                     : len;
    }
    return plx_comparison_memory(exchange->service->limits.capture_bytes, bytes);
}

static void
compare(struct plx_exchange *exchange, const struct plx_compare_limits *limits, struct plx_arena *arena)
{
    const struct plx_answer *secondary =
        plx_exchange_has_answer(&exchange->calls[PLX_SECONDARY]) ? &exchange->answers[PLX_SECONDARY] : NULL;

    exchange->judged = plx_judge(plx_exchange_rules(exchange), &exchange->answers[PLX_PRIMARY],
                                 &exchange->answers[PLX_CANDIDATE], secondary, limits, arena, &exchange->judgement);
}

/* The judgement goes with the arena; the exchange may be gone. */
static void
tell(struct plx_exchange *exchange, struct plx_arena *arena)
{
    exchange->judged_in = arena;
    exchange->when_judged(exchange);
}

/* ---- on another thread ---- */

static void
compare_there(struct plx_comparison_job *job)
{
    struct plx_exchange *exchange = PLX_CONTAINER(job, struct plx_exchange, job);
    const struct plx_compare_limits limits = limits_of(exchange, job->memory, PLX_COMPARISON_WORK, &job->cancel);

    compare(exchange, &limits, job->arena);
}

static void
compared_there(struct plx_comparison_job *job, struct plx_arena *arena)
{
    struct plx_exchange *exchange = PLX_CONTAINER(job, struct plx_exchange, job);

    exchange->comparing = false;
    if (!arena)
        exchange->judged = PLX_E_CANCELED;
    tell(exchange, arena);
}

static void
compare_beside(struct plx_exchange *exchange)
{
    struct plx_comparison_job *job = &exchange->job;

    job->run = compare_there;
    job->done = compared_there;
    job->memory = memory_for(exchange);
    exchange->comparing = plx_comparisons_queue(&exchange->terms.context->comparisons, job);
    if (exchange->comparing)
        return;
    exchange->judged = PLX_E_CANCELED;
    tell(exchange, NULL);
}

/* ---- here ---- */

static bool
ran_out(enum plx_status status)
{
    return status == PLX_E_TOO_LARGE || status == PLX_E_TIMEOUT;
}

/* Whether with more to spend it might come to something else: of the secondary it is only known that it was left out.
 */
static bool
was_given_up(const struct plx_exchange *exchange)
{
    const struct plx_judgement *judgement = &exchange->judgement;

    if (exchange->judged != PLX_OK)
        return ran_out(exchange->judged);
    return ran_out(judgement->comparison.bodies) ||
           (plx_exchange_has_answer(&exchange->calls[PLX_SECONDARY]) && !judgement->with_secondary &&
            !judgement->lacks_state && !plx_exchange_is_unfinished(&exchange->calls[PLX_SECONDARY]));
}

/* false: it takes longer than it seemed. */
static bool
compare_here(struct plx_exchange *exchange)
{
    const struct plx_compare_limits limits = limits_of(exchange, INLINE_MEMORY, INLINE_WORK, NULL);
    struct plx_arena *scratch = exchange->terms.context->scratch;

    compare(exchange, &limits, scratch);
    bool whole = !was_given_up(exchange);
    if (whole)
        tell(exchange, scratch);
    plx_arena_reset(scratch);
    return whole;
}

static bool
same_bytes(const struct plx_answer *a, const struct plx_answer *b)
{
    return plx_slice_equal(a->body, b->body);
}

static bool
is_long(const struct plx_exchange *exchange)
{
    const struct plx_answer *answers = exchange->answers;
    size_t bytes = answers[PLX_PRIMARY].body.len + answers[PLX_CANDIDATE].body.len + answers[PLX_SECONDARY].body.len;

    bool costly = exchange->calls[PLX_PRIMARY].costly || exchange->calls[PLX_CANDIDATE].costly ||
                  exchange->calls[PLX_SECONDARY].costly || plx_rules_are_costly(plx_exchange_rules(exchange));

    if (bytes <= PLX_VERDICT_INLINE_BYTES && !costly)
        return false;
    return !same_bytes(&answers[PLX_PRIMARY], &answers[PLX_CANDIDATE]) ||
           (plx_exchange_has_answer(&exchange->calls[PLX_SECONDARY]) &&
            !same_bytes(&answers[PLX_PRIMARY], &answers[PLX_SECONDARY]));
}

void
plx_exchange_judge(struct plx_exchange *exchange, void (*judged)(struct plx_exchange *exchange))
{
    exchange->when_judged = judged;
    describe_all(exchange);
    if (is_long(exchange) || !compare_here(exchange))
        compare_beside(exchange);
}
