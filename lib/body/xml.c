/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From libxml2's tree to JSON text.
 *
 *   libxml2's parser --event--> guard: counted, charged --> libxml2's tree --> JSON text
 *
 * The hard thing is hostile text: libxml2 compares the attributes of an element pairwise before it tells of them, and
 * makes nodes of more than a hundred bytes of three. The first is bounded before the parser has the text
 * (html_source.c), the second by the guard, which stops the parser before a node is made that has no room.
 *
 * libxml2 reads HTML as HTML 4 was read. What browsers do otherwise and pages often have is made up for: the body of a
 * table that names none, attributes without a value, a newline after <pre>, and names of characters.
 */
#include "body/xml.h"

#include "base/arena.h"
#include "base/assert.h"
#include "body/html_source.h"
#include "json/writer.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <pthread.h>
#include <stdlib.h>

/* What libxml2 takes: a node or an attribute with malloc's own, an attribute's value as a node. */
#define NODE_BYTES      160u
#define ATTRIBUTE_BYTES (2 * NODE_BYTES)
#define NODE_STEPS      50u

#define XSI "http://www.w3.org/2001/XMLSchema-instance"

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

/* xml:space of the element itself (XML 1.0, 2.10), else what holds around it. */
static bool
keeps_space(const xmlNode *element, bool html, bool around)
{
    static const char *const kept[] = {"pre", "textarea", "script", "style", NULL};

    if (html)
        return around || is_one_of(element, kept);
    for (const xmlAttr *at = element->properties; at; at = at->next) {
        const char *value = at->children && at->children->content ? (const char *)at->children->content : "";
        if (strcmp((const char *)at->name, "space") != 0 || !at->ns || !at->ns->href ||
            strcmp((const char *)at->ns->href, (const char *)XML_XML_NAMESPACE) != 0)
            continue;
        if (strcmp(value, "preserve") == 0)
            return true;
        if (strcmp(value, "default") == 0)
            return false;
    }
    return around;
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

/* The next one begins. One that found no memory is not just left out. */
static void
drop_text(struct writing *w)
{
    if (w->text.failed && w->status == PLX_OK)
        w->status = PLX_E_MEMORY;
    plx_buffer_clear(&w->text);
}

/* The text between two elements, either of which may be NULL: the beginning or the end of its parent. */
static void
flush(struct writing *w, bool keep, const xmlNode *before, const xmlNode *after)
{
    if (w->text.len && w->html && !keep)
        collapse(&w->text, !before || is_block(before), !after || is_block(after));
    if (w->text.len && (keep || w->html || !is_blank(&w->text)))
        plx_json_string(&w->json, plx_buffer_slice(&w->text));
    drop_text(w);
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

/* xsi:type="p:name" means a name in the namespace that p stands for: {uri}name. */
static void
resolve_type(struct writing *w, const xmlNode *element)
{
    struct plx_slice value = plx_buffer_slice(&w->text);
    const char *colon = value.len ? memchr(value.ptr, ':', value.len) : NULL;
    size_t prefix_len = colon ? (size_t)(colon - value.ptr) : 0;
    char prefix[128];
    struct plx_buffer name;

    if (prefix_len >= sizeof(prefix))
        return;
    if (prefix_len)
        memcpy(prefix, value.ptr, prefix_len);
    prefix[prefix_len] = '\0';
    const xmlNs *ns = xmlSearchNs(element->doc, (xmlNode *)element, colon ? (const xmlChar *)prefix : NULL);
    if (!ns || !ns->href || !*ns->href)
        return;
    plx_buffer_init(&name, w->json.out->max);
    plx_buffer_format(&name, "{%s}", (const char *)ns->href);
    plx_buffer_add(&name,
                   plx_slice_make(value.ptr + prefix_len + (colon != NULL), value.len - prefix_len - (colon != NULL)));
    plx_buffer_clear(&w->text);
    plx_buffer_add(&w->text, plx_buffer_slice(&name));
    w->text.failed |= name.failed;
    plx_buffer_fini(&name);
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
    drop_text(w);
    for (const xmlNode *child = attribute->children; child; child = child->next) {
        if (child->type != XML_TEXT_NODE)
            w->status = PLX_E_SYNTAX; /* a reference to an entity */
        else
            plx_buffer_add(&w->text, slice_of(child->content));
    }
    if (strcmp(uri, XSI) == 0 && strcmp((const char *)attribute->name, "type") == 0)
        resolve_type(w, element);
    plx_json_string(&w->json, plx_buffer_slice(&w->text));
    drop_text(w);
}

static void
write_attributes(struct writing *w, const xmlNode *element)
{
    const xmlNode *sorted[PLX_XML_ATTRIBUTES_MAX];
    size_t count = 0;
    const xmlNode *parent = element->parent && element->parent->type == XML_ELEMENT_NODE ? element->parent : NULL;

    if (!w->html && strcmp(namespace_of(element), parent ? namespace_of(parent) : "") != 0) {
        write_key(w, element, "", "xmlns");
        plx_json_string(&w->json, plx_slice_of(namespace_of(element)));
    }
    for (const xmlAttr *at = element->properties; at; at = at->next) {
        PLX_ASSERT(count < PLX_XML_ATTRIBUTES_MAX); /* the guard has counted them */
        sorted[count++] = (const xmlNode *)at;
    }
    qsort(sorted, count, sizeof(const xmlNode *), by_name);
    for (size_t i = 0; i < count && w->status == PLX_OK; i++)
        write_attribute(w, element, (const xmlAttr *)sorted[i]);
}

/* ---- elements ---- */

static void write_element(struct writing *w, const xmlNode *element, uint32_t depth, bool keep);

static bool
is_named(const xmlNode *node, const char *name)
{
    return strcmp((const char *)node->name, name) == 0;
}

/* Rows that stand in a table itself are in a body that is not written (WHATWG HTML, 13.2.6.4.9). */
static void
wrap_rows(struct writing *w, bool *wrapped, bool row)
{
    if (row && !*wrapped) {
        plx_json_begin_object(&w->json);
        plx_json_key(&w->json, "tbody");
        plx_json_begin_array(&w->json);
    } else if (!row && *wrapped) {
        plx_json_end_array(&w->json);
        plx_json_end_object(&w->json);
    }
    *wrapped = row;
}

/* The newline at the beginning of these is not part of them (13.2.6.4.7). */
static struct plx_slice
text_of(const struct writing *w, const xmlNode *element, const xmlNode *child)
{
    static const char *const begun[] = {"pre", "textarea", "listing", NULL};
    struct plx_slice text = slice_of(child->content);
    bool begins = w->html && child == element->children && is_one_of(element, begun);
    size_t skip = !begins ? 0 : text.len > 1 && memcmp(text.ptr, "\r\n", 2) == 0 ? 2 : text.len && *text.ptr == '\n';

    return plx_slice_make(text.ptr + skip, text.len - skip);
}

static void
write_children(struct writing *w, const xmlNode *element, uint32_t depth, bool keep)
{
    const xmlNode *before = NULL;
    bool table = w->html && is_named(element, "table"), wrapped = false;

    for (const xmlNode *child = element->children; child && w->status == PLX_OK; child = child->next) {
        switch (child->type) {
        case XML_TEXT_NODE:
        case XML_CDATA_SECTION_NODE:
            plx_buffer_add(&w->text, text_of(w, element, child));
            break;
        case XML_ELEMENT_NODE:
            flush(w, keep, before, child);
            if (table)
                wrap_rows(w, &wrapped, is_named(child, "tr"));
            write_element(w, child, depth - 1 - wrapped, keep);
            before = child;
            break;
        case XML_ENTITY_REF_NODE:
            w->status = PLX_E_SYNTAX;
            break;
        default: /* comments, processing instructions */
            break;
        }
    }
    flush(w, keep, before, NULL);
    wrap_rows(w, &wrapped, false);
}

static void
write_element(struct writing *w, const xmlNode *element, uint32_t depth, bool keep)
{
    if (depth == 0 || depth > PLX_XML_DEPTH_MAX) {
        w->status = PLX_E_DEPTH;
        return;
    }
    plx_json_begin_object(&w->json);
    plx_json_key_slice(&w->json, slice_of(element->name));
    plx_json_begin_array(&w->json);
    write_children(w, element, depth, keeps_space(element, w->html, keep));
    plx_json_end_array(&w->json);
    if (w->status == PLX_OK)
        write_attributes(w, element);
    plx_json_end_object(&w->json);
}

/* ---- the guard ---- */

struct guard {
    xmlParserCtxt *parser;
    xmlSAXHandler tree; /* what makes nodes */
    struct plx_work *work;
    struct plx_arena *arena;
    size_t charged;
    uint32_t declarations, namespaces; /* namespaces: of the elements that are open */
    uint32_t opened[PLX_XML_DEPTH_MAX], depth;
    bool in_text; /* the event before was text, to which libxml2 adds what follows */
    enum plx_status status;
};

static struct guard *
guard_of(void *context)
{
    return ((xmlParserCtxt *)context)->_private;
}

static bool
stop(struct guard *g, enum plx_status why)
{
    if (g->status == PLX_OK)
        g->status = why;
    xmlStopParser(g->parser);
    return false;
}

/* Room for so many bytes on the heap; false: the parser is stopped. */
static bool
has_room(struct guard *g, size_t bytes, uint64_t steps)
{
    if (g->status != PLX_OK)
        return false;
    if (!plx_work_spend(g->work, steps))
        return stop(g, PLX_E_TIMEOUT);
    if (!plx_arena_charge(g->arena, bytes))
        return stop(g, PLX_E_TOO_LARGE);
    g->charged += bytes;
    return true;
}

/* An element; libxml2 has compared each attribute with those before it, and looked each one's prefix up. */
static bool
take_element(struct guard *g, size_t attributes, size_t namespaces, size_t value_bytes)
{
    uint64_t steps = NODE_STEPS + (uint64_t)attributes * (attributes / 2 + g->namespaces + NODE_STEPS);

    g->in_text = false;
    if (attributes + namespaces > PLX_XML_ATTRIBUTES_MAX || g->namespaces + namespaces > PLX_XML_ATTRIBUTES_MAX)
        return stop(g, PLX_E_TOO_LARGE);
    return has_room(g, NODE_BYTES + attributes * ATTRIBUTE_BYTES + namespaces * NODE_BYTES + value_bytes, steps);
}

static void
on_element_ns(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
              const xmlChar **namespaces, int attribute_count, int defaulted, const xmlChar **attributes)
{
    struct guard *g = guard_of(context);
    size_t bytes = 0;

    /* Of each five: name, prefix, URI, the value and its end. */
    for (int i = 0; i < attribute_count; i++)
        bytes += (size_t)(attributes[5 * i + 4] - attributes[5 * i + 3]);
    for (int i = 0; i < namespace_count; i++)
        bytes += namespaces[2 * i + 1] ? strlen((const char *)namespaces[2 * i + 1]) : 0;
    if (!take_element(g, (size_t)attribute_count, (size_t)namespace_count, bytes))
        return;
    if (g->depth >= PLX_XML_DEPTH_MAX) {
        (void)stop(g, PLX_E_DEPTH);
        return;
    }
    g->opened[g->depth] = (uint32_t)namespace_count;
    g->depth++;
    g->namespaces += (uint32_t)namespace_count;
    g->tree.startElementNs(context, name, prefix, uri, namespace_count, namespaces, attribute_count, defaulted,
                           attributes);
}

static void
on_element_end_ns(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct guard *g = guard_of(context);

    g->in_text = false;
    if (g->status != PLX_OK || g->depth == 0)
        return;
    g->depth--;
    g->namespaces -= g->opened[g->depth];
    g->tree.endElementNs(context, name, prefix, uri);
}

static void
on_element(void *context, const xmlChar *name, const xmlChar **attributes)
{
    struct guard *g = guard_of(context);
    size_t count = 0, bytes = 0;

    for (; attributes && attributes[2 * count]; count++)
        bytes += attributes[2 * count + 1] ? strlen((const char *)attributes[2 * count + 1]) : 0;
    if (!take_element(g, count, 0, bytes))
        return;
    /* libxml2 would give <input disabled> the value "disabled"; it frees the values afterwards, so they are put back */
    bool missing[PLX_XML_ATTRIBUTES_MAX];
    for (size_t i = 0; i < count; i++) {
        missing[i] = !attributes[2 * i + 1];
        if (missing[i])
            attributes[2 * i + 1] = (const xmlChar *)"";
    }
    g->tree.startElement(context, name, attributes);
    for (size_t i = 0; i < count; i++)
        if (missing[i])
            attributes[2 * i + 1] = NULL;
}

static void
on_element_end(void *context, const xmlChar *name)
{
    struct guard *g = guard_of(context);

    g->in_text = false;
    if (g->status == PLX_OK)
        g->tree.endElement(context, name);
}

/* Text that goes on is added to its node, whose memory doubles. */
static bool
take_text(struct guard *g, int len)
{
    size_t node = g->in_text ? 0 : NODE_BYTES;

    g->in_text = true;
    return has_room(g, node + 2 * (size_t)len, NODE_STEPS + (uint64_t)len);
}

static void
on_text(void *context, const xmlChar *text, int len)
{
    struct guard *g = guard_of(context);

    if (take_text(g, len))
        g->tree.characters(context, text, len);
}

static void
on_cdata(void *context, const xmlChar *text, int len)
{
    struct guard *g = guard_of(context);

    g->in_text = false;
    if (take_text(g, len))
        g->tree.cdataBlock(context, text, len);
    g->in_text = false;
}

/* Comments and instructions say nothing, and make no node. */
static void
on_comment(void *context, const xmlChar *text)
{
    struct guard *g = guard_of(context);

    (void)has_room(g, 0, NODE_STEPS);
}

static void
on_instruction(void *context, const xmlChar *target, const xmlChar *data)
{
    struct guard *g = guard_of(context);

    (void)has_room(g, 0, NODE_STEPS);
}

static void
on_reference(void *context, const xmlChar *name)
{
    (void)stop(guard_of(context), PLX_E_SYNTAX);
}

/* A DTD may give attributes and texts to every element: only a few of its declarations are taken. */
static bool
take_declaration(struct guard *g, const xmlChar *text)
{
    size_t len = text ? strlen((const char *)text) : 0;

    if (++g->declarations > PLX_XML_DECLARATIONS_MAX)
        return stop(g, PLX_E_TOO_LARGE);
    return has_room(g, 2 * NODE_BYTES + len, NODE_STEPS + len);
}

/* An entity in an entity could be made to say a million times what was written: nobody expands such. */
static void
on_entity(void *context, const xmlChar *name, int type, const xmlChar *public_id, const xmlChar *system_id,
          xmlChar *content)
{
    struct guard *g = guard_of(context);

    if (content && strchr((const char *)content, '&'))
        (void)stop(g, PLX_E_SYNTAX);
    else if (take_declaration(g, content))
        g->tree.entityDecl(context, name, type, public_id, system_id, content);
}

static void
on_attribute_declared(void *context, const xmlChar *element, const xmlChar *name, int type, int def,
                      const xmlChar *value, xmlEnumeration *values)
{
    struct guard *g = guard_of(context);

    if (take_declaration(g, value))
        g->tree.attributeDecl(context, element, name, type, def, value, values);
    else
        xmlFreeEnumeration(values);
}

static void
on_element_declared(void *context, const xmlChar *name, int type, xmlElementContent *content)
{
    struct guard *g = guard_of(context);

    if (take_declaration(g, NULL))
        g->tree.elementDecl(context, name, type, content);
}

static void
on_notation(void *context, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    struct guard *g = guard_of(context);

    if (take_declaration(g, NULL))
        g->tree.notationDecl(context, name, public_id, system_id);
}

static void
set_guard(struct guard *g, xmlParserCtxt *parser)
{
    xmlSAXHandler *sax = parser->sax;

    g->parser = parser;
    g->tree = *sax;
    parser->_private = g;
    if (sax->startElementNs) {
        sax->startElementNs = on_element_ns;
        sax->endElementNs = on_element_end_ns;
    }
    sax->startElement = sax->startElement ? on_element : NULL;
    sax->endElement = sax->endElement ? on_element_end : NULL;
    sax->characters = on_text;
    sax->cdataBlock = on_cdata;
    sax->comment = on_comment;
    sax->processingInstruction = on_instruction;
    sax->reference = sax->reference ? on_reference : NULL;
    sax->entityDecl = sax->entityDecl ? on_entity : NULL;
    sax->attributeDecl = sax->attributeDecl ? on_attribute_declared : NULL;
    sax->elementDecl = sax->elementDecl ? on_element_declared : NULL;
    sax->notationDecl = sax->notationDecl ? on_notation : NULL;
    xmlDictSetLimit(parser->dict, PLX_XML_NAMES_BYTES);
}

/* ---- documents ---- */

/*
 * Whether names were left out, or may have been: the dictionary has no room for one more. XML is not well-formed then,
 * but HTML goes on without.
 */
static bool
lacks_names(xmlDict *dict)
{
    static const char one_more[256] = "\x01 no name of a body";

    return !xmlDictLookup(dict, (const xmlChar *)one_more, sizeof(one_more) - 1);
}

static enum plx_status
verdict(const struct guard *g, const xmlDoc *document)
{
    if (g->status != PLX_OK)
        return g->status;
    if (lacks_names(g->parser->dict))
        return PLX_E_TOO_LARGE;
    if (document)
        return PLX_OK;
    return g->parser->errNo == XML_ERR_NO_MEMORY ? PLX_E_MEMORY : PLX_E_SYNTAX;
}

/* NULL: not well-formed, no room, or no memory. Nothing is loaded, nothing is substituted, nothing is printed. */
static xmlDoc *
read_xml(struct plx_slice text, struct guard *g)
{
    xmlParserCtxt *parser = xmlNewParserCtxt();

    g->status = parser ? PLX_OK : PLX_E_MEMORY;
    if (!parser)
        return NULL;
    set_guard(g, parser);
    xmlDoc *document = xmlCtxtReadMemory(parser, text.ptr, (int)text.len, NULL, "UTF-8",
                                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    g->status = verdict(g, document);
    xmlFreeParserCtxt(parser);
    return document;
}

static xmlDoc *
read_html(struct plx_slice text, struct guard *g)
{
    htmlParserCtxt *parser = htmlNewParserCtxt();

    g->status = parser ? PLX_OK : PLX_E_MEMORY;
    if (!parser)
        return NULL;
    set_guard(g, parser);
    xmlDoc *document = htmlCtxtReadMemory(parser, text.ptr, (int)text.len, NULL, "UTF-8",
                                          HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR |
                                              HTML_PARSE_NOWARNING | HTML_PARSE_NODEFDTD);
    g->status = verdict(g, document);
    htmlFreeParserCtxt(parser);
    return document;
}

enum plx_status
plx_xml_write_json(struct plx_slice text, bool html, uint32_t depth_max, struct plx_work *work, struct plx_arena *arena,
                   struct plx_buffer *out)
{
    struct guard g = {.work = work, .arena = arena};
    uint32_t depth = depth_max && depth_max / 2 < PLX_XML_DEPTH_MAX ? depth_max / 2 : PLX_XML_DEPTH_MAX;
    size_t copies; /* the parser's own, and the longest run of text as it is gathered here */

    if (text.len > INT32_MAX)
        return PLX_E_LIMIT;
    if (!plx_work_spend(work, 4 * text.len))
        return PLX_E_TIMEOUT;
    if (plx_source_has_many_attributes(text, html, PLX_XML_ATTRIBUTES_MAX))
        return PLX_E_TOO_LARGE;
    if (html) {
        const struct plx_allocator in_arena = plx_arena_allocator(arena);
        struct plx_buffer expanded;
        plx_buffer_init_in(&expanded, 2 * text.len + 64, &in_arena);
        text = plx_html_expand_references(text, &expanded);
        if (expanded.failed)
            return PLX_E_MEMORY;
    }
    copies = 3 * text.len;
    if (!plx_arena_charge(arena, copies))
        return PLX_E_TOO_LARGE;
    pthread_once(&once, xmlInitParser);
    xmlDoc *document = html ? read_html(text, &g) : read_xml(text, &g);
    xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    struct writing w = {.html = html, .status = g.status};
    if (w.status == PLX_OK && !root)
        w.status = PLX_E_SYNTAX;
    plx_json_writer_init(&w.json, out);
    plx_buffer_init(&w.text, text.len * 8 + 64);
    if (w.status == PLX_OK && root)
        write_element(&w, root, depth, false);
    if (w.status == PLX_OK && out->failed)
        w.status = PLX_E_LIMIT;
    plx_buffer_fini(&w.text);
    xmlFreeDoc(document);
    plx_arena_credit(arena, copies + g.charged);
    return w.status;
}
