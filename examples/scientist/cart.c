/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An experiment in C: the total of a cart, as it has always been added up, and as it is to be added up. Carts with a
 * voucher come out otherwise; the caller never notices, and the program says so.
 */
#include <parallax/parallax.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct cart {
    const char *user;
    int64_t prices[4]; /* in cents; 0 ends them */
    int64_t voucher;
    bool staff;
};

/* ---- the old way and the new one ---- */

static int64_t
add_up(const struct cart *cart)
{
    int64_t total = 0;

    for (int i = 0; i < 4; i++)
        total += cart->prices[i];
    return total;
}

static void
old_total(void *cart, struct plx_result *result)
{
    const struct cart *c = cart;
    int64_t total = add_up(c);

    if (total == 0)
        plx_result_error(result, 1, "the cart is empty");
    else
        plx_result_int(result, total > c->voucher ? total - c->voucher : 0);
}

static void
new_total(void *cart, struct plx_result *result)
{
    const struct cart *c = cart;
    int64_t total = add_up(c);

    if (total == 0)
        plx_result_error(result, 1, "the cart is empty");
    else
        plx_result_int(result, total - c->voucher); /* less than nothing, for a large voucher */
}

/* ---- the experiment ---- */

/* What staff pay is known to differ, and is not looked at yet. */
static int
is_staff(void *context, void *cart, const struct plx_result *control, const struct plx_result *candidate)
{
    (void)context, (void)control, (void)candidate;
    return ((const struct cart *)cart)->staff;
}

static int
describe(void *context, void *cart, struct plx_context *fields)
{
    (void)context;
    plx_context_text(fields, "user", ((const struct cart *)cart)->user);
    return 0;
}

static int
log_outcome(void *context, const struct plx_outcome *outcome)
{
    char text[1024];

    (void)context;
    if (outcome->verdict == PLX_MISMATCH && plx_outcome_text(outcome, text, sizeof(text)) > 0)
        printf("%s\n", text);
    return 0;
}

int
main(void)
{
    static const struct cart carts[] = {
        {"ana", {1999, 250}, 0, false},     {"juablaz", {32000}, 500, false},
        {"luis", {1000, 500}, 2000, false}, /* the voucher is worth more than the cart */
        {"eva", {100}, 2000, true},         {"nobody", {0}, 0, false},
    };
    /* To a running `parallax run`, where there is one. */
    struct plx_publisher *server =
        getenv("PARALLAX_ADMIN") ? plx_publisher_http(getenv("PARALLAX_ADMIN"), getenv("PARALLAX_TOKEN"), NULL, NULL)
                                 : NULL;
    struct plx_experiment *totals = plx_experiment_new("cart-total", NULL);

    plx_experiment_use(totals, old_total);
    plx_experiment_try(totals, "candidate", new_total);
    plx_experiment_ignore(totals, is_staff, NULL);
    plx_experiment_describe(totals, describe, NULL);
    plx_experiment_publish(totals, log_outcome, NULL);
    if (server)
        plx_experiment_publish(totals, plx_publish, server);
    if (!totals || plx_experiment_status(totals) != PLX_OK)
        return 1;
    for (size_t i = 0; i < sizeof(carts) / sizeof(carts[0]); i++) {
        struct cart cart = carts[i];
        struct plx_result total = plx_experiment_run(totals, &cart);
        if (total.error)
            printf("%s: %s\n", cart.user, total.error_text);
        else
            printf("%s pays %" PRId64 ".%02" PRId64 "\n", cart.user, total.integer / 100, total.integer % 100);
    }
    struct plx_run_counts counts = plx_experiment_counts(totals);
    printf("%" PRIu64 " runs: %" PRIu64 " match, %" PRIu64 " mismatch, %" PRIu64 " ignored\n", counts.runs,
           counts.match, counts.mismatch, counts.ignored);
    plx_experiment_free(totals);
    plx_publisher_free(server);
    return 0;
}
