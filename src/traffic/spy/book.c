/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book of calls. Each call stands in up to five lists of a hash table, one for each way in which it can be found;
 * the keys hold its side, its state and what it is known by, so that looking is taking the first one that has the key:
 * whatever is sent, a call costs a bounded number of looks.
 */
#include "traffic/spy/book.h"

#include "base/assert.h"
#include "compare/hashes.h"

#include <stdlib.h>
#include <xxhash.h>

#define BUCKETS_MIN 64u
#define BUCKETS_MAX 65536u

/* What a call is known by. */
enum {
    KNOWN_BY_EXCHANGE = 1,
    KNOWN_BY_TRACE = 2,
    KNOWN = 4, /* how many sets of them there are */
};

enum plx_status
plx_book_init(struct plx_book *book, const struct plx_book_options *options)
{
    size_t count = BUCKETS_MIN;

    PLX_ASSERT(options->calls_max <= PLX_BOOK_CALLS_MAX && options->settle_ms <= options->window_ms);
    while (count < options->calls_max / 2 && count < BUCKETS_MAX)
        count *= 2;
    *book = (struct plx_book){.options = *options, .mask = count - 1};
    book->buckets = malloc(count * sizeof(*book->buckets));
    if (!book->buckets)
        return PLX_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        plx_list_init(&book->buckets[i]);
    plx_list_init(&book->waiting);
    plx_list_init(&book->settling);
    plx_list_init(&book->remembered);
    return PLX_OK;
}

void
plx_book_fini(struct plx_book *book)
{
    while (plx_book_take(book)) {
    }
    free(book->buckets);
    book->buckets = NULL;
}

/* ---- keys ---- */

/* How calls that are known by these are known to belong together. */
static unsigned
known_together(unsigned a, unsigned b)
{
    unsigned both = a & b;

    return both & KNOWN_BY_EXCHANGE ? KNOWN_BY_EXCHANGE : both & KNOWN_BY_TRACE;
}

static uint64_t
hash_slice(const struct plx_book *book, uint64_t before, struct plx_slice slice)
{
    return XXH3_64bits_withSeed(slice.len ? slice.ptr : "", slice.len, plx_mix(book->options.seed ^ before));
}

static void
make_bases(const struct plx_book *book, struct plx_booked *call, const struct plx_book_key *key)
{
    uint64_t endpoint = hash_slice(book, 1, key->endpoint);
    uint64_t exchange = hash_slice(book, endpoint + 2, key->exchange);
    uint64_t trace = hash_slice(book, endpoint + 3, key->trace);

    call->known = (key->exchange.len ? KNOWN_BY_EXCHANGE : 0) | (key->trace.len ? KNOWN_BY_TRACE : 0);
    call->bases[PLX_BOOK_EXCHANGE] = exchange;
    call->bases[PLX_BOOK_EXCHANGE_SAME] = plx_mix(exchange ^ key->content);
    call->bases[PLX_BOOK_TRACE] = trace;
    call->bases[PLX_BOOK_TRACE_SAME] = plx_mix(trace ^ key->content);
    call->bases[PLX_BOOK_CONTENT] = plx_mix(endpoint ^ key->content);
}

static uint64_t
key_of(const struct plx_booked *call, enum plx_book_index index, enum plx_role side, enum plx_booked_state state,
       unsigned known)
{
    return plx_mix(call->bases[index] + ((((uint64_t)index * 2 + side) * 4 + state) * KNOWN + known));
}

static bool
has_index(const struct plx_booked *call, int index)
{
    if (index == PLX_BOOK_CONTENT)
        return true;
    return call->known & (index <= PLX_BOOK_EXCHANGE ? KNOWN_BY_EXCHANGE : KNOWN_BY_TRACE);
}

/* ---- the table ---- */

static struct plx_list *
bucket(const struct plx_book *book, uint64_t key)
{
    return &book->buckets[key & book->mask];
}

/* The first one that was added under this key. */
static struct plx_booked *
look(const struct plx_book *book, enum plx_book_index index, uint64_t key)
{
    struct plx_list *list = bucket(book, key);

    for (struct plx_list *node = list->next; node != list; node = node->next) {
        struct plx_book_link *link = PLX_CONTAINER(node, struct plx_book_link, node);
        if (link->key == key)
            return PLX_CONTAINER(link, struct plx_booked, links[index]);
    }
    return NULL;
}

