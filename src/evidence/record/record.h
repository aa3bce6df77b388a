/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mismatch, whole: a JSON document with the request, the answers and the differences, redacted and bounded.
 * docs/api.md has its shape.
 */
#ifndef PLX_RECORD_RECORD_H
#define PLX_RECORD_RECORD_H

#include "base/list.h"
#include "evidence/count/exchange_outcome.h"
#include "json/writer.h"

#define PLX_RECORD_BYTES_MAX (256u << 10) /* of one: bodies are cut to fit, and say so */
/* How PLX_RECORD_BYTES_MAX is shared out; bytes as written, with their escapes. */
#define PLX_RECORD_METHOD_MAX      64u
#define PLX_RECORD_ITEM_EXTRA      160u /* at most, of a header or difference: its keys, quotes and brackets */
#define PLX_RECORD_TARGET_MAX      (4u << 10)
#define PLX_RECORD_HEADERS_MAX     (12u << 10)  /* of one message */
#define PLX_RECORD_BODIES_MAX      (120u << 10) /* of all messages together, in equal parts */
#define PLX_RECORD_DECODED_MAX     (256u << 10) /* of a body without its codings; a longer one stays coded */
#define PLX_RECORD_DIFFERENCES_MAX (48u << 10)
#define PLX_RECORD_NAMES_MAX       (16u << 10) /* of the fields that a record is found by */

struct plx_record {
    struct plx_list node;
    uint64_t sequence; /* given by the ledger; 0 before */
    char id[PLX_EXCHANGE_ID_BYTES + 1];
    enum plx_subject_kind kind;
    struct plx_slice service, endpoint; /* all four lie behind the structure */
    struct plx_slice names;             /* the fields that differ, each behind two bytes of its length */
    struct plx_slice json;              /* an object, without its sequence */
};

/* NULL where there is no memory, or where the record would not fit. Allocates in scratch, too. */
struct plx_record *plx_record_new(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch);
/* From its parts, which are copied; NULL where there is no memory. */
struct plx_record *plx_record_make(struct plx_slice id, const struct plx_subject *subject, struct plx_slice endpoint,
                                   struct plx_slice names, struct plx_slice json);
void plx_record_free(struct plx_record *record);

/* One difference as an object, its values redacted where they are secret; rules may be NULL. */
void plx_record_write_difference(struct plx_json_writer *w, const struct plx_difference *difference,
                                 const struct plx_rules *rules);
/*
 * A message's body without its secrets: itself, or what was written into out. False where they cannot be told apart
 * from it, or where there is no memory.
 */
PLX_MUST_USE bool plx_record_redact_body(const struct plx_message_view *view, const struct plx_rules *rules,
                                         struct plx_arena *scratch, struct plx_buffer *out, struct plx_slice *body);

size_t plx_record_bytes(const struct plx_record *record);
bool plx_record_is_of(const struct plx_record *record, enum plx_subject_kind kind, struct plx_slice name);
/* Whether one of its differences is in the field, written with array positions or folded. */
bool plx_record_has_field(const struct plx_record *record, struct plx_slice field);
uint64_t plx_record_cause(const struct plx_record *record); /* 0: an earlier version did not know of causes */
void plx_record_write(const struct plx_record *record, struct plx_json_writer *out);

#endif
