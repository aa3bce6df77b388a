/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing two JSON documents that mean the same and are written otherwise - members in another order, other spacing -
 * beside jansson, which parses both and calls json_equal(). Both in one process, turn by turn, medians of the rounds.
 * Prints a Markdown table. What is asked is not quite the same: jansson reads numbers as doubles, we exactly.
 */
#include <parallax/compare.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <jansson.h>

#define ROUNDS      31
#define ROUND_BYTES (4u << 20) /* a round compares small documents so often that it reads about as much */
#define MEMBERS     10

struct pair {
    char *primary, *candidate;
    size_t primary_len, candidate_len;
};

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
fail(const char *what)
{
    fprintf(stderr, "json_compare: %s\n", what);
    exit(EXIT_FAILURE);
}

/* ---- the documents: a page of orders, as an API answers ---- */

static void
put_member(FILE *out, int member, unsigned i, const char *colon)
{
    switch (member) {
    case 0:
        fprintf(out, "\"id\"%s%u", colon, 100000 + i);
        break;
    case 1:
        fprintf(out, "\"name\"%s\"Customer number %u\"", colon, i);
        break;
    case 2:
        fprintf(out, "\"email\"%s\"customer%u@example.com\"", colon, i);
        break;
    case 3:
        fprintf(out, "\"total\"%s%u.%02u", colon, i * 37 % 10000, i % 100);
        break;
    case 4:
        fprintf(out, "\"active\"%s%s", colon, i % 3 ? "true" : "false");
        break;
    case 5:
        fprintf(out, "\"address\"%s{\"street\"%s\"%u Long Street\",\"city\"%s\"M\xC3\xBCnchen\",\"zip\"%s\"%05u\"}",
                colon, colon, i % 200, colon, colon, i % 100000);
        break;
    case 6:
        fprintf(out, "\"tags\"%s[\"new\",\"paid\",\"tag%u\"]", colon, i % 7);
        break;
    case 7:
        fprintf(out, "\"note\"%snull", colon);
        break;
    case 8:
        fprintf(out, "\"createdAt\"%s\"2026-01-%02uT10:%02u:00Z\"", colon, 1 + i % 28, i % 60);
        break;
    default:
        fprintf(out, "\"description\"%s\"A line that says \\\"%u\\\" and goes on for a while, as descriptions do\"",
                colon, i);
    }
}

/* count of them; shuffled: members in another order, other spacing. */
static char *
document(unsigned count, bool shuffled, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    const char *comma = shuffled ? ",\n    " : ",", *colon = shuffled ? ": " : ":";
    unsigned seed = 7;

    if (!out)
        fail("out of memory");
    fprintf(out, "{\"items\"%s[", colon);
    for (unsigned i = 0; i < count; i++) {
        int order[MEMBERS];
        for (int k = 0; k < MEMBERS; k++) {
            int other = shuffled ? rand_r(&seed) % (k + 1) : k;
            order[k] = order[other];
            order[other] = k;
        }
        fprintf(out, "%s{", i ? comma : "");
        for (int k = 0; k < MEMBERS; k++) {
            fputs(k ? comma : "", out);
            put_member(out, order[k], i, colon);
        }
        fputc('}', out);
    }
    fputs("]}", out);
    if (fclose(out) != 0)
        fail("out of memory");
    return text;
}

/* ---- the two sides ---- */

static void
compare_here(const struct pair *pair, unsigned times)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_answer a = {.body = {pair->primary, pair->primary_len},
                           .body_length = pair->primary_len,
                           .media_type = {"application/json", 16}};
    struct plx_answer b = {.body = {pair->candidate, pair->candidate_len},
                           .body_length = pair->candidate_len,
                           .media_type = {"application/json", 16}};
    struct plx_comparison comparison;

    if (!rules || !arena)
        fail("out of memory");
    for (unsigned i = 0; i < times; i++) {
        if (plx_compare(rules, &a, &b, NULL, arena, &comparison) != PLX_OK || comparison.total != 0)
            fail("the documents are not equal here");
        plx_arena_reset(arena);
    }
    plx_arena_free(arena);
    plx_rules_free(rules);
}

static void
compare_jansson(const struct pair *pair, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        json_t *a = json_loadb(pair->primary, pair->primary_len, 0, NULL);
        json_t *b = json_loadb(pair->candidate, pair->candidate_len, 0, NULL);
        if (!a || !b || !json_equal(a, b))
            fail("the documents are not equal for jansson");
        json_decref(a);
        json_decref(b);
    }
}

/* ---- measuring ---- */

static int
by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

static double
median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), by_value);
    return values[ROUNDS / 2];
}

/* Microseconds a comparison. */
static double
measure(void (*compare)(const struct pair *pair, unsigned times), const struct pair *pair, unsigned times)
{
    double began = now();

    compare(pair, times);
    return (now() - began) / times * 1e6;
}

static void
run(const char *name, unsigned items)
{
    double here[ROUNDS], jansson[ROUNDS], ratio[ROUNDS];
    struct pair pair;

    pair.primary = document(items, false, &pair.primary_len);
    pair.candidate = document(items, true, &pair.candidate_len);
    unsigned times = 1 + (unsigned)(ROUND_BYTES / (pair.primary_len + pair.candidate_len));
    for (int round = -1; round < ROUNDS; round++) { /* one to get warm */
        double x = measure(compare_here, &pair, times), y = measure(compare_jansson, &pair, times);
        if (round >= 0) {
            here[round] = x;
            jansson[round] = y;
            ratio[round] = y / x;
        }
    }
    double x = median(here), y = median(jansson), times_faster = median(ratio);
    printf("| %s | %.1f us (%.0f MB/s) | %.1f us | %.1f (%.1f-%.1f) |\n", name, x,
           (double)(pair.primary_len + pair.candidate_len) / x, y, times_faster, ratio[0], ratio[ROUNDS - 1]);
    free(pair.primary);
    free(pair.candidate);
}

int
main(void)
{
    printf("| two documents, members in another order, of about | plx_compare | jansson %s: parse both, json_equal | "
           "times as fast |\n"
           "|---|---|---|---|\n",
           jansson_version_str());
    run("1 KB", 3);
    run("100 KB", 300);
    run("1 MB", 3000);
    return 0;
}