/* The oldest one on that side, in that state, that belongs together with the call by this index. */
static struct plx_booked *
find(const struct plx_book *book, const struct plx_booked *call, enum plx_book_index index, enum plx_role side,
     enum plx_booked_state state)
{
    unsigned wanted = index == PLX_BOOK_CONTENT ? 0 : index <= PLX_BOOK_EXCHANGE ? KNOWN_BY_EXCHANGE : KNOWN_BY_TRACE;

    struct plx_booked *oldest = NULL;

    for (unsigned known = 0; known < KNOWN; known++) {
        if (known_together(call->known, known) != wanted)
            continue;
        struct plx_booked *found = look(book, index, key_of(call, index, side, state, known));
        if (found && (!oldest || found->sequence < oldest->sequence))
            oldest = found;
    }
    return oldest;
}

static enum plx_role
other_side(const struct plx_booked *call)
{
    return call->side == PLX_PRIMARY ? PLX_CANDIDATE : PLX_PRIMARY;
}

static struct plx_booked *
find_equal(const struct plx_book *book, const struct plx_booked *call, enum plx_booked_state state)
{
    static const enum plx_book_index indexes[] = {PLX_BOOK_EXCHANGE_SAME, PLX_BOOK_TRACE_SAME, PLX_BOOK_CONTENT};
    struct plx_booked *found = NULL;

    for (size_t i = 0; !found && i < PLX_COUNT(indexes); i++)
        found = find(book, call, indexes[i], other_side(call), state);
    return found;
}

static struct plx_booked *
find_related(const struct plx_book *book, const struct plx_booked *call, enum plx_booked_state state)
{
    struct plx_booked *found = find(book, call, PLX_BOOK_EXCHANGE, other_side(call), state);

    return found ? found : find(book, call, PLX_BOOK_TRACE, other_side(call), state);
}

static bool
is_duplicate(const struct plx_book *book, const struct plx_booked *call)
{
    return find(book, call, PLX_BOOK_EXCHANGE_SAME, call->side, PLX_BOOKED_PAIRED) ||
           find(book, call, PLX_BOOK_TRACE_SAME, call->side, PLX_BOOKED_PAIRED);
}

/* ---- states ---- */

static void
unlink_all(struct plx_booked *call)
{
    for (int i = 0; i < PLX_BOOK_INDEXES; i++)
        plx_list_remove(&call->links[i].node);
    plx_list_remove(&call->queue);
    plx_list_remove(&call->settling);
}

/* The one door: lists and keys go with the state. */
static void
set_state(struct plx_book *book, struct plx_booked *call, enum plx_booked_state state, uint64_t now_ms)
{
    if (call->state == PLX_BOOKED_WAITING)
        book->waiting_count--;
    if (call->state != PLX_BOOKED_OUT)
        book->count--;
    unlink_all(call);
    call->state = state;
    if (state == PLX_BOOKED_OUT)
        return;
    book->count++;
    book->waiting_count += state == PLX_BOOKED_WAITING;
    call->due_ms = now_ms + book->options.window_ms;
    plx_list_push_back(state == PLX_BOOKED_WAITING ? &book->waiting : &book->remembered, &call->queue);
    for (int i = 0; i < PLX_BOOK_INDEXES; i++) {
        if (!has_index(call, i))
            continue;
        call->links[i].key = key_of(call, (enum plx_book_index)i, call->side, state, call->known);
        plx_list_push_back(bucket(book, call->links[i].key), &call->links[i].node);
    }
}

static struct plx_book_event
event_of(enum plx_book_happened happened, struct plx_booked *a, struct plx_booked *b)
{
    struct plx_book_event event = {.happened = happened};

    event.calls[a->side] = a;
    if (b)
        event.calls[b->side] = b;
    return event;
}

static struct plx_book_event
pair(struct plx_book *book, struct plx_booked *a, struct plx_booked *b, uint64_t now_ms)
{
    bool late = a->state == PLX_BOOKED_GIVEN_UP || b->state == PLX_BOOKED_GIVEN_UP;

    set_state(book, a, PLX_BOOKED_PAIRED, now_ms);
    set_state(book, b, PLX_BOOKED_PAIRED, now_ms);
    return event_of(late ? PLX_BOOK_LATE : PLX_BOOK_PAIR, a, b);
}

static struct plx_book_event
forget(struct plx_book *book, struct plx_booked *call)
{
    set_state(book, call, PLX_BOOKED_OUT, 0);
    return event_of(PLX_BOOK_FORGOTTEN, call, NULL);
}

