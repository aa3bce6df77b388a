/* SPDX-License-Identifier: Apache-2.0 */
/* From libxml2's tree to JSON text. */
#include "body/xml.h"

#include "json/writer.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <pthread.h>
#include <stdlib.h>

#define ATTRIBUTES_MAX 1024u /* of an element */

/* libxml2 2.9 sets itself up at its first use, which is not safe for several threads at once. */
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct writing {
    struct plx_json_writer json;
    struct plx_buffer text; /* since the last element */
    bool html;
    enum plx_status status;
};

static struct plx_slice
slice_of(const xmlChar *text)
{
    return plx_slice_of((const char *)text);
}

static const char *
namespace_of(const xmlNode *node)
{
    return node->ns && node->ns->href ? (const char *)node->ns->href : "";
}

/* ---- text ---- */

static bool
is_one_of(const xmlNode *node, const char *const *names)
{
    for (; *names; names++)
        if (strcmp((const char *)node->name, *names) == 0)
            return true;
    return false;
}

static bool
is_block(const xmlNode *node)
{
    static const char *const inlines[] = {"a",    "abbr", "b",    "bdi",  "bdo",   "button", "cite",
                                          "code", "em",   "i",    "img",  "input", "kbd",    "label",
                                          "mark", "q",    "s",    "samp", "small", "span",   "strong",
                                          "sub",  "sup",  "time", "u",    "var",   "select", NULL};

    return !is_one_of(node, inlines);
}

