/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the ledger and of the admin API share: services, outcomes and looking into the JSON that comes out.
 */
#ifndef LEDGER_KIT_H
#define LEDGER_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/assert.h"
#include "evidence/count/exchange_outcome.h"
#include "evidence/findings/service_report.h"
#include "evidence/ledger/ledger.h"
#include "evidence/ledger/ledger_save.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/stages.h"
#include "evidence/record/record.h"
#include "evidence/store/store.h"
#include "marks_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define S(text) plx_slice_of(text)

static inline struct plx_service
kit_service(const char *name, bool with_secondary)
{
    struct plx_service service = {.name = (char *)(uintptr_t)name, .stage = PLX_STAGE_SHADOW};

    service.copy_share = PLX_SHARE_ALL;
    service.roles[PLX_PRIMARY].url = (char *)(uintptr_t) "http://127.0.0.1:1";
    service.roles[PLX_CANDIDATE].url = (char *)(uintptr_t) "http://127.0.0.1:2";
    if (with_secondary)
        service.roles[PLX_SECONDARY].url = (char *)(uintptr_t) "http://127.0.0.1:3";
    return service;
}

/* What version 10 of the store added is taken away, for those before. */
#define KIT_WITHOUT_HOLDS                                                       \
    "DROP TABLE hold; DROP TABLE change; ALTER TABLE stage DROP COLUMN client;" \
    "ALTER TABLE stage DROP COLUMN reason; ALTER TABLE epoch DROP COLUMN reason;"

/* An exchange in the making: everything that an outcome points to. */
struct kit_exchange {
    struct plx_exchange_outcome outcome;
    struct plx_judgement judgement;
    struct plx_field fields[300];
    struct plx_difference differences[300];
    struct plx_message_view request, answers[PLX_ROLES];
};

/* Between two exchanges: what is proved takes time. */
static uint64_t kit_step_ms = 0;

/* A copied exchange with three answers of 1, 2 and 3 ms that match. */
static inline void
kit_match(struct kit_exchange *x, const struct plx_service *service, const char *endpoint)
{
    static uint64_t next;

    memset(&x->outcome, 0, sizeof(x->outcome));
    memset(&x->judgement, 0, sizeof(x->judgement));
    x->outcome.subject = plx_subject_service(service);
    x->outcome.endpoint = S(endpoint);
    snprintf(x->outcome.id, sizeof(x->outcome.id), "01J%023llu", (unsigned long long)++next);
    x->outcome.time_ms = 1767323045678 + next * kit_step_ms; /* 2026-01-02T03:04:05.678Z */
    x->outcome.copied = true;
    x->outcome.verdict = PLX_MATCH;
    x->outcome.judgement = &x->judgement;
    x->judgement.with_secondary = service->roles[PLX_SECONDARY].url != NULL;
    x->judgement.fields = x->fields;
    x->judgement.comparison.differences = x->differences;
    x->request = (struct plx_message_view){.method = S("GET"), .target = S("/")};
    x->outcome.request = &x->request;
    for (int i = 0; i < PLX_ROLES; i++) {
        if (!service->roles[i].url)
            continue;
        x->outcome.roles[i].asked = true;
        x->outcome.roles[i].duration_ns = (uint64_t)(i + 1) * 1000000;
        x->answers[i] = (struct plx_message_view){.status = 200};
        x->outcome.answers[i] = &x->answers[i];
    }
}

/* The same of an experiment or a spy: what it compared is no exchange of HTTP. */
static inline void
kit_match_of(struct kit_exchange *x, enum plx_subject_kind kind, const char *name, const char *endpoint)
{
    static const struct plx_record_part part = {"control", {"{\"value\":1}", 11}};
    struct plx_service service = kit_service(name, false);

    kit_match(x, &service, endpoint);
    x->outcome.subject = plx_subject_named(kind, S(name));
    x->outcome.request = NULL;
    memset(x->outcome.answers, 0, sizeof(x->outcome.answers));
    x->outcome.parts = &part;
    x->outcome.part_count = 1;
}

