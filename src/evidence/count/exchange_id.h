/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an exchange is known by: a ULID, so that ids in their order are exchanges in the order of their arrival. Its
 * last digit says who serves the exchange and whether it is copied. So whoever gets the id passed on (a spy on another
 * thread, or in another process) knows that without asking anybody.
 */
#ifndef PLX_COUNT_EXCHANGE_ID_H
#define PLX_COUNT_EXCHANGE_ID_H

#include <parallax/base.h>

#include <stdbool.h>

#define PLX_EXCHANGE_ID_BYTES 26u

/* Id has room for a NUL behind it. Of the random bits it takes 80. */
void plx_exchange_id_text(uint64_t time_ms, const uint64_t random[2], char *id);
/* When the exchange came; UINT64_MAX where the text (PLX_EXCHANGE_ID_BYTES) is no id. */
uint64_t plx_exchange_id_time(const char *id);

struct plx_exchange_marks {
    bool candidate_serves; /* the client gets the candidate's answer; else the primary's */
    bool copied;           /* others are asked as well */
};

/* Puts them into the last digit. A role that stands in for another one gets the id with other marks: but for that
 * digit it is the same. */
void plx_exchange_id_mark(char *id, struct plx_exchange_marks marks);
/* What the id says. A text that is no id is taken for one of a copied exchange that the primary serves. */
struct plx_exchange_marks plx_exchange_id_marks(struct plx_slice text);

/* Before the first id is signed: a chance of this process, by which it knows its ids again. */
void plx_exchange_id_use_key(uint64_t value);
/* Seven of the random digits become a tag on those before them: of this process, for this service. It tells a request
 * that has come back from others; it is no protection against who has seen an id. */
void plx_exchange_id_sign(char *id, struct plx_slice service);
bool plx_exchange_id_is_signed(struct plx_slice text, struct plx_slice service);

#endif