static bool
keeps_space(const xmlNode *element, bool html)
{
    static const char *const kept[] = {"pre", "textarea", "script", "style", NULL};

    if (!html)
        return xmlNodeGetSpacePreserve(element) == 1;
    for (const xmlNode *at = element; at && at->type == XML_ELEMENT_NODE; at = at->parent)
        if (is_one_of(at, kept))
            return true;
    return false;
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Runs of white space become a space, in place; at the ends none is left where trim says so. */
static void
collapse(struct plx_buffer *text, bool trim_left, bool trim_right)
{
    size_t len = 0;

    for (size_t i = 0; i < text->len; i++) {
        bool space = is_space(text->ptr[i]);
        if (space && ((len == 0 && trim_left) || (len && text->ptr[len - 1] == ' ')))
            continue;
        text->ptr[len++] = space ? ' ' : text->ptr[i];
    }
    if (len && trim_right && text->ptr[len - 1] == ' ')
        len--;
    text->len = len;
}

static bool
is_blank(const struct plx_buffer *text)
{
    for (size_t i = 0; i < text->len; i++)
        if (!is_space(text->ptr[i]))
            return false;
    return true;
}

/* The text between two elements, either of which may be NULL: the beginning or the end of its parent. */
static void
flush(struct writing *w, const xmlNode *parent, const xmlNode *before, const xmlNode *after)
{
    bool keep = keeps_space(parent, w->html);

    if (w->text.len && w->html && !keep)
        collapse(&w->text, !before || is_block(before), !after || is_block(after));
    if (w->text.len && (keep || w->html || !is_blank(&w->text)))
        plx_json_string(&w->json, plx_buffer_slice(&w->text));
    plx_buffer_clear(&w->text);
}

/* ---- attributes ---- */

static int
by_name(const void *x, const void *y)
{
    const xmlNode *a = *(const xmlNode *const *)x, *b = *(const xmlNode *const *)y;
    int order = strcmp(namespace_of(a), namespace_of(b));

    return order ? order : strcmp((const char *)a->name, (const char *)b->name);
}

static void
write_key(struct writing *w, const xmlNode *element, const char *prefix, const char *name)
{
    struct plx_buffer key;

    plx_buffer_init(&key, w->json.out->max);
    plx_buffer_format(&key, "%s@%s%s", (const char *)element->name, prefix, name);
    if (key.failed)
        w->status = PLX_E_MEMORY;
    plx_json_key_slice(&w->json, plx_buffer_slice(&key));
    plx_buffer_fini(&key);
}

static void
write_attribute(struct writing *w, const xmlNode *element, const xmlAttr *attribute)
{
    const char *uri = namespace_of((const xmlNode *)attribute);
    bool xml = strcmp(uri, (const char *)XML_XML_NAMESPACE) == 0;
    struct plx_buffer prefix;

    plx_buffer_init(&prefix, w->json.out->max);
    plx_buffer_format(&prefix, xml ? "xml:" : *uri ? "{%s}" : "%s", uri);
    plx_buffer_byte(&prefix, '\0');
    if (prefix.failed)
        w->status = PLX_E_MEMORY;
    else
        write_key(w, element, prefix.ptr, (const char *)attribute->name);
    plx_buffer_fini(&prefix);
    plx_buffer_clear(&w->text);
    for (const xmlNode *child = attribute->children; child; child = child->next) {
        if (child->type != XML_TEXT_NODE)
            w->status = PLX_E_SYNTAX; /* a reference to an entity */
        else
            plx_buffer_add(&w->text, slice_of(child->content));
    }
    plx_json_string(&w->json, plx_buffer_slice(&w->text));
    plx_buffer_clear(&w->text);
}

static void
write_attributes(struct writing *w, const xmlNode *element)
{
    const xmlNode *sorted[ATTRIBUTES_MAX];
    size_t count = 0;
    const xmlNode *parent = element->parent && element->parent->type == XML_ELEMENT_NODE ? element->parent : NULL;

    if (!w->html && strcmp(namespace_of(element), parent ? namespace_of(parent) : "") != 0) {
        write_key(w, element, "", "xmlns");
        plx_json_string(&w->json, plx_slice_of(namespace_of(element)));
    }
    for (const xmlAttr *at = element->properties; at; at = at->next) {
        if (count == ATTRIBUTES_MAX) {
            w->status = PLX_E_LIMIT;
            return;
        }
        sorted[count++] = (const xmlNode *)at;
    }
    qsort(sorted, count, sizeof(const xmlNode *), by_name);
    for (size_t i = 0; i < count && w->status == PLX_OK; i++)
        write_attribute(w, element, (const xmlAttr *)sorted[i]);
}

/* ---- elements ---- */

static void write_element(struct writing *w, const xmlNode *element, uint32_t depth);

static void
write_children(struct writing *w, const xmlNode *element, uint32_t depth)
{
    const xmlNode *before = NULL;

    for (const xmlNode *child = element->children; child && w->status == PLX_OK; child = child->next) {
        switch (child->type) {
        case XML_TEXT_NODE:
        case XML_CDATA_SECTION_NODE:
            plx_buffer_add(&w->text, slice_of(child->content));
            break;
        case XML_ELEMENT_NODE:
            flush(w, element, before, child);
            write_element(w, child, depth - 1);
            before = child;
            break;
        case XML_ENTITY_REF_NODE:
            w->status = PLX_E_SYNTAX;
            break;
        default: /* comments, processing instructions */
            break;
        }
    }
    flush(w, element, before, NULL);
}

static void
write_element(struct writing *w, const xmlNode *element, uint32_t depth)
{
    if (depth == 0) {
        w->status = PLX_E_DEPTH;
        return;
    }
    plx_json_begin_object(&w->json);
    plx_json_key_slice(&w->json, slice_of(element->name));
    plx_json_begin_array(&w->json);
    write_children(w, element, depth);
    plx_json_end_array(&w->json);
    if (w->status == PLX_OK)
        write_attributes(w, element);
    plx_json_end_object(&w->json);
}

/* ---- documents ---- */

/* NULL: not well-formed, or no memory. Nothing is loaded, nothing is substituted, nothing is printed. */
static xmlDoc *
read_xml(struct plx_slice text, enum plx_status *status)
{
    xmlParserCtxt *context = xmlNewParserCtxt();
    xmlDoc *document = NULL;

    *status = PLX_E_MEMORY;
    if (!context)
        return NULL;
    document = xmlCtxtReadMemory(context, text.ptr, (int)text.len, NULL, "UTF-8",
                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    *status = document ? PLX_OK : context->errNo == XML_ERR_NO_MEMORY ? PLX_E_MEMORY : PLX_E_SYNTAX;
    xmlFreeParserCtxt(context);
    return document;
}

static xmlDoc *
read_html(struct plx_slice text, enum plx_status *status)
{
    htmlParserCtxt *context = htmlNewParserCtxt();
    xmlDoc *document = NULL;

    *status = PLX_E_MEMORY;
    if (!context)
        return NULL;
    document = htmlCtxtReadMemory(context, text.ptr, (int)text.len, NULL, "UTF-8",
                                  HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                      HTML_PARSE_NODEFDTD);
    *status = document ? PLX_OK : context->errNo == XML_ERR_NO_MEMORY ? PLX_E_MEMORY : PLX_E_SYNTAX;
    htmlFreeParserCtxt(context);
    return document;
}

enum plx_status
plx_xml_write_json(struct plx_slice text, bool html, uint32_t depth_max, struct plx_buffer *out)
{
    struct writing w = {.html = html};
    uint32_t depth = depth_max && depth_max / 2 < PLX_XML_DEPTH_MAX ? depth_max / 2 : PLX_XML_DEPTH_MAX;

    if (text.len > INT32_MAX)
        return PLX_E_LIMIT;
    pthread_once(&once, xmlInitParser);
    xmlDoc *document = html ? read_html(text, &w.status) : read_xml(text, &w.status);
    xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    if (document && !root)
        w.status = PLX_E_SYNTAX;
    plx_json_writer_init(&w.json, out);
    plx_buffer_init(&w.text, text.len * 8 + 64);
    if (root)
        write_element(&w, root, depth);
    if (w.status == PLX_OK && (out->failed || w.text.failed))
        w.status = PLX_E_LIMIT;
    plx_buffer_fini(&w.text);
    xmlFreeDoc(document);
    return w.status;
}
