/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows wait: by their time, or by two lists of keys that are walked at once. */
#include "batch/reconcile/settle.h"

void
plx_settle_init(struct plx_settle *settle)
{
    *settle = (struct plx_settle){.mode = PLX_SETTLE_NONE};
    for (int i = 0; i < PLX_SIDES; i++)
        plx_spill_init(&settle->files[i]);
}

void
plx_settle_fini(struct plx_settle *settle)
{
    for (int i = 0; i < PLX_SIDES; i++) {
        plx_spill_reader_fini(&settle->readers[i]);
        plx_spill_fini(&settle->files[i]);
    }
}

static enum plx_status
read_next(struct plx_settle *settle, int side, struct plx_reconcile_error *error)
{
    enum plx_status status = plx_spill_next(&settle->readers[side], &settle->at[side], error);

    settle->has[side] = status == PLX_OK;
    return status == PLX_DONE ? PLX_OK : status;
}

enum plx_status
plx_settle_begin(struct plx_settle *settle, enum plx_settle_mode mode, int64_t settled_ms,
                 struct plx_reconcile_error *error)
{
    enum plx_status status = PLX_OK;

    settle->mode = mode;
    settle->settled_ms = settled_ms;
    for (int i = 0; i < PLX_SIDES && status == PLX_OK; i++) {
        plx_spill_reader_fini(&settle->readers[i]);
        if (mode == PLX_SETTLE_FIRST)
            plx_spill_fini(&settle->files[i]);
        if (mode != PLX_SETTLE_SECOND)
            continue;
        status = plx_spill_flush(&settle->files[i], error);
        plx_spill_reader_init(&settle->readers[i], &settle->files[i], 0, settle->files[i].size);
        if (status == PLX_OK)
            status = read_next(settle, i, error);
    }
    return status;
}

/* Whether the first reading left this row, too. */
static enum plx_status
look_up(struct plx_settle *settle, int side, const struct plx_record *record, bool *waits,
        struct plx_reconcile_error *error)
{
    enum plx_status status = PLX_OK;

    *waits = true;
    while (status == PLX_OK && settle->has[side]) {
        int order = plx_key_compare(settle->at[side].key, record->key);
        if (order > 0)
            return PLX_OK;
        *waits = order != 0;
        status = read_next(settle, side, error);
        if (order == 0)
            return status;
    }
    return status;
}

enum plx_status
plx_settle_look(struct plx_settle *settle, enum plx_side_name side, const struct plx_record *record, bool *waits,
                struct plx_reconcile_error *error)
{
    struct plx_record key = {.key = record->key, .by_len = record->by_len, .cells = {"", 0}};

    *waits = false;
    switch (settle->mode) {
    case PLX_SETTLE_TIME:
        *waits = record->time_ms != PLX_TIME_NONE && record->time_ms > settle->settled_ms;
        return PLX_OK;
    case PLX_SETTLE_FIRST:
        return plx_spill_add(&settle->files[side], &key, error);
    case PLX_SETTLE_SECOND:
        return look_up(settle, side, record, waits, error);
    default:
        return PLX_OK;
    }
}