/* One more field that differs; the verdict becomes mismatch. */
static inline void
kit_differ(struct kit_exchange *x, const char *field, bool candidate, bool secondary)
{
    struct plx_judgement *judgement = &x->judgement;
    struct plx_slice primary_value = S("1"), candidate_value = S("2");

    x->fields[judgement->field_count++] = (struct plx_field){.folded = S(field),
                                                             .kind = PLX_KIND_VALUE,
                                                             .candidate_differs = candidate,
                                                             .secondary_differs = secondary,
                                                             .beyond_noise = candidate && !secondary,
                                                             .primary = primary_value,
                                                             .candidate = candidate_value,
                                                             .secondary_primary = primary_value,
                                                             .secondary = secondary ? candidate_value : S("")};
    if (!candidate)
        return;
    x->differences[judgement->comparison.count++] = (struct plx_difference){.field = S(field),
                                                                            .folded = S(field),
                                                                            .kind = PLX_KIND_VALUE,
                                                                            .primary = primary_value,
                                                                            .candidate = candidate_value,
                                                                            .noise = secondary};
    judgement->comparison.total++;
    if (!secondary)
        x->outcome.verdict = judgement->verdict = PLX_MISMATCH;
    else if (x->outcome.verdict == PLX_MATCH)
        x->outcome.verdict = judgement->verdict = PLX_IGNORED;
}

/* The role gives no answer. Of primary and candidate: the exchange is incomparable. */
static inline void
kit_fail(struct kit_exchange *x, enum plx_role role, enum plx_incomparable reason)
{
    x->outcome.roles[role].failed = true;
    x->outcome.roles[role].reason = reason;
    x->outcome.roles[role].duration_ns = 0;
    x->outcome.answers[role] = NULL;
    if (role == PLX_SECONDARY) {
        x->judgement.with_secondary = false;
        return;
    }
    x->outcome.verdict = PLX_INCOMPARABLE;
    x->outcome.incomparable = reason;
    x->outcome.judgement = NULL;
}

/* ---- JSON ---- */

static inline void
kit_expect_json(struct plx_slice text)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    struct plx_json_error error;

    if (plx_json_read(text, NULL, arena, &document, &error) != PLX_OK)
        fail_msg("not JSON at %u:%u (%s expected): %.*s", error.line, error.column, error.expected, (int)text.len,
                 text.ptr);
    plx_arena_free(arena);
}

/* What a pointer names, as written (strings without their quotes), into out; false where there is nothing. */
static inline bool
kit_json_get(struct plx_slice text, const char *pointer, char *out, size_t size)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    uint32_t node;
    bool found;

    assert_int_equal(plx_json_read(text, NULL, arena, &document, NULL), PLX_OK);
    found = plx_json_resolve(&document, S(pointer), &node) == PLX_OK;
    if (found) {
        struct plx_slice value = plx_json_text(&document, node);
        snprintf(out, size, "%.*s", (int)value.len, value.ptr);
    }
    plx_arena_free(arena);
    return found;
}

#define expect_at(text, pointer, want)                                             \
    do {                                                                           \
        char got_[4096];                                                           \
        struct plx_slice text_ = (text);                                           \
        if (!kit_json_get(text_, pointer, got_, sizeof(got_)))                     \
            fail_msg("nothing at %s in %.*s", pointer, (int)text_.len, text_.ptr); \
        kit_without_digits(got_, strlen(got_) + 1);                                \
        assert_string_equal(got_, want);                                           \
    } while (0)

static inline uint64_t
kit_number(struct plx_slice text, const char *pointer)
{
    char got[64];

    if (!kit_json_get(text, pointer, got, sizeof(got)))
        fail_msg("nothing at %s in %.*s", pointer, (int)text.len, text.ptr);
    return strtoull(got, NULL, 10);
}

