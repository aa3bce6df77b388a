/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body as what it says: codings removed, characters as UTF-8, and where it has a structure a document, so that all
 * rules work on every type alike.
 *
 *   codings (coding.h) --> charset (charset.h) --> type by media type or content --> document | text | bytes
 *
 * The types with a structure that are not JSON (ndjson.c, form.c, xml.c, multipart.c) write themselves as JSON text,
 * which the one reader reads: so there is one kind of document, and one place where hostile input becomes one.
 */
#ifndef PLX_BODY_H
#define PLX_BODY_H

#include <parallax/compare.h>

#define PLX_DECODED_BYTES_DEFAULT (16u << 20)

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

#endif
