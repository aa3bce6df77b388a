/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets in texts of any kind. A text is not read as what it says it is, but looked through once for what names and
 * their values look like:
 *
 *   name=value  name="value"      queries, forms, attributes, cookies, connection strings; also as name%3Dvalue
 *   "name": value                 JSON, whole or cut off, also inside a JSON string; name: value on a line of its own
 *   <name>value</name>            XML; HTML's <input name="NAME" value="...">
 *   Content-Disposition: ...; name="NAME"   the part of a multipart body behind it
 *   scheme://user:password@host, and behind it /reset/value: plx_secrets_has_segment()
 *   "name": "password", "value": value   pairs of members, in either order; of parameters, attributes and elements, too
 *
 * So what is cut off, broken or of another type than it says is looked through like anything else. It costs one pass,
 * and no memory but for what is written.
 */
#ifndef PLX_SECRETS_SECRET_TEXT_H
#define PLX_SECRETS_SECRET_TEXT_H

#include "base/buffer.h"
#include "secrets/marks.h"
#include "secrets/secrets.h"

/* What a text is known to be. */
enum plx_secret_text {
    PLX_SECRET_ANY_TEXT,
    PLX_SECRET_TARGET, /* of a request, or a URI */
    PLX_SECRET_FORM,   /* application/x-www-form-urlencoded */
};

#define PLX_SECRET_GROWTH 18u /* a text without its secrets is at most so many times as long, and a mark longer */

/* Appends the text with marks in the place of secrets; no more is looked at once max bytes were appended. */
void plx_secrets_write(const struct plx_secrets *secrets, struct plx_slice text, enum plx_secret_text kind, size_t max,
                       struct plx_buffer *out);
/*
 * Appends the value of a header. Of one that is secret by its name nothing is left but the scheme of an Authorization
 * and the names of cookies.
 */
void plx_secrets_write_header(const struct plx_secrets *secrets, struct plx_slice name, struct plx_slice value,
                              struct plx_buffer *out);
/* Appends the mark of a value, in any coding. */
void plx_secrets_write_mark(struct plx_slice value, enum plx_secret_coding coding, struct plx_buffer *out);

/* ---- pairs ---- */

/* Whether what has this name says what another thing is called (name, key, field); is what another has named (value,
 * left, right); and whether what is said names a secret: of a pointer ("/user/password") its end does. */
bool plx_secrets_name_names(struct plx_slice name);
bool plx_secrets_name_is_named(struct plx_slice name);
bool plx_secrets_says(const struct plx_secrets *secrets, struct plx_slice text);

/* ---- where they are ---- */

struct plx_secret_range {
    size_t from, to; /* of the value, in the text */
    enum plx_secret_coding coding;
    bool quoted; /* its mark needs quotes: a JSON value that is no string */
};

/* Called for each secret in order; false: it is enough. */
typedef bool plx_secret_found(void *context, const struct plx_secret_range *range);

void plx_secrets_find(const struct plx_secrets *secrets, struct plx_slice text, enum plx_secret_text kind,
                      plx_secret_found *found, void *context);

#endif
