/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is shown in the place of a secret: "[redacted 3fa2]". The digits are 16 bits of a keyed hash of the value: one
 * sees which places held the same value and which did not, and nothing can be looked up, not even with the key, since
 * of any list of guesses one in 65536 fits by chance.
 *
 * The hash is BLAKE2b with a key (RFC 7693), by libsodium: a MAC, which XXH3 with a secret is not.
 */
#ifndef PLX_SECRETS_MARKS_H
#define PLX_SECRETS_MARKS_H

#include <parallax/base.h>

#define PLX_MARK_LEN       15u /* "[redacted 3fa2]" */
#define PLX_MARK_KEY_BYTES 32u

/* How a value is written: it is hashed as what it means, so that it has the same mark in a query and in JSON. */
enum plx_secret_coding {
    PLX_SECRET_PLAIN,
    PLX_SECRET_JSON, /* with its escapes, without its quotes */
    PLX_SECRET_URL,  /* percent-encoded; a plus sign is a space */
    PLX_SECRET_XML,  /* with the five entities that every XML knows */
};

/* Writes "[redacted 3fa2]", without a NUL; from any thread. */
void plx_mark_write(struct plx_slice value, enum plx_secret_coding coding, char mark[PLX_MARK_LEN]);
bool plx_is_mark(struct plx_slice text);
bool plx_has_mark(struct plx_slice text); /* anywhere in it */

/* The key: drawn once a process. Marks of another process are comparable only under its key, so whoever keeps them
 * keeps it. Set before anything else has marked anything. */
void plx_mark_key(unsigned char key[PLX_MARK_KEY_BYTES]);
void plx_mark_set_key(const unsigned char key[PLX_MARK_KEY_BYTES]);

#endif
