/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members under the primary's names. The rule's pattern is its value, the pointer with the candidate's name: where the
 * automaton comes to its end at a key, that key is renamed. Below it the states are those of the primary's name.
 */
#include "compare/rename.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "compare/patterns.h"
#include "json/json_text.h"
#include "json/writer.h"

#define NODE_STEPS 8u /* of a node, and of each word of states there */

/* ---- rules ---- */

/* What stands behind the last slash; len 0: nothing. */
static struct plx_slice
last_step(struct plx_slice pointer)
{
    const char *slash = pointer.len ? memrchr(pointer.ptr, '/', pointer.len) : NULL;

    return slash ? plx_slice_make(slash + 1, pointer.len - (size_t)(slash + 1 - pointer.ptr)) : plx_slice_make("", 0);
}

static bool
is_name(struct plx_slice step)
{
    return step.len && !memchr(step.ptr, '*', step.len);
}

static int
shown_len(struct plx_slice text)
{
    return (int)(text.len < 60 ? text.len : 60);
}

enum plx_status
plx_rename_check(struct plx_slice field, struct plx_rule_error *error)
{
    if (!is_name(last_step(field)))
        return plx_rule_refuse(error, PLX_E_ARGUMENT,
                               "a pointer to rename ends in the primary's name of a member: write /billTo, not a star");
    return PLX_OK;
}

/* The primary's name, as JSON has it in quotes. */
static enum plx_status
take_name(struct plx_rules *rules, struct plx_compiled_rule *rule, struct plx_rule_error *error)
{
    struct plx_slice step = last_step(rule->rule.field);
    struct plx_json_writer writer;
    size_t len;
    char *name = plx_alloc(rules->allocator, step.len);

    if (!name)
        return PLX_E_MEMORY;
    enum plx_status status = plx_pattern_unescape(step, name, &len, error);
    if (status == PLX_OK && !plx_utf8_is_valid(plx_slice_make(name, len)))
        status = plx_rule_refuse(error, PLX_E_ARGUMENT, "a member's name is UTF-8");
    if (status == PLX_OK) {
        plx_buffer_init_in(&rule->name, PLX_RULE_TEXT_MAX * 6 + 2, rules->allocator);
        plx_json_writer_init(&writer, &rule->name);
        plx_json_string(&writer, plx_slice_make(name, len));
        status = rule->name.failed ? PLX_E_MEMORY : PLX_OK;
    }
    plx_release(rules->allocator, name, step.len);
    return status;
}

enum plx_status
plx_rename_take(struct plx_rules *rules, struct plx_compiled_rule *rule, struct plx_rule_error *error)
{
    struct plx_slice field = rule->rule.field, value = rule->rule.value;
    struct plx_slice ours = last_step(field), theirs = last_step(value);
    int parent = (int)(field.len - ours.len);

    if (!is_name(theirs) || value.ptr[0] != '/')
        return plx_rule_refuse(
            error, PLX_E_ARGUMENT,
            "'%.*s' is no name of a member: write a JSON Pointer that ends in the candidate's name, as in /bill_to",
            shown_len(value), value.ptr);
    if (value.len - theirs.len != (size_t)parent || memcmp(value.ptr, field.ptr, (size_t)parent) != 0)
        return plx_rule_refuse(error, PLX_E_ARGUMENT,
                               "only the last step may differ, those before it are the primary's: write %.*s%.*s",
                               parent < 60 ? parent : 60, field.ptr, shown_len(theirs), theirs.ptr);
    if (plx_slice_equal(ours, theirs))
        return plx_rule_refuse(error, PLX_E_ARGUMENT,
                               "both names are the same: leave the rule out, or write the candidate's name");
    return take_name(rules, rule, error);
}

/* ---- finding ---- */

struct search {
    const struct plx_rules *rules;
    const struct plx_document *document;
    struct plx_work *work;
    struct plx_arena *arena;
    size_t words;
    uint64_t *states; /* of each depth */
    uint16_t *found;  /* of each node; NULL before the first */
    uint32_t *looked; /* of each rule the object that it was last looked up in, and 1; there with found */
    bool *has;        /* and whether that has the primary's name */
    bool failed;
};

/* A document that is the primary's name, and nothing else. */
struct name_document {
    struct plx_node node;
    struct plx_document document;
};

static void
name_document_init(struct name_document *name, const struct plx_compiled_rule *rule)
{
    struct plx_slice text = plx_slice_make(rule->name.ptr + 1, rule->name.len - 2);

    name->node = (struct plx_node){.length = (uint32_t)text.len, .next = 1, .type = PLX_STRING};
    name->node.flags = memchr(text.ptr, '\\', text.len) ? PLX_NODE_ESCAPED : 0;
    name->document = (struct plx_document){text, &name->node, 1};
}

static bool
begin_found(struct search *s)
{
    size_t rules = s->rules->count;

    if (s->found)
        return true;
    s->found = plx_arena_alloc(s->arena, s->document->count * sizeof(*s->found));
    s->looked = plx_arena_alloc(s->arena, rules * sizeof(*s->looked));
    s->has = plx_arena_alloc(s->arena, rules * sizeof(*s->has));
    if (!s->found || !s->looked || !s->has) {
        s->failed = true;
        return false;
    }
    memset(s->found, 0, s->document->count * sizeof(*s->found));
    memset(s->looked, 0, rules * sizeof(*s->looked));
    return true;
}

