/* SPDX-License-Identifier: Apache-2.0 */
/* XML and HTML as JSON text, by libxml2: one tree for all ways to write the same. */
#ifndef PLX_BODY_XML_H
#define PLX_BODY_XML_H

#include "base/buffer.h"
#include "base/work.h"

struct plx_arena;

#define PLX_XML_DEPTH_MAX        256u   /* libxml2's own */
#define PLX_XML_ATTRIBUTES_MAX   1024u  /* of an element, those that a DTD adds and namespaces included */
#define PLX_XML_DECLARATIONS_MAX 1024u  /* in a DTD */
#define PLX_XML_NAMES_BYTES      20000u /* of all names that differ */

/*
 *   <order id="7"><price>3.10</price></order>      {"order":[{"price":["3.10"]}],"order@id":"7"}
 *
 * An element is an object whose first member has its children, text and elements, in their order; its attributes are
 * the members behind it, sorted. Prefixes mean nothing: names are local names, an element in another namespace than its
 * parent's has a member "NAME@xmlns", attributes in one are "NAME@{uri}name" (but NAME@xml:lang). Comments, processing
 * instructions and the doctype are left out, and text that is nothing but white space, unless xml:space keeps it. In
 * HTML runs of white space are one space, and none next to a block.
 *
 * libxml2's tree lies on the heap while this runs. What it takes is counted before each node is made and charged to the
 * arena.
 *
 * PLX_E_SYNTAX: not well-formed (XML), or a reference to an entity that a DTD declares: such are never expanded nor
 * fetched. PLX_E_DEPTH, PLX_E_LIMIT (out is full, or text beyond 2 GiB), PLX_E_MEMORY. PLX_E_TOO_LARGE: the arena
 * refused a node, or there are more than PLX_XML_ATTRIBUTES_MAX attributes, PLX_XML_DECLARATIONS_MAX declarations, or
 * PLX_XML_NAMES_BYTES of names. PLX_E_TIMEOUT: no work is left (work may be NULL). out is then of no use.
 */
PLX_MUST_USE enum plx_status plx_xml_write_json(struct plx_slice text, bool html, uint32_t depth_max,
                                                struct plx_work *work, struct plx_arena *arena, struct plx_buffer *out);

#endif
