/* SPDX-License-Identifier: Apache-2.0 */
/* The types of bodies. */
#ifndef PLX_BODY_BODY_TYPE_H
#define PLX_BODY_BODY_TYPE_H

#include <stdbool.h>

/* enum, name, whether it is a document */
#define PLX_BODY_MAP(X)                      \
    X(PLX_BODY_JSON, "json", true)           \
    X(PLX_BODY_NDJSON, "ndjson", true)       \
    X(PLX_BODY_FORM, "form", true)           \
    X(PLX_BODY_XML, "xml", true)             \
    X(PLX_BODY_HTML, "html", true)           \
    X(PLX_BODY_MULTIPART, "multipart", true) \
    X(PLX_BODY_TEXT, "text", false)          \
    X(PLX_BODY_BYTES, "bytes", false)

enum plx_body_type {
#define PLX_BODY_ENUM(name, text, tree) name,
    PLX_BODY_MAP(PLX_BODY_ENUM)
#undef PLX_BODY_ENUM
};

/* Whether bodies of the type are documents. */
static inline bool
plx_body_is_tree(enum plx_body_type type)
{
    switch (type) {
#define TREE_CASE(name, text, tree) \
    case name:                      \
        return tree;
        PLX_BODY_MAP(TREE_CASE)
#undef TREE_CASE
    }
    return false;
}

#endif