/* ---- what the caller does ---- */

static void
call_init(struct plx_booked *call, enum plx_role side, uint64_t now_ms)
{
    PLX_ASSERT(side == PLX_PRIMARY || side == PLX_CANDIDATE);
    memset(call, 0, sizeof(*call));
    for (int i = 0; i < PLX_BOOK_INDEXES; i++)
        plx_list_init(&call->links[i].node);
    plx_list_init(&call->queue);
    plx_list_init(&call->settling);
    call->side = side;
    call->at_ms = now_ms;
}

enum plx_status
plx_book_add(struct plx_book *book, struct plx_booked *call, enum plx_role side, const struct plx_book_key *key,
             uint64_t now_ms, struct plx_book_event *event)
{
    struct plx_booked *other;

    call_init(call, side, now_ms);
    *event = (struct plx_book_event){PLX_BOOK_NOTHING};
    if (book->count >= book->options.calls_max)
        return PLX_E_LIMIT;
    make_bases(book, call, key);
    call->sequence = ++book->sequence;
    call->duplicate = is_duplicate(book, call);
    set_state(book, call, PLX_BOOKED_WAITING, now_ms);
    if ((other = find_equal(book, call, PLX_BOOKED_WAITING)) || (other = find_equal(book, call, PLX_BOOKED_GIVEN_UP))) {
        *event = pair(book, call, other, now_ms);
    } else if (find_related(book, call, PLX_BOOKED_WAITING)) {
        call->settle_ms = now_ms + book->options.settle_ms;
        plx_list_push_back(&book->settling, &call->settling);
    } else if ((other = find_related(book, call, PLX_BOOKED_GIVEN_UP))) {
        *event = pair(book, call, other, now_ms);
    }
    return PLX_OK;
}

static struct plx_booked *
first(const struct plx_list *list)
{
    return plx_list_empty(list) ? NULL : PLX_CONTAINER(list->next, struct plx_booked, queue);
}

static struct plx_booked *
first_settling(const struct plx_book *book)
{
    return plx_list_empty(&book->settling) ? NULL : PLX_CONTAINER(book->settling.next, struct plx_booked, settling);
}

static struct plx_book_event
give_up(struct plx_book *book, struct plx_booked *call, uint64_t now_ms)
{
    bool duplicate = call->duplicate || is_duplicate(book, call);

    set_state(book, call, PLX_BOOKED_GIVEN_UP, now_ms);
    return event_of(duplicate ? PLX_BOOK_DUPLICATE : PLX_BOOK_ALONE, call, NULL);
}

struct plx_book_event
plx_book_next(struct plx_book *book, uint64_t now_ms)
{
    struct plx_booked *call, *other;

    while ((call = first_settling(book)) && call->settle_ms <= now_ms) {
        plx_list_remove(&call->settling);
        if ((other = find_related(book, call, PLX_BOOKED_WAITING)))
            return pair(book, call, other, now_ms);
    }
    if ((call = first(&book->waiting)) && call->due_ms <= now_ms) {
        other = find_related(book, call, PLX_BOOKED_WAITING);
        return other ? pair(book, call, other, now_ms) : give_up(book, call, now_ms);
    }
    if ((call = first(&book->remembered)) && call->due_ms <= now_ms)
        return forget(book, call);
    return (struct plx_book_event){PLX_BOOK_NOTHING};
}

struct plx_book_event
plx_book_make_room(struct plx_book *book)
{
    struct plx_booked *call = first(&book->remembered);

    return call ? forget(book, call) : (struct plx_book_event){PLX_BOOK_NOTHING};
}

uint64_t
plx_book_due(const struct plx_book *book)
{
    const struct plx_booked *settling = first_settling(book), *waiting = first(&book->waiting),
                            *remembered = first(&book->remembered);
    uint64_t due = settling ? settling->settle_ms : UINT64_MAX;

    if (waiting && waiting->due_ms < due)
        due = waiting->due_ms;
    if (remembered && remembered->due_ms < due)
        due = remembered->due_ms;
    return due == UINT64_MAX ? 0 : due;
}

struct plx_booked *
plx_book_take(struct plx_book *book)
{
    struct plx_booked *call = first(&book->waiting);

    if (!call)
        call = first(&book->remembered);
    if (call)
        set_state(book, call, PLX_BOOKED_OUT, 0);
    return call;
}
