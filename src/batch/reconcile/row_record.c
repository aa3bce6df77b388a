/* SPDX-License-Identifier: Apache-2.0 */
/* Records as bytes, in memory and in temporary files of this machine. */
#include "batch/reconcile/row_record.h"

#define BARE 0x80 /* beside a cell's type */
#define REAL 0x40

struct head {
    uint32_t key_len, by_len, cells_len, unused;
    int64_t time_ms;
};

void
plx_record_pack(struct plx_buffer *out, const struct plx_record *record)
{
    struct head head = {(uint32_t)record->key.len, (uint32_t)record->by_len, (uint32_t)record->cells.len, 0,
                        record->time_ms};

    if (!plx_buffer_reserve(out, sizeof(head) + record->key.len + record->cells.len))
        return;
    plx_buffer_append(out, &head, sizeof(head));
    plx_buffer_add(out, record->key);
    plx_buffer_add(out, record->cells);
}

size_t
plx_record_unpack(struct plx_slice bytes, struct plx_record *record)
{
    struct head head;

    if (bytes.len < sizeof(head))
        return 0;
    memcpy(&head, bytes.ptr, sizeof(head));
    size_t len = sizeof(head) + head.key_len + head.cells_len;
    if (bytes.len < len)
        return 0;
    record->key = plx_slice_make(bytes.ptr + sizeof(head), head.key_len);
    record->by_len = head.by_len;
    record->time_ms = head.time_ms;
    record->cells = plx_slice_make(bytes.ptr + sizeof(head) + head.key_len, head.cells_len);
    return len;
}

void
plx_cells_add(struct plx_buffer *cells, struct plx_cell cell)
{
    uint32_t len = (uint32_t)cell.text.len;

    plx_buffer_byte(cells, (char)(cell.type | (cell.bare ? BARE : 0) | (cell.real ? REAL : 0)));
    plx_buffer_append(cells, &len, sizeof(len));
    plx_buffer_add(cells, cell.text);
}

struct plx_cell
plx_cells_take(struct plx_slice *cells)
{
    unsigned char head = (unsigned char)cells->ptr[0];
    struct plx_cell cell = {(enum plx_cell_type)(head & ~(BARE | REAL)), plx_slice_of(""), head & BARE, head & REAL};
    uint32_t len;

    memcpy(&len, cells->ptr + 1, sizeof(len));
    cell.text = plx_slice_make(cells->ptr + 1 + sizeof(len), len);
    cells->ptr = cell.text.ptr + len;
    cells->len -= 1 + sizeof(len) + len;
    return cell;
}
