/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the runs that a program has published. What a line says is put into the shape of an exchange; the tally does
 * the rest. */
#include "evidence/intake/experiments.h"

#include "base/arena.h"
#include "base/assert.h"
#include "compare/sink.h"
#include "evidence/count/exchange_id.h"
#include "evidence/intake/posted_run.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/record.h"
#include "secrets/secret_text.h"

#include <stdio.h>
#include <sys/random.h>

#define VALUE_FIELD "value"
#define ERROR_FIELD "error"

struct taking {
    struct plx_tally *tally;
    struct plx_arena *arena; /* of one line */
    struct plx_posted_run run;
    const struct plx_secrets *secrets;
    uint64_t now_ms;
};

/* ---- differences ---- */

static struct plx_slice
json_of(const struct plx_document *document, uint32_t node)
{
    struct plx_slice text = plx_json_text(document, node);
    size_t quote = document->nodes[node].type == PLX_STRING;

    return plx_slice_make(text.ptr - quote, text.len + 2 * quote);
}

static struct plx_shown
as_published(struct plx_slice value, enum plx_showing showing)
{
    struct plx_shown shown = plx_show(value, PLX_EXAMPLE_VALUE_MAX);

    shown.showing = showing;
    shown.whole = value;
    return shown;
}

/* Whether a step of a JSON Pointer is a secret's name. */
static bool
names_secret(const struct plx_secrets *secrets, struct plx_slice pointer)
{
    while (pointer.len) {
        const char *slash = memchr(pointer.ptr + 1, '/', pointer.len - 1);
        size_t len = slash ? (size_t)(slash - pointer.ptr) : pointer.len;

        if (plx_secrets_has(secrets, plx_slice_make(pointer.ptr + 1, len - 1), PLX_SECRET_NAMED))
            return true;
        pointer = plx_slice_make(pointer.ptr + len, pointer.len - len);
    }
    return false;
}

/* As it is written; nothing where the behaviour gave neither. */
static struct plx_shown
show(const struct plx_posted_run *run, const struct plx_run_observation *seen)
{
    uint32_t node = seen->error ? seen->error : seen->value;

    return node ? as_published(json_of(&run->document, node), PLX_SHOW_WITHOUT_SECRETS)
                : (struct plx_shown){plx_slice_of(""), false};
}

/* Truth values have two types in a document, and one for people. */
static bool
are_of_one_type(const struct plx_posted_run *run, uint32_t a, uint32_t b)
{
    unsigned x = run->document.nodes[a].type, y = run->document.nodes[b].type;

    return x == y || (x + y == PLX_FALSE + PLX_TRUE && x * y == PLX_FALSE * PLX_TRUE);
}

/* What differs where there are no differences to tell: the values, or the errors. */
static void
add_whole(const struct taking *t, const struct plx_run_observation *seen, struct plx_sink *sink)
{
    const struct plx_run_observation *control = &t->run.control;
    bool errors = control->error || seen->error;
    struct plx_slice field = plx_slice_of(errors ? ERROR_FIELD : VALUE_FIELD);
    enum plx_kind kind = PLX_KIND_VALUE;

    if (errors && !control->error)
        kind = PLX_KIND_EXTRA;
    else if (errors && !seen->error)
        kind = PLX_KIND_MISSING;
    else if (!errors && control->value && seen->value && !are_of_one_type(&t->run, control->value, seen->value))
        kind = PLX_KIND_TYPE;
    plx_sink_add(sink, field, field, kind, show(&t->run, control), show(&t->run, seen));
}

static bool
add_differences(const struct taking *t, const struct plx_run_observation *seen, struct plx_sink *sink)
{
    const struct plx_node *nodes = t->run.document.nodes;
    struct plx_run_difference d;

    for (uint32_t at = seen->differences + 1; at < nodes[seen->differences].next; at = nodes[at].next) {
        if (!plx_run_difference(&t->run, at, t->arena, &d))
            return false;
        enum plx_showing showing = names_secret(t->secrets, d.field) ? PLX_SHOW_A_MARK : PLX_SHOW_WITHOUT_SECRETS;
        struct plx_shown control = as_published(d.control, showing);
        struct plx_shown candidate = as_published(d.candidate, showing);
        control.cut |= d.control_cut;
        candidate.cut |= d.candidate_cut;
        plx_sink_add(sink, d.field, d.folded, d.kind, control, candidate);
    }
    return true;
}

