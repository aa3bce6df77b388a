/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is secret, by its name: one list for headers, cookies, parameters of queries, paths and forms, members of JSON,
 * elements and attributes of XML, parts of multipart bodies. Nothing else tells a secret from other values. Names are
 * compared without case and signs, so that access_token, X-Access-Token and accessToken are one.
 *
 * All functions take NULL for the built-in list. A list does not change once comparisons have begun under it, but for
 * plx_secrets_replace().
 */
#ifndef PLX_SECRETS_SECRETS_H
#define PLX_SECRETS_SECRETS_H

#include <parallax/base.h>

#define PLX_SECRET_NAMES_MAX 64u /* that a list has beyond the built-in ones; and that it takes out */
#define PLX_SECRET_NAME_MAX  64u /* bytes of one, without its signs */

/*
 * The built-in list: a name, whether it is one at the end of a longer name, too (clientSecret), and whether it is one
 * only of a parameter: elsewhere that name most often says something harmless.
 */
#define PLX_SECRET_MAP(X)           \
    X("accesskey", true, false)     \
    X("apikey", true, false)        \
    X("auth", false, false)         \
    X("authkey", true, false)       \
    X("authorization", true, false) \
    X("code", false, true)          \
    X("cookie", true, false)        \
    X("credential", true, false)    \
    X("credentials", true, false)   \
    X("jwt", true, false)           \
    X("key", false, true)           \
    X("otp", false, false)          \
    X("pass", false, false)         \
    X("passcode", true, false)      \
    X("passphrase", true, false)    \
    X("passwd", true, false)        \
    X("password", true, false)      \
    X("pin", false, false)          \
    X("privatekey", true, false)    \
    X("pwd", true, false)           \
    X("secret", true, false)        \
    X("secretkey", true, false)     \
    X("sessid", true, false)        \
    X("session", false, false)      \
    X("sessionid", true, false)     \
    X("sid", false, false)          \
    X("sig", false, false)          \
    X("signature", true, false)     \
    X("token", true, false)         \
    X("totp", false, false)

/* Where a name stands. */
enum plx_secret_door {
    PLX_SECRET_NAMED,     /* a header, a member, an element, an attribute */
    PLX_SECRET_PARAMETER, /* of a query, a path, a form */
};

/* Words of a segment of a path behind which a key to something may stand, beside the names of the list. */
#define PLX_SECRET_PATH_MAP(X) \
    X("activate")              \
    X("activation")            \
    X("confirm")               \
    X("confirmation")          \
    X("invitation")            \
    X("invite")                \
    X("magic")                 \
    X("magiclink")             \
    X("recover")               \
    X("recovery")              \
    X("reset")                 \
    X("unsubscribe")           \
    X("verification")          \
    X("verify")

struct plx_secrets;

struct plx_secrets *plx_secrets_new(void);        /* with the built-in names; NULL: no memory */
const struct plx_secrets *plx_secrets_none(void); /* nothing is secret by its name; static */
struct plx_secrets *plx_secrets_ref(struct plx_secrets *secrets);
void plx_secrets_unref(struct plx_secrets *secrets); /* NULL: nothing */
/*
 * Adds a name, or takes one out: a built-in one, or one that is no secret though it ends like one. PLX_E_ARGUMENT: it
 * has no letter and no digit, or more than PLX_SECRET_NAME_MAX of them; PLX_E_LIMIT: there are too many.
 */
PLX_MUST_USE enum plx_status plx_secrets_add(struct plx_secrets *secrets, struct plx_slice name);
PLX_MUST_USE enum plx_status plx_secrets_remove(struct plx_secrets *secrets, struct plx_slice name);
/* What `more` adds and takes out besides; it may be NULL. NULL: there is no memory. */
struct plx_secrets *plx_secrets_joined(const struct plx_secrets *secrets, const struct plx_secrets *more);
/*
 * From here on all that ask `secrets` get the answers of `by`, on other threads, too. For what outlives a
 * configuration; by one thread at a time. What it had before is kept as long as it lives, since somebody may be reading
 * it: so it is for changes, not for each reload. secrets may be `by`: nothing happens.
 */
void plx_secrets_replace(struct plx_secrets *secrets, struct plx_secrets *by);
/* Whether both give the same answers. */
bool plx_secrets_equal(const struct plx_secrets *a, const struct plx_secrets *b);
/* Nothing is secret by its name any more, or it is again. */
void plx_secrets_redact(struct plx_secrets *secrets, bool redact);
bool plx_secrets_any(const struct plx_secrets *secrets); /* whether anything may be secret by its name */

/* Whether what has this name is secret; escapes of URLs (%5F) and JSON (\u005f) in it are read. */
bool plx_secrets_has(const struct plx_secrets *secrets, struct plx_slice name, enum plx_secret_door door);
/*
 * Whether a segment of a path is secret by its form: a JWT; 32 characters or more that look drawn by chance (letters of
 * both cases and digits, no digest and no UUID); behind a segment with a secret's name in it or a word of
 * PLX_SECRET_PATH_MAP ("/password-reset/3f9c") all that does not look like a word, a slug or a version of a route.
 * before: the segment before it; empty: there is none.
 */
bool plx_secrets_has_segment(const struct plx_secrets *secrets, struct plx_slice before, struct plx_slice segment);

#endif
