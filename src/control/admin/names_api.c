/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of names, as JSON and as Prometheus text. */
#include "control/admin/names_api.h"

#include "base/assert.h"
#include "evidence/metrics/exposition.h"

static void
write_name(const struct plx_name_facts *facts, void *to)
{
    struct plx_json_writer *w = to;

    plx_json_begin_object(w);
    plx_json_key(w, "name");
    plx_json_text_value(w, facts->host);
    plx_json_key(w, "of");
    plx_json_text_value(w, facts->of);
    plx_json_key(w, "state");
    plx_json_text_value(w, facts->state);
    plx_json_key(w, "addresses");
    plx_json_uint(w, facts->addresses);
    plx_json_key(w, "left_out");
    plx_json_uint(w, facts->left_out);
    plx_json_key(w, "lookups");
    plx_json_uint(w, facts->lookups);
    plx_json_key(w, "failures");
    plx_json_uint(w, facts->failures);
    plx_json_end_object(w);
}

void
plx_admin_write_names(struct plx_names *names, struct plx_json_writer *w)
{
    plx_json_begin_array(w);
    if (names)
        plx_names_each(names, write_name, w);
    plx_json_end_array(w);
}

/* ---- metrics ---- */

struct family {
    struct plx_exposition e;
    const char *name, *state; /* state NULL: the line has none */
    uint64_t (*value)(const struct plx_name_facts *facts);
};

static uint64_t
lookups(const struct plx_name_facts *facts)
{
    return facts->lookups;
}

static uint64_t
failures(const struct plx_name_facts *facts)
{
    return facts->failures;
}

static uint64_t
left_out_total(const struct plx_name_facts *facts)
{
    return facts->left_out_total;
}

static uint64_t
left_out(const struct plx_name_facts *facts)
{
    return facts->left_out;
}

static uint64_t
in_use(const struct plx_name_facts *facts)
{
    return facts->addresses - facts->left_out;
}

static uint64_t
known(const struct plx_name_facts *facts)
{
    return facts->addresses > 0;
}

static void
add_line(const struct plx_name_facts *facts, void *to)
{
    struct family *family = to;
    const struct plx_label labels[] = {{"name", plx_slice_of(facts->host)},
                                       {"state", plx_slice_of(family->state ? family->state : "")}};

    plx_exposition_number(&family->e, family->name, labels, family->state ? 2 : 1, family->value(facts));
}

void
plx_admin_write_name_metrics(struct plx_names *names, struct plx_buffer *out)
{
    static const struct {
        const char *name, *type, *state, *help;
        uint64_t (*value)(const struct plx_name_facts *facts);
    } families[] = {
        {"parallax_name_lookups_total", "counter", NULL, "Look-ups of a role's name.", lookups},
        {"parallax_name_lookup_failures_total", "counter", NULL, "Those that found no address.", failures},
        {"parallax_name_known", "gauge", NULL, "1: addresses of the name are known, be they old; 0: none.", known},
        {"parallax_name_left_out_total", "counter", NULL,
         "How often a worker left an address out for a while, since it took no connection.", left_out_total},
        {"parallax_name_addresses", "gauge", "in_use", "Addresses of a role's name.", in_use},
        {"parallax_name_addresses", NULL, "left_out", NULL, left_out},
    };

    for (size_t i = 0; names && i < PLX_COUNT(families); i++) {
        struct family family = {
            .e.out = out, .name = families[i].name, .state = families[i].state, .value = families[i].value};
        if (families[i].type)
            plx_exposition_begin(&family.e, families[i].name, families[i].type, families[i].help);
        plx_names_each(names, add_line, &family);
    }
}