/* Once for each rule, so that a hostile object costs its members for each rule, and no more. */
static bool
has_name(struct search *s, uint32_t object, const struct plx_compiled_rule *rule)
{
    const struct plx_node *nodes = s->document->nodes;
    size_t i = (size_t)(rule - s->rules->compiled);
    struct name_document name;

    if (s->looked[i] == object + 1)
        return s->has[i];
    name_document_init(&name, rule);
    s->looked[i] = object + 1;
    s->has[i] = false;
    s->failed |= !plx_work_spend(s->work, (uint64_t)nodes[object].length * NODE_STEPS);
    for (uint32_t key = object + 1; key < nodes[object].next && !s->has[i] && !s->failed; key = nodes[key + 1].next)
        s->has[i] = plx_json_string_equal(s->document, key, &name.document, 0);
    return s->has[i];
}

static void
search_keys(struct search *s, uint32_t object, uint32_t depth)
{
    const struct plx_node *nodes = s->document->nodes;
    uint64_t *here = s->states + depth * s->words, *below = here + s->words;

    for (uint32_t key = object + 1; key < nodes[object].next && !s->failed; key = nodes[key + 1].next) {
        plx_rules_step(s->rules, here, below, s->document, key);
        const struct plx_compiled_rule *rule = plx_rules_place(s->rules, below).rename;
        if (rule && begin_found(s) && !has_name(s, object, rule))
            s->found[key] = (uint16_t)(rule - s->rules->compiled + 1);
    }
}

/* As deep as the reader let the document be. */
static void
search(struct search *s, uint32_t node, uint32_t depth)
{
    const struct plx_node *nodes = s->document->nodes;
    uint64_t *here = s->states + depth * s->words, *below = here + s->words;
    bool object = nodes[node].type == PLX_OBJECT;
    uint32_t index = 0;

    if (nodes[node].type < PLX_ARRAY)
        return;
    if (object)
        search_keys(s, node, depth);
    for (uint32_t at = node + 1; at < nodes[node].next && !s->failed; at = nodes[at + object].next) {
        uint32_t element = index++;
        if (nodes[at + object].type < PLX_ARRAY)
            continue;
        if (object)
            plx_rename_step(s->rules, s->found, here, below, s->document, at);
        else
            plx_rules_step(s->rules, here, below, NULL, element);
        search(s, at + object, depth + 1);
    }
}

bool
plx_rename_find(const struct plx_rules *rules, const struct plx_compare_limits *limits,
                const struct plx_document *document, struct plx_work *work, struct plx_arena *arena, plx_renamed *out)
{
    struct search s = {rules, document, work, arena, plx_rules_words(rules), NULL, NULL, NULL, NULL, false};

    *out = NULL;
    if (!rules->some_rename)
        return true;
    if (!plx_work_spend(work, (uint64_t)document->count * NODE_STEPS * (1 + 2 * s.words) + document->text.len))
        return false;
    s.states = plx_arena_alloc(arena, (limits->json.depth_max + 2) * s.words * sizeof(*s.states));
    if (!s.states)
        return false;
    plx_rules_start(rules, limits->now_s, s.states);
    search(&s, 0, 0);
    *out = s.found;
    return !s.failed;
}

void
plx_rename_step(const struct plx_rules *rules, plx_renamed renamed, const uint64_t *from, uint64_t *to,
                const struct plx_document *document, uint32_t node)
{
    struct name_document name;

    if (!renamed || !renamed[node]) {
        plx_rules_step(rules, from, to, document, node);
        return;
    }
    name_document_init(&name, &rules->compiled[renamed[node] - 1]);
    plx_rules_step(rules, from, to, &name.document, 0);
}

/* ---- giving names ---- */

bool
plx_rename_members(const struct plx_rules *rules, const struct plx_compare_limits *limits, struct plx_work *work,
                   struct plx_arena *arena, struct plx_document *document)
{
    const struct plx_node *nodes = document->nodes;
    uint64_t len = document->text.len;
    plx_renamed renamed;

    if (!plx_rename_find(rules, limits, document, work, arena, &renamed))
        return false;
    if (!renamed)
        return true;
    for (uint32_t i = 0; i < document->count; i++)
        if (renamed[i])
            len += rules->compiled[renamed[i] - 1].name.len - 2 - nodes[i].length;
    if (len >= UINT32_MAX || !plx_work_spend(work, len))
        return false;
    char *text = plx_arena_alloc(arena, len);
    struct plx_node *out = plx_arena_alloc(arena, document->count * sizeof(*out));
    if (!text || !out)
        return false;
    size_t read = 0, written = 0;
    for (uint32_t i = 0; i < document->count; i++) {
        size_t before = nodes[i].offset - read;
        memcpy(text + written, document->text.ptr + read, before);
        read += before;
        written += before;
        out[i] = nodes[i];
        out[i].offset = (uint32_t)written;
        if (!renamed[i])
            continue;
        struct name_document name;
        name_document_init(&name, &rules->compiled[renamed[i] - 1]);
        memcpy(text + written, name.document.text.ptr, name.document.text.len);
        read += nodes[i].length;
        written += name.document.text.len;
        out[i].length = name.node.length;
        out[i].flags = name.node.flags;
    }
    memcpy(text + written, document->text.ptr + read, document->text.len - read);
    *document = (struct plx_document){plx_slice_make(text, len), out, document->count};
    return true;
}

/* ---- secrets ---- */

bool
plx_rename_hides(const struct plx_rules *rules, struct plx_slice name, const struct plx_secrets *secrets,
                 enum plx_secret_door door)
{
    for (size_t i = 0; rules->some_rename && i < rules->count; i++) {
        const struct plx_compiled_rule *rule = &rules->compiled[i];

        if (rule->rule.kind == PLX_RULE_RENAME &&
            plx_slice_equal(name, plx_slice_make(rule->name.ptr + 1, rule->name.len - 2)) &&
            plx_secrets_has(secrets, last_step(rule->rule.value), door))
            return true;
    }
    return false;
}