static bool
judge(const struct taking *t, const struct plx_run_observation *seen, struct plx_judgement *judgement)
{
    struct plx_fields fields = {0};
    struct plx_sink sink;

    plx_sink_init(&sink, t->arena, NULL);
    sink.secrets = t->secrets;
    sink.fields = &fields;
    if (seen->differences && t->run.document.nodes[seen->differences].length > 0) {
        if (!add_differences(t, seen, &sink))
            return false;
    } else {
        add_whole(t, seen, &sink);
    }
    *judgement = (struct plx_judgement){.verdict = PLX_MISMATCH,
                                        .comparison = sink.result,
                                        .fields = fields.fields,
                                        .field_count = fields.count,
                                        .fields_dropped = fields.candidate.dropped};
    if (seen->differences_total > judgement->comparison.total)
        judgement->comparison.total = seen->differences_total;
    return !sink.failed;
}

/* ---- what is shown of a mismatch ---- */

static void
write_observation(struct plx_json_writer *w, const struct plx_document *document,
                  const struct plx_run_observation *seen)
{
    static const char *const keys[] = {"name", "reason", "signal", "exit", "value", "cut", "error", "wall", "cpu"};

    plx_json_begin_object(w);
    for (size_t i = 0; i < PLX_COUNT(keys); i++) {
        uint32_t node = plx_json_member(document, seen->node, plx_slice_of(keys[i]));
        if (!node || plx_json_text(document, node).len > PLX_RUN_VALUE_MAX)
            continue;
        plx_json_key(w, keys[i]);
        plx_json_raw(w, json_of(document, node));
    }
    plx_json_end_object(w);
}

enum { CONTEXT, CONTROL, CANDIDATE, PARTS };

/* Into the arena; false where there is no memory. */
static bool
make_parts(const struct taking *t, const struct plx_run_observation *seen, struct plx_record_part parts[PARTS])
{
    static const char *const keys[PARTS] = {"context", "control", "candidate"};
    struct plx_json_writer w;
    struct plx_buffer text, clean;
    bool ok = true;

    plx_buffer_init(&text, PLX_RECORD_BYTES_MAX);
    plx_buffer_init(&clean, PLX_RECORD_BYTES_MAX * PLX_SECRET_GROWTH);
    for (int i = 0; i < PARTS && ok; i++) {
        plx_buffer_clear(&text);
        plx_buffer_clear(&clean);
        plx_json_writer_init(&w, &text);
        if (i == CONTEXT)
            plx_json_raw(&w, t->run.context ? json_of(&t->run.document, t->run.context) : plx_slice_of("{}"));
        else
            write_observation(&w, &t->run.document, i == CONTROL ? &t->run.control : seen);
        plx_secrets_write(t->secrets, plx_buffer_slice(&text), PLX_SECRET_ANY_TEXT, SIZE_MAX, &clean);
        parts[i] = (struct plx_record_part){keys[i], plx_arena_copy(t->arena, plx_buffer_slice(&clean))};
        ok = !text.failed && !clean.failed && parts[i].json.ptr;
    }
    plx_buffer_fini(&text);
    plx_buffer_fini(&clean);
    return ok;
}

/* ---- counting ---- */

static bool
gave_no_result(enum plx_reason reason)
{
    return reason == PLX_REASON_TIMEOUT || reason == PLX_REASON_CRASH || reason == PLX_REASON_TOO_LARGE;
}

static void
fill_outcome(const struct taking *t, const struct plx_run_observation *seen, struct plx_exchange_outcome *outcome)
{
    uint64_t random[2] = {0};
    uint64_t time_ms = t->run.time_ms ? t->run.time_ms : t->now_ms;
    struct plx_role_outcome *candidate = &outcome->roles[PLX_CANDIDATE];

    *outcome = (struct plx_exchange_outcome){
        .subject = plx_subject_named(PLX_SUBJECT_EXPERIMENT, t->run.experiment),
        .endpoint = seen->name,
        .time_ms = time_ms,
        .copied = true,
        .verdict = seen->verdict,
        .roles[PLX_PRIMARY] = {.asked = true, .duration_ns = t->run.control.wall_ns},
    };
    (void)!getrandom(random, sizeof(random), GRND_NONBLOCK);
    plx_exchange_id_text(time_ms, random, outcome->id);
    if (seen->verdict == PLX_INCOMPARABLE)
        outcome->incomparable = PLX_RUN_INCOMPARABLE(seen->reason);
    candidate->asked = seen->reason != PLX_REASON_SYSTEM;
    candidate->failed = gave_no_result(seen->reason);
    candidate->reason = outcome->incomparable;
    candidate->duration_ns = seen->wall_ns;
}

