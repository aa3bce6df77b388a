/* SPDX-License-Identifier: Apache-2.0 */
/*
 * experiments URL TOKEN RUNS: runs experiments of each kind of outcome so many times, publishes them to the server at
 * URL (TOKEN "": none) and prints what it has counted itself, as JSON:
 * {"NAME":{"runs":..,"mismatch":..},...,"lines":{}}
 */
#include <parallax/parallax.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FLUSH_MS 30000u

/* ---- orders: JSON, two candidates ---- */

static void
give_order(const int *n, int price, struct plx_result *result)
{
    char json[160];

    snprintf(json, sizeof(json), "{\"id\":%d,\"items\":[{\"price\":1},{\"price\":%d}],\"card\":\"4111-%d\"}", *n, price,
             price);
    plx_result_json(result, json, PLX_COPY);
}

static void
order(void *n, struct plx_result *result)
{
    give_order(n, 5, result);
}

/* Every fourth has another price; every tenth is an error. */
static void
wrong_order(void *n, struct plx_result *result)
{
    int i = *(const int *)n;

    if (i % 10 == 9)
        plx_result_error(result, 7, "no order %d", i);
    else
        give_order(n, i % 4 ? 5 : 6, result);
}

static int
describe(void *context, void *n, struct plx_context *fields)
{
    (void)context;
    plx_context_int(fields, "order", *(const int *)n);
    plx_context_text(fields, "authorization", "Bearer s3cret");
    return 0;
}

/* ---- numbers: in processes that end ---- */

static void
number(void *n, struct plx_result *result)
{
    plx_result_int(result, *(const int *)n);
}

static void
leaving_number(void *n, struct plx_result *result)
{
    if (*(const int *)n % 2)
        _exit(3);
    number(n, result);
}

/* ---- all of it ---- */

static struct plx_experiment *
experiment(const char *name, plx_behaviour_fn *control, struct plx_publisher *publisher)
{
    struct plx_experiment *e = plx_experiment_new(name, NULL);

    plx_experiment_use(e, control);
    plx_experiment_publish(e, plx_publish, publisher);
    return e;
}

static void
run(struct plx_experiment *e, int runs)
{
    for (int i = 0; i < runs; i++) {
        struct plx_result result = plx_experiment_run(e, &i);
        plx_result_free(&result);
    }
    plx_experiment_drain(e, FLUSH_MS);
}

static void
print_counts(struct plx_experiment *e)
{
    struct plx_run_counts counts = plx_experiment_counts(e);

    printf("\"%s\":{\"runs\":%" PRIu64 ",\"match\":%" PRIu64 ",\"mismatch\":%" PRIu64 ",\"incomparable\":%" PRIu64
           ",\"errors\":%" PRIu64 ",\"shed\":%" PRIu64 "},",
           plx_experiment_name(e), counts.runs, counts.match, counts.mismatch, counts.incomparable,
           counts.candidate_errors, counts.shed);
}

int
main(int argc, char **argv)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_publisher *publisher =
        argc == 4 ? plx_publisher_http(argv[1], argv[2][0] ? argv[2] : NULL, NULL, NULL) : NULL;
    int runs = publisher ? atoi(argv[3]) : 0;

    if (!rules || !publisher || runs <= 0) {
        fprintf(stderr, "usage: experiments URL TOKEN RUNS\n");
        return 2;
    }
    struct plx_experiment *orders = experiment("orders", order, publisher);
    struct plx_experiment *numbers = experiment("numbers", number, publisher);
    if (plx_rules_redact(rules, plx_slice_of("/card"), NULL) != PLX_OK)
        return 1;
    plx_experiment_rules(orders, rules);
    plx_experiment_describe(orders, describe, NULL);
    plx_experiment_try(orders, "same", order);
    plx_experiment_try(orders, "wrong", wrong_order);
    plx_experiment_try(numbers, "leaving", leaving_number);
    plx_experiment_run_on(numbers, PLX_IN_PROCESS, NULL);
    if (plx_experiment_status(orders) != PLX_OK || plx_experiment_status(numbers) != PLX_OK)
        return 1;
    run(orders, runs);
    run(numbers, runs < 10 ? runs : 10); /* a process each */
    plx_publisher_flush(publisher, FLUSH_MS);
    printf("{");
    print_counts(orders);
    print_counts(numbers);
    struct plx_line_counts lines = plx_publisher_counts(publisher);
    printf("\"lines\":{\"published\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"failed\":%" PRIu64 "}}\n", lines.published,
           lines.dropped, lines.failed);
    plx_experiment_free(orders);
    plx_experiment_free(numbers);
    plx_rules_free(rules);
    plx_publisher_free(publisher);
    return 0;
}
