/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV as RFC 4180 has it: fields between commas, records between line ends (CR LF, or LF alone), quotes around what has
 * commas, line ends or quotes, a quote inside of quotes twice. Nothing is guessed: what is not so is refused with its
 * place. Bytes in, fields out, however the bytes are cut; no files.
 *
 *   state     | "          | ,           | CR        | LF / end     | any other
 *   ----------+------------+-------------+-----------+--------------+-----------
 *   START     | QUOTED     | field       | RETURN    | record       | PLAIN
 *   PLAIN     | refused    | field,START | RETURN    | record       | PLAIN
 *   QUOTED    | QUOTE      | QUOTED      | QUOTED    | QUOTED (end: | QUOTED
 *             |            |             |           |   refused)   |
 *   QUOTE     | QUOTED (") | field,START | RETURN    | record       | refused
 *   RETURN    | refused    | refused     | refused   | record (end: | refused
 *             |            |             |           |   refused)   |
 */
#ifndef PLX_RECONCILE_CSV_H
#define PLX_RECONCILE_CSV_H

#include "base/buffer.h"

#define PLX_CSV_FIELDS_MAX 4096u

struct plx_csv_field {
    size_t from, len; /* in the record's bytes */
    bool quoted;
};

enum plx_csv_state {
    PLX_CSV_START,
    PLX_CSV_PLAIN,
    PLX_CSV_QUOTED,
    PLX_CSV_QUOTE,
    PLX_CSV_RETURN,
};

struct plx_csv {
    enum plx_csv_state state;
    struct plx_buffer bytes; /* of the record's fields, as they are meant */
    struct plx_csv_field fields[PLX_CSV_FIELDS_MAX];
    size_t count;
    bool whole;           /* the record is complete: the next call begins another */
    uint64_t line, begun; /* from 1: at hand, and in which the record began */
    uint64_t column;      /* in bytes, from 1 */
    const char *wrong;    /* after PLX_E_SYNTAX and PLX_E_LIMIT: what, and how to mend it; static text */
};

void plx_csv_init(struct plx_csv *csv, size_t record_bytes_max);
void plx_csv_fini(struct plx_csv *csv);
void plx_csv_restart(struct plx_csv *csv); /* from the first line again */
/*
 * Takes bytes up to the end of a record: *used says how many. PLX_OK: a record is whole. PLX_AGAIN: all were
 * used, and more are needed. PLX_E_SYNTAX, PLX_E_LIMIT, PLX_E_MEMORY.
 */
PLX_MUST_USE enum plx_status plx_csv_feed(struct plx_csv *csv, struct plx_slice bytes, size_t *used);
/* There are no more bytes. PLX_OK: a last record, without a line end. PLX_DONE: there is none. */
PLX_MUST_USE enum plx_status plx_csv_end(struct plx_csv *csv);

static inline struct plx_slice
plx_csv_text(const struct plx_csv *csv, size_t i)
{
    return plx_slice_make(csv->bytes.len ? csv->bytes.ptr + csv->fields[i].from : "", csv->fields[i].len);
}

#endif