static bool
count_candidate(const struct taking *t, struct plx_service_counts *experiment, const struct plx_run_observation *seen)
{
    struct plx_exchange_outcome outcome;
    struct plx_record_part parts[PARTS];
    struct plx_judgement judgement;
    struct plx_endpoint_counts *endpoint;

    fill_outcome(t, seen, &outcome);
    if (seen->verdict == PLX_MISMATCH) {
        if (!judge(t, seen, &judgement) || !make_parts(t, seen, parts))
            return false;
        outcome.judgement = &judgement;
        outcome.parts = parts;
        outcome.part_count = PARTS;
    }
    plx_tally_add(t->tally, &outcome, t->arena);
    endpoint = plx_counts_endpoint(&t->tally->counts, experiment, seen->name);
    endpoint->exchanges.errors += seen->error != 0;
    endpoint->exchanges.uncopied[PLX_RUN_SHED] += t->run.shed;
    return true;
}

static bool
count_run(const struct taking *t)
{
    struct plx_service_counts *experiment =
        plx_counts_service(&t->tally->counts, PLX_SUBJECT_EXPERIMENT, t->run.experiment);

    experiment->runs++;
    for (size_t i = 0; i < t->run.candidate_count; i++)
        if (!count_candidate(t, experiment, &t->run.candidates[i]))
            return false;
    return true;
}

/* ---- lines ---- */

static struct plx_slice
take_line(struct plx_slice *lines)
{
    const char *end = memchr(lines->ptr, '\n', lines->len);
    struct plx_slice line = plx_slice_make(lines->ptr, end ? (size_t)(end - lines->ptr) : lines->len);
    size_t skip = line.len + (end != NULL);

    lines->ptr += skip;
    lines->len -= skip;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

static enum plx_status
take_lines(struct taking *t, struct plx_slice lines, struct plx_runs_taken *taken)
{
    const char *wrong = NULL;

    for (uint64_t number = 1; lines.len > 0; number++) {
        struct plx_slice line = take_line(&lines);
        if (line.len == 0)
            continue;
        plx_arena_reset(t->arena);
        enum plx_status status = plx_run_read(line, t->arena, &t->run, &wrong);
        if (status == PLX_E_MEMORY || (status == PLX_OK && !count_run(t)))
            return PLX_E_MEMORY;
        taken->taken += status == PLX_OK;
        if (status == PLX_OK)
            continue;
        if (taken->refused++ == 0) {
            taken->line = number;
            taken->wrong = wrong;
        }
    }
    return PLX_OK;
}

enum plx_status
plx_experiments_take(struct plx_ledger *ledger, struct plx_slice lines, const struct plx_secrets *secrets,
                     uint64_t now_ms, struct plx_runs_taken *taken)
{
    struct taking t = {
        .tally = plx_tally_new(NULL), .arena = plx_arena_new(NULL), .secrets = secrets, .now_ms = now_ms};
    enum plx_status status = PLX_E_MEMORY;

    *taken = (struct plx_runs_taken){0};
    if (t.tally && t.arena)
        status = take_lines(&t, lines, taken);
    /* A store that lacks something is the ledger's to mend: what was counted is counted. */
    if (status == PLX_OK && taken->taken > 0)
        plx_ledger_fold(ledger, t.tally);
    else
        plx_tally_free(t.tally);
    plx_arena_free(t.arena);
    return status;
}

void
plx_runs_taken_write(const struct plx_runs_taken *taken, struct plx_json_writer *w)
{
    char message[256];

    plx_json_begin_object(w);
    plx_json_key(w, "taken");
    plx_json_uint(w, taken->taken);
    plx_json_key(w, "refused");
    plx_json_uint(w, taken->refused);
    if (taken->refused) {
        snprintf(message, sizeof(message), "line %llu: %s", (unsigned long long)taken->line, taken->wrong);
        plx_json_key(w, "error");
        plx_json_begin_object(w);
        plx_json_key(w, "code");
        plx_json_text_value(w, "bad_outcome");
        plx_json_key(w, "message");
        plx_json_text_value(w, message);
        plx_json_end_object(w);
    }
    plx_json_end_object(w);
}
