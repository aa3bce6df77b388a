/* SPDX-License-Identifier: Apache-2.0 */
/* What an exchange is known by: a ULID, so that ids in their order are exchanges in the order of their arrival. */
#ifndef PLX_COUNT_EXCHANGE_ID_H
#define PLX_COUNT_EXCHANGE_ID_H

#include <parallax/base.h>

#define PLX_EXCHANGE_ID_BYTES 26u

/* Id has room for a NUL behind it. Of the random bits it takes 80. */
void plx_exchange_id_text(uint64_t time_ms, const uint64_t random[2], char *id);
/* When the exchange came; UINT64_MAX where the text (PLX_EXCHANGE_ID_BYTES) is no id. */
uint64_t plx_exchange_id_time(const char *id);

#endif
