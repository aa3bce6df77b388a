/* SPDX-License-Identifier: Apache-2.0 */
/* Changed fields; see the header. */
#include "message/field_changes.h"

#include "base/ascii.h"
#include "base/slice.h"
#include "message/header_ids.h"

#include <stdlib.h>

#define CONNECTION "it belongs to each connection, and Parallax writes it"
#define FRAMING    "it says where the request's body ends, and Parallax writes it"
#define OWN        "Parallax writes it itself"

const char *
plx_field_name_fault(struct plx_slice name)
{
    if (!plx_slice_is_token(name) || name.len > PLX_FIELD_CHANGES_NAME_MAX)
        return "it is not the name of a field";
    if (plx_slice_equal_nocase(name, plx_slice_of("Via")))
        return "Via is how requests that go in circles are found";
    switch (plx_http_header_id_of(name)) {
    case PLX_HEADER_CONNECTION:
    case PLX_HEADER_KEEP_ALIVE:
    case PLX_HEADER_PROXY_CONNECTION:
    case PLX_HEADER_TE:
    case PLX_HEADER_UPGRADE:
    case PLX_HEADER_PROXY_AUTHENTICATE:
    case PLX_HEADER_PROXY_AUTHORIZATION:
    case PLX_HEADER_HTTP2_SETTINGS:
        return CONNECTION;
    case PLX_HEADER_TRANSFER_ENCODING:
    case PLX_HEADER_CONTENT_LENGTH:
    case PLX_HEADER_TRAILER:
    case PLX_HEADER_EXPECT:
        return FRAMING;
    case PLX_HEADER_HOST:
        return "the role's `host` says what Host is sent";
    case PLX_HEADER_POSER:
    case PLX_HEADER_PARALLAX_ROLE:
    case PLX_HEADER_PARALLAX_EXCHANGE:
        return OWN;
    default:
        return NULL;
    }
}

bool
plx_field_value_is_valid(struct plx_slice value)
{
    if (value.len > PLX_FIELD_CHANGES_VALUE_MAX ||
        (value.len && (plx_ascii_is_blank(value.ptr[0]) || plx_ascii_is_blank(value.ptr[value.len - 1]))))
        return false;
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

static bool
is_same_name(struct plx_slice a, struct plx_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        char x = plx_ascii_lower(a.ptr[i]), y = plx_ascii_lower(b.ptr[i]);
        if (x != y && !((x == '-' && y == '_') || (x == '_' && y == '-')))
            return false;
    }
    return true;
}

static struct plx_field_change *
find(const struct plx_field_changes *changes, struct plx_slice name)
{
    for (size_t i = 0; i < changes->count; i++)
        if (is_same_name(plx_slice_of(changes->list[i].name), name))
            return &changes->list[i];
    return NULL;
}

bool
plx_field_changes_has(const struct plx_field_changes *changes, struct plx_slice name)
{
    return find(changes, name) != NULL;
}

static void
change_fini(struct plx_field_change *change)
{
    free(change->name);
    free(change->value);
}

bool
plx_field_changes_add(struct plx_field_changes *changes, struct plx_slice name, struct plx_slice value)
{
    struct plx_field_change *place = find(changes, name);
    struct plx_field_change made = {
        .name = strndup(name.ptr, name.len),
        .value = value.ptr ? strndup(value.ptr, value.len) : NULL,
    };

    if (!place && changes->count < PLX_FIELD_CHANGES_MAX) {
        struct plx_field_change *list = realloc(changes->list, (changes->count + 1) * sizeof(*list));
        if (list) {
            changes->list = list;
            place = &list[changes->count];
            *place = (struct plx_field_change){NULL, NULL};
        }
    }
    if (!place || !made.name || (value.ptr && !made.value)) {
        change_fini(&made);
        return false;
    }
    if (place == &changes->list[changes->count])
        changes->count++;
    change_fini(place);
    *place = made;
    return true;
}

bool
plx_field_changes_copy(struct plx_field_changes *to, const struct plx_field_changes *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const char *value = from->list[i].value;
        if (!plx_field_changes_add(to, plx_slice_of(from->list[i].name),
                                   value ? plx_slice_of(value) : plx_slice_make(NULL, 0)))
            return false;
    }
    return true;
}

void
plx_field_changes_fini(struct plx_field_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        change_fini(&changes->list[i]);
    free(changes->list);
    *changes = (struct plx_field_changes){NULL, 0};
}

size_t
plx_field_changes_bytes(const struct plx_field_changes *changes)
{
    size_t bytes = 0;

    for (size_t i = 0; i < changes->count; i++)
        bytes += strlen(changes->list[i].name) + (changes->list[i].value ? strlen(changes->list[i].value) : 0);
    return bytes;
}

bool
plx_field_changes_equal(const struct plx_field_changes *a, const struct plx_field_changes *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct plx_field_change *x = &a->list[i], *y = &b->list[i];
        if (strcmp(x->name, y->name) != 0 || !x->value != !y->value || (x->value && strcmp(x->value, y->value) != 0))
            return false;
    }
    return true;
}
