/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client/api_differences.h"

#include <stdlib.h>

#define TARGET_BYTES (16u << 10)

/* ---- one source ---- */

static bool
write_target(const struct plx_differences *d, const struct plx_differences_source *source, uint32_t limit,
             struct plx_buffer *target)
{
    plx_fetch_path(target, &source->subject);
    plx_buffer_format(target, "/differences?limit=%u", limit);
    if (source->begun)
        plx_buffer_format(target, "&after=%llu", (unsigned long long)source->after);
    if (d->endpoint) {
        plx_buffer_text(target, "&endpoint=");
        plx_fetch_encode(target, plx_slice_of(d->endpoint));
    }
    if (d->field) {
        plx_buffer_text(target, "&field=");
        plx_fetch_encode(target, plx_slice_of(d->field));
    }
    if (d->cause) {
        plx_buffer_text(target, "&cause=");
        plx_fetch_encode(target, plx_slice_of(d->cause));
    }
    plx_buffer_byte(target, '\0');
    return !target->failed;
}

/* Adds the records of an answer to those found. */
static bool
take(struct plx_differences *d, struct plx_item list)
{
    size_t length = plx_item_length(list), size = sizeof(*d->found);
    struct plx_found_difference *found =
        plx_arena_resize(d->fetch.arena, d->found, d->found_count * size, (d->found_count + length) * size);

    if (!found)
        return false;
    d->found = found;
    for (struct plx_item r = plx_item_first(list); r.document; r = plx_item_next(list, r))
        d->found[d->found_count++] = (struct plx_found_difference){plx_item_uint(plx_item_member(r, "sequence")), r};
    return true;
}

/* The text of the answer goes with the next question, so the document is read from a copy. */
static int
ask(struct plx_differences *d, struct plx_differences_source *source, uint32_t limit)
{
    struct plx_document *document = plx_arena_alloc(d->fetch.arena, sizeof(*document));
    struct plx_buffer target;
    struct plx_slice text = {NULL, 0};
    struct plx_item root, list;
    uint64_t last;
    int status;

    plx_buffer_init(&target, TARGET_BYTES);
    if (!write_target(d, source, limit, &target))
        status = plx_trouble(d->fetch.options->command,
                             "--service (--experiment, --spy), --endpoint, --field and --cause are too long together");
    else
        status = document ? plx_fetch_get(&d->fetch, target.ptr, &text, document)
                          : plx_trouble(d->fetch.options->command, "out of memory");
    plx_buffer_fini(&target);
    if (status != 0 || !document)
        return status;
    document->text = plx_arena_copy(d->fetch.arena, text);
    root = plx_item_root(document);
    list = plx_item_member(root, "differences");
    last = plx_item_uint(plx_item_member(root, "last"));
    if (!document->text.ptr || !take(d, list))
        return plx_trouble(d->fetch.options->command, "out of memory");
    d->full = d->full || (source->begun && plx_item_length(list) >= limit);
    source->after = last < source->after ? 0 : last;
    source->begun = true;
    return 0;
}

/* ---- all of them ---- */

static int
oldest_first(const void *a, const void *b)
{
    uint64_t left = ((const struct plx_found_difference *)a)->sequence,
             right = ((const struct plx_found_difference *)b)->sequence;

    return (left > right) - (left < right);
}

int
plx_differences_ask(struct plx_differences *d, uint32_t limit)
{
    plx_arena_reset(d->fetch.arena);
    d->found = NULL;
    d->found_count = 0;
    d->full = false;
    for (size_t i = 0; i < d->source_count; i++) {
        int status = ask(d, &d->sources[i], limit);

        if (status != 0)
            return status;
    }
    if (d->found_count > 0)
        qsort(d->found, d->found_count, sizeof(*d->found), oldest_first);
    return 0;
}

static int
find_sources(struct plx_differences *d)
{
    struct plx_asked_subject *subjects;
    int status = plx_fetch_subjects(&d->fetch, &subjects, &d->source_count);

    if (status != 0)
        return status;
    d->names = d->fetch.arena;
    d->fetch.arena = plx_arena_new(NULL);
    d->sources = plx_arena_alloc(d->names, d->source_count * sizeof(*d->sources));
    if (!d->fetch.arena || !d->sources)
        return plx_trouble(d->fetch.options->command, "out of memory");
    for (size_t i = 0; i < d->source_count; i++)
        d->sources[i] = (struct plx_differences_source){.subject = subjects[i]};
    return 0;
}

int
plx_differences_open(struct plx_differences *d, const struct plx_options *options)
{
    int status = plx_fetch_open(&d->fetch, options);

    return status ? status : find_sources(d);
}

void
plx_differences_close(struct plx_differences *d)
{
    plx_fetch_close(&d->fetch);
    plx_arena_free(d->names);
}
