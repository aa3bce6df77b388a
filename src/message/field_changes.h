/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that are set or removed in a request on its way to one role. Made by the configuration; nothing in it changes
 * once requests are sent. The values are secrets: they go to the role, and nobody else reads them.
 */
#ifndef PLX_MESSAGE_FIELD_CHANGES_H
#define PLX_MESSAGE_FIELD_CHANGES_H

#include <parallax/base.h>

#define PLX_FIELD_CHANGES_MAX       64u /* of one role and route */
#define PLX_FIELD_CHANGES_NAME_MAX  128u
#define PLX_FIELD_CHANGES_VALUE_MAX 8192u
#define PLX_FIELD_CHANGES_BYTES_MAX 16384u /* of all names and values: a head with them must fit its buffer */

struct plx_field_change {
    char *name;
    char *value; /* NULL: the field is removed */
};

struct plx_field_changes {
    struct plx_field_change *list;
    size_t count;
};

/*
 * Why a field can't be set or removed, or NULL where it can: it is not a name, it belongs to the connection or to the
 * framing (RFC 9110, 7.6.1), or Parallax writes it itself. Static text.
 */
const char *plx_field_name_fault(struct plx_slice name);
/* Whether it can be a field's value (RFC 9110, 5.5), without blanks around it; an empty one can. */
bool plx_field_value_is_valid(struct plx_slice value);

/* Copies the texts; value {NULL, 0}: the field is removed. A change of the same field before it is replaced. False: no
 * memory, or there are PLX_FIELD_CHANGES_MAX already. */
PLX_MUST_USE bool plx_field_changes_add(struct plx_field_changes *changes, struct plx_slice name,
                                        struct plx_slice value);
PLX_MUST_USE bool plx_field_changes_copy(struct plx_field_changes *to, const struct plx_field_changes *from);
void plx_field_changes_fini(struct plx_field_changes *changes);

/*
 * Whether a field of a request is replaced or removed, so that it does not pass as it came. Names that differ in `-`
 * and `_` alone are one: servers that make variables of them (CGI, WSGI, PHP) would take a client's X_Api_Key for the
 * X-Api-Key that was set.
 */
bool plx_field_changes_has(const struct plx_field_changes *changes, struct plx_slice name);
size_t plx_field_changes_bytes(const struct plx_field_changes *changes); /* of all names and values */
bool plx_field_changes_equal(const struct plx_field_changes *a, const struct plx_field_changes *b);

#endif
