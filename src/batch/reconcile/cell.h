/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value of a row, and what values of two stores have to do with one another.
 *
 * Nothing is converted that need not be: a number is its decimal text, NULL is not the empty text, bytes are not text.
 * Where one of two stores can't say what the other says - SQLite has no booleans, CSV no bytes - both sides are brought
 * to what both can say, by the same rule (struct plx_typing). What columns say of themselves is column.h's.
 *
 * A key is the values of its columns as bytes of which memcmp() is the order: NULL, false, true, numbers by value,
 * texts by their bytes, bytes. That is the order that both databases are asked for and that sorting makes.
 */
#ifndef PLX_RECONCILE_CELL_H
#define PLX_RECONCILE_CELL_H

#include "base/arena.h"
#include "json/writer.h"

/* In the order of keys. */
enum plx_cell_type {
    PLX_CELL_NULL = 1,
    PLX_CELL_FALSE,
    PLX_CELL_TRUE,
    PLX_CELL_NUMBER,  /* text is a JSON number */
    PLX_CELL_TEXT,    /* UTF-8; may have NUL */
    PLX_CELL_BLOB,    /* text is its bytes as PostgreSQL writes them: \x and hex digits */
    PLX_CELL_JSON,    /* an array or an object; of a JSON column any JSON */
    PLX_CELL_MEMBERS, /* of a JSON line's member that stands there more than once: its values, a line each */
};

struct plx_cell {
    enum plx_cell_type type;
    struct plx_slice text; /* NULL and booleans: empty */
    bool bare;             /* a field of CSV without quotes: a number may be meant as text */
    bool real;             /* a double, as its shortest decimal */
};

/* What a kind of store has, and so what two of them have in common. */
struct plx_typing {
    bool types;    /* all that stands there has a type of its own; without: text, and what column.h makes of it */
    bool booleans; /* without: 1 and 0 where there are types, "true" and "false" where there are none */
    bool blobs;    /* without: text */
    bool nulls;    /* SQL's NULL and JSON's null are told apart; without: NULL */
};

struct plx_typing plx_typing_common(struct plx_typing a, struct plx_typing b);
/* The cell as both stores can say it. */
struct plx_cell plx_cell_bring(struct plx_cell cell, struct plx_typing common);

/* Whether text is a number as JSON has it (RFC 8259, 6). */
bool plx_cell_is_number(struct plx_slice text);
/* Appends the cell to a key. The arena is for numbers of many digits and may be reset afterwards; false: no memory. */
bool plx_cell_add_key(struct plx_buffer *key, struct plx_cell cell, struct plx_arena *arena);
/* Writes the cell as a JSON value: what is compared and shown. */
void plx_cell_write(struct plx_json_writer *json, struct plx_cell cell);
/* Writes it as a member of an object: as often as it stands there. */
void plx_cell_write_member(struct plx_json_writer *json, const char *name, struct plx_cell cell);

#endif
