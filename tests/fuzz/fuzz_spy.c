/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever two calls say, each is kept within what it takes, a call is equal to itself, and what two of them come to is
 * counted once. The input: a traceparent, an exchange, a media type, two targets and two bodies, with a zero byte
 * between them.
 */
#include "base/arena.h"
#include "base/assert.h"
#include "compare/rules.h"
#include "traffic/spy/call_pair.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct plx_slice
take_part(struct plx_slice *rest)
{
    const char *zero = rest->len ? memchr(rest->ptr, '\0', rest->len) : NULL;
    struct plx_slice part = plx_slice_make(rest->ptr, zero ? (size_t)(zero - rest->ptr) : rest->len);
    size_t used = part.len + (zero != NULL);

    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    return part;
}

struct stage {
    struct plx_service service;
    struct plx_spy spy;
    struct plx_arena *arena;
    struct plx_tally *tally;
    struct plx_header headers[3];
};

static struct plx_spy_call *
call_of(const struct stage *stage, enum plx_role side, struct plx_slice target, struct plx_slice body)
{
    const struct plx_spied spied = {.side = side,
                                    .id = "01M89F5F2BSYWSJAR33F17QS56",
                                    .endpoint = plx_slice_of("POST /n"),
                                    .request = {.method = plx_slice_of("POST"),
                                                .target = target,
                                                .headers = stage->headers,
                                                .header_count = 3,
                                                .body = body,
                                                .body_length = body.len}};
    struct plx_spy_call *call = plx_spy_call_new(&spied, stage->service.rules);

    PLX_ASSERT(call);
    PLX_ASSERT(call->exchange.len <= PLX_SPY_ID_MAX && (call->trace.len == 0 || call->trace.len == 32));
    PLX_ASSERT(plx_slice_equal(call->request.body, body) && plx_slice_equal(call->request.target, target));
    (void)plx_spy_call_is_costly(call);
    return call;
}

static void
come_to(struct stage *stage, struct plx_spy_call *a, struct plx_spy_call *b, bool same)
{
    struct plx_spy_pair pair = {.spy = &stage->spy, .calls = {a, b}};

    plx_spy_pair_judge(&pair, NULL, stage->arena);
    if (same)
        PLX_ASSERT(pair.judged == PLX_OK && pair.judgement.verdict == PLX_MATCH);
    plx_spy_pair_count(&pair, stage->tally, stage->arena);
    plx_spy_alone_count(&stage->spy, a, PLX_SPIED_MISSING, stage->tally, stage->arena);
}

static void
play(struct stage *stage, struct plx_slice rest)
{
    struct plx_slice target = take_part(&rest), other_target = take_part(&rest), body = take_part(&rest);
    struct plx_spy_call *a = call_of(stage, PLX_PRIMARY, target, body);
    struct plx_spy_call *same = call_of(stage, PLX_CANDIDATE, target, body);
    struct plx_spy_call *b = call_of(stage, PLX_CANDIDATE, other_target, rest);

    come_to(stage, a, same, true);
    come_to(stage, a, b, false);
    plx_spy_call_keep_answer(a, &b->request);
    size_t before = a->kept_bytes;
    plx_spy_call_drop_bodies(a);
    PLX_ASSERT(a->kept_bytes == before - body.len && a->request.body.len == 0 && a->request.body_length == body.len);
    plx_spy_call_drop_bodies(same);
    come_to(stage, a, same, true);
    plx_spy_call_slim(a);
    PLX_ASSERT(a->kept_bytes == 0);
    plx_spy_call_release(a);
    plx_spy_call_release(same);
    plx_spy_call_release(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_slice rest = plx_slice_make(data, size);
    char name[] = "s";
    struct stage stage = {.service = {.name = name, .rules = plx_rules_new(NULL)},
                          .arena = plx_arena_new(NULL),
                          .tally = plx_tally_new(NULL)};

    PLX_ASSERT(stage.service.rules && stage.arena && stage.tally);
    stage.spy = (struct plx_spy){.service = &stage.service, .compare_target = true};
    stage.headers[0] = (struct plx_header){plx_slice_of("traceparent"), take_part(&rest)};
    stage.headers[1] = (struct plx_header){plx_slice_of("Parallax-Exchange"), take_part(&rest)};
    stage.headers[2] = (struct plx_header){plx_slice_of("Content-Type"), take_part(&rest)};
    play(&stage, rest);
    plx_tally_free(stage.tally);
    plx_arena_free(stage.arena);
    plx_rules_free(stage.service.rules);
    return 0;
}
