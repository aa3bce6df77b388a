/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies as they may be stored: what is to be redacted is replaced, everything else stays byte for byte. */
#include "compare/redact.h"

#include "base/arena.h"
#include "compare/patterns.h"
#include "compare/rename.h"
#include "compare/rules.h"

struct redaction {
    const struct plx_rules *rules;
    const struct plx_document *document;
    struct plx_buffer *out;
    plx_renamed renamed;
    size_t written; /* of the document's text */
    size_t words;
    uint64_t *states; /* of each depth */
};

static void
replace(struct redaction *r, uint32_t node)
{
    struct plx_slice text = plx_json_text(r->document, node);
    size_t quote = r->document->nodes[node].type == PLX_STRING;
    size_t from = (size_t)(text.ptr - r->document->text.ptr) - quote;

    plx_buffer_append(r->out, r->document->text.ptr + r->written, from - r->written);
    plx_buffer_byte(r->out, '"');
    plx_secrets_write_mark(text, quote ? PLX_SECRET_JSON : PLX_SECRET_PLAIN, r->out);
    plx_buffer_byte(r->out, '"');
    r->written = from + text.len + 2 * quote;
}

static void
walk(struct redaction *r, uint32_t node, uint32_t depth)
{
    const struct plx_node *at = &r->document->nodes[node];
    const uint64_t *states = r->states + depth * r->words;
    bool object = at->type == PLX_OBJECT;

    if (plx_rules_place(r->rules, states).redacted) {
        replace(r, node);
        return;
    }
    if (at->type < PLX_ARRAY)
        return;
    uint32_t index = 0;
    for (uint32_t child = node + 1; child < at->next; child = r->document->nodes[child + object].next) {
        uint64_t *below = r->states + (depth + 1) * r->words;
        if (object)
            plx_rename_step(r->rules, r->renamed, states, below, r->document, child);
        else
            plx_rules_step(r->rules, states, below, NULL, index++);
        walk(r, child + object, depth + 1);
    }
}

/* What redact patterns name. */
static enum plx_status
write_by_rules(const struct plx_rules *rules, struct plx_slice body, struct plx_arena *arena, struct plx_buffer *out)
{
    const struct plx_compare_limits limits = {.json.depth_max = PLX_JSON_DEPTH_DEFAULT};
    struct plx_document document;

    if (rules->redact_body) {
        plx_buffer_byte(out, '"');
        plx_secrets_write_mark(body, PLX_SECRET_PLAIN, out);
        plx_buffer_byte(out, '"');
        return PLX_OK;
    }
    enum plx_status status = plx_json_read(body, NULL, arena, &document, NULL);
    if (status != PLX_OK)
        return status;
    struct redaction r = {.rules = rules, .document = &document, .out = out, .words = plx_rules_words(rules)};
    r.states = plx_arena_alloc(arena, (PLX_JSON_DEPTH_DEFAULT + 2) * r.words * sizeof(*r.states));
    if (!r.states || !plx_rename_find(rules, &limits, &document, NULL, arena, &r.renamed))
        return PLX_E_MEMORY;
    plx_rules_start(rules, 0, r.states);
    walk(&r, 0, 0);
    plx_buffer_append(out, body.ptr + r.written, body.len - r.written);
    return out->failed ? PLX_E_MEMORY : PLX_OK;
}

enum plx_status
plx_rules_write_redacted(const struct plx_rules *rules, struct plx_slice body, enum plx_secret_text kind, size_t max,
                         struct plx_arena *arena, struct plx_buffer *out)
{
    struct plx_buffer by_rules;
    enum plx_status status;

    if (body.len == 0)
        return PLX_OK;
    if (!rules || !plx_rules_redacts(rules)) {
        plx_secrets_write(plx_rules_secrets(rules), body, kind, max, out);
        return PLX_OK;
    }
    plx_buffer_init(&by_rules, body.len * PLX_SECRET_GROWTH + PLX_SECRET_GROWTH);
    status = write_by_rules(rules, body, arena, &by_rules);
    if (status == PLX_OK)
        plx_secrets_write(plx_rules_secrets(rules), plx_buffer_slice(&by_rules), kind, max, out);
    plx_buffer_fini(&by_rules);
    return status;
}