static inline bool
kit_has(struct plx_slice text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

/* ---- the ledger ---- */

/* path NULL: in memory alone. */
static inline struct plx_ledger *
kit_open_anyhow(const char *path)
{
    struct plx_ledger_options options = {.confidence = 0.99, .detect = 0.05};
    struct plx_store store = {NULL, NULL};

    if (path && !plx_store_open(path, &store))
        return NULL;
    return plx_ledger_open(&options, store);
}

/* NULL where the store can't be read too: error then says why. */
static inline struct plx_ledger *
kit_try_open(const char *path, char *error, size_t size)
{
    struct plx_ledger *ledger = kit_open_anyhow(path);

    if (!ledger || !plx_ledger_store_trouble(ledger, PLX_STORE_COUNTS, error, size))
        return ledger;
    plx_ledger_close(ledger);
    return NULL;
}

static inline struct plx_ledger *
kit_open(const char *path)
{
    char error[512] = "";
    struct plx_ledger *ledger = kit_try_open(path, error, sizeof(error));

    if (!ledger)
        fail_msg("%s", error);
    return ledger;
}

/* The report of a subject; the caller's buffer is cleared before. */
static inline struct plx_slice
kit_report_of(struct plx_ledger *ledger, struct plx_subject subject, struct plx_buffer *buffer)
{
    struct plx_json_writer writer;

    plx_buffer_clear(buffer);
    plx_json_writer_init(&writer, buffer);
    plx_findings_write_report(ledger, &subject, &writer);
    assert_false(buffer->failed);
    kit_expect_json(plx_buffer_slice(buffer));
    return plx_buffer_slice(buffer);
}

static inline struct plx_slice
kit_report(struct plx_ledger *ledger, const struct plx_service *service, struct plx_buffer *buffer)
{
    return kit_report_of(ledger, plx_subject_service(service), buffer);
}

/* Sums the members of the object at a pointer. */
static inline uint64_t
kit_sum(struct plx_slice text, const char *pointer)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    uint32_t node, at;
    uint64_t sum = 0;

    assert_int_equal(plx_json_read(text, NULL, arena, &document, NULL), PLX_OK);
    assert_int_equal(plx_json_resolve(&document, S(pointer), &node), PLX_OK);
    at = node + 1;
    for (uint32_t i = 0; i < document.nodes[node].length; i++) {
        sum += strtoull(plx_json_text(&document, at + 1).ptr, NULL, 10);
        at = document.nodes[at + 1].next;
    }
    plx_arena_free(arena);
    return sum;
}

/* total = match + mismatch + ignored + incomparable + uncopied, and the last two are the sums of their reasons. */
static inline void
kit_expect_adds_up(struct plx_slice report, const char *base)
{
    static const char *const verdicts[] = {"match", "mismatch", "ignored", "incomparable", "uncopied"};
    char pointer[128];
    uint64_t sum = 0;

    for (size_t i = 0; i < PLX_COUNT(verdicts); i++) {
        snprintf(pointer, sizeof(pointer), "%s/exchanges/%s", base, verdicts[i]);
        sum += kit_number(report, pointer);
        if (i < 3)
            continue;
        uint64_t whole = kit_number(report, pointer);
        snprintf(pointer, sizeof(pointer), "%s/%s", base, verdicts[i]);
        assert_int_equal(kit_sum(report, pointer), whole);
    }
    snprintf(pointer, sizeof(pointer), "%s/exchanges/total", base);
    assert_int_equal(kit_number(report, pointer), sum);
}

static inline struct plx_ledger_counts
kit_counts(const struct plx_ledger *ledger, const char *name)
{
    const struct plx_service_counts *service = plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S(name));
    struct plx_exchange_counts sum = {0};

    if (service)
        plx_service_counts_sum(service, &sum);
    return plx_exchange_counts_sum(&sum);
}

/* A file name of its own in the temporary folder; nothing is there yet. */
static inline void
kit_path(char path[64])
{
    int fd;

    snprintf(path, 64, "/tmp/plx-ledger-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    unlink(path);
}

static inline void
kit_remove(const char *path)
{
    static const char *const suffixes[] = {"",    "-wal", "-shm", ".stages", ".v1", ".v2", ".v3",
                                           ".v4", ".v5",  ".v6",  ".v7",     ".v8", ".v9", ".v10"};
    char other[80];

    for (size_t i = 0; i < PLX_COUNT(suffixes); i++) {
        snprintf(other, sizeof(other), "%s%s", path, suffixes[i]);
        unlink(other);
    }
}

#endif
