/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of sources share: which one a name means, and columns by their names. */
#include "batch/reconcile/source.h"

#include <stdlib.h>

static const struct plx_source_kind *const kinds[] = {&plx_source_sqlite, &plx_source_postgresql, &plx_source_jsonl,
                                                      &plx_source_csv};

const struct plx_source_kind *
plx_source_kind_of(struct plx_slice store)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i]->prefix);
        if (store.len > len && memcmp(store.ptr, kinds[i]->prefix, len) == 0)
            return kinds[i];
    }
    if (store.len > 11 && memcmp(store.ptr, "postgres://", 11) == 0) /* libpq knows both */
        return &plx_source_postgresql;
    return NULL;
}

const char *
plx_source_path(const struct plx_side *side)
{
    return strchr(side->store, ':') + 1;
}

enum plx_status
plx_source_open(const struct plx_side *side, struct plx_source **source, struct plx_reconcile_error *error)
{
    const struct plx_source_kind *kind = plx_source_kind_of(plx_slice_of(side->store));

    *source = NULL;
    if (!kind)
        return plx_reconcile_fail(error, PLX_E_ARGUMENT,
                                  "%s is no store; write sqlite:FILE, postgresql://..., jsonl:FILE or csv:FILE",
                                  plx_reconcile_shown(side->store));
    enum plx_status status = kind->open(side, source, error);
    if (status != PLX_OK) {
        plx_source_close(*source);
        *source = NULL;
    }
    return status;
}

void
plx_source_close(struct plx_source *source)
{
    if (!source)
        return;
    struct plx_arena *arena = source->arena;
    source->kind->close(source);
    plx_arena_free(arena);
}

/* Its number among the names; name_count where it is not there, beyond it where it is there twice. */
static size_t
find_name(const struct plx_source *source, struct plx_slice name)
{
    size_t found = source->name_count;

    for (size_t i = 0; i < source->name_count; i++)
        if (plx_slice_equal(source->names[i], name)) {
            if (found != source->name_count)
                return source->name_count + 1;
            found = i;
        }
    return found;
}

static enum plx_status
tell_missing(const struct plx_source *source, struct plx_slice name, struct plx_reconcile_error *error)
{
    struct plx_buffer names;
    enum plx_status status;

    plx_buffer_init(&names, 240);
    for (size_t i = 0; i < source->name_count && !names.failed; i++)
        plx_buffer_format(&names, "%s%.*s", i ? ", " : "", (int)source->names[i].len, source->names[i].ptr);
    status = plx_reconcile_fail(error, PLX_E_ARGUMENT, "%s has no column '%.*s'; it has %.*s%s",
                                plx_reconcile_shown(source->side->store), (int)(name.len < 80 ? name.len : 80),
                                name.ptr, (int)names.len, names.len ? names.ptr : "", names.failed ? " ..." : "");
    plx_buffer_fini(&names);
    return status;
}

enum plx_status
plx_source_pick(struct plx_source *source, const struct plx_slice *names, size_t count,
                struct plx_reconcile_error *error)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = source->names ? find_name(source, names[i]) : 0;
        if (source->names && at == source->name_count)
            return tell_missing(source, names[i], error);
        if (source->names && at > source->name_count)
            return plx_reconcile_fail(error, PLX_E_ARGUMENT, "%s has two columns '%.*s'; give one of them another name",
                                      plx_reconcile_shown(source->side->store),
                                      (int)(names[i].len < 80 ? names[i].len : 80), names[i].ptr);
        source->picks[i] = (uint32_t)at;
        source->wanted[i] = names[i];
    }
    source->pick_count = count;
    return PLX_OK;
}

/* ---- for the kinds ---- */

void *
plx_source_new(size_t size, const struct plx_source_kind *kind, const struct plx_side *side,
               struct plx_reconcile_error *error)
{
    struct plx_source *source = calloc(1, size);

    if (source)
        source->arena = plx_arena_new(NULL);
    if (!source || !source->arena) {
        free(source);
        plx_reconcile_no_memory(error);
        return NULL;
    }
    source->kind = kind;
    source->side = side;
    return source;
}

enum plx_status
plx_source_refuse_row(const struct plx_source *source, struct plx_reconcile_error *error)
{
    return plx_reconcile_fail(error, PLX_E_LIMIT, "%s: a row has more than %u MiB; select less of it",
                              plx_source_path(source->side), PLX_ROW_BYTES_MAX >> 20);
}

enum plx_status
plx_source_refuse_mark(const struct plx_source *source, unsigned long rows, struct plx_reconcile_error *error)
{
    return plx_reconcile_fail(error, PLX_E_ARGUMENT,
                              "%s: consume has changed %lu rows for one id; the first column has to name one row",
                              plx_source_path(source->side), rows);
}

struct plx_slice *
plx_source_names(struct plx_source *source, size_t count)
{
    struct plx_slice *names = plx_arena_alloc(source->arena, count * sizeof(*names));

    source->names = names;
    source->name_count = names ? count : 0;
    return names;
}

void
plx_source_add_query(struct plx_buffer *sql, const struct plx_side *side)
{
    size_t len = strlen(side->query);

    while (len > 0 && strchr("; \t\r\n", side->query[len - 1]))
        len--;
    plx_buffer_text(sql, "(");
    plx_buffer_append(sql, side->query, len);
    plx_buffer_text(sql, "\n)"); /* behind a comment of one line */
}

void
plx_source_add_name(struct plx_buffer *sql, struct plx_slice name)
{
    plx_buffer_byte(sql, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            plx_buffer_byte(sql, '"');
        plx_buffer_byte(sql, name.ptr[i]);
    }
    plx_buffer_byte(sql, '"');
}
