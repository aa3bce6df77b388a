/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bets of coin.h. The hard thing is that a fold has no order: every bet of a fold is made with what was known
 * before it, and pays by a probability that does not depend on the order.
 */
#include "stats/coin.h"

#include "stats/mixture.h"

#include <string.h>

#define SAFE          0.01 /* the share of the capital that no bet touches */
#define ODD_LEAST     4u
#define TELLING_LEAST 3u
#define PRIOR         0.5 /* how much the first opinion weighs, in exchanges */
#define ODDS_MAX      30  /* beyond, 1 - q is nothing */
#define COUNT_MAX     (UINT32_MAX / 4)

/* ---- classes ---- */

static struct plx_coin_class *
class_of(struct plx_coin *coin, uint32_t id)
{
    struct plx_coin_class *class;

    for (uint32_t i = 0; i < coin->count; i++)
        if (coin->classes[i].id == id)
            return &coin->classes[i];
    if (coin->count == PLX_COIN_CLASSES)
        return NULL;
    class = &coin->classes[coin->count++];
    *class = (struct plx_coin_class){.id = id};
    return class;
}

static void
add(uint32_t *count, uint32_t more)
{
    *count = more < COUNT_MAX - *count ? *count + more : COUNT_MAX;
}

/* ln of (candidate's + 1/2) / (secondary's + 1/2). */
static double
log_odds(uint32_t candidate, uint32_t secondary)
{
    return log((double)candidate + 0.5) - log((double)secondary + 0.5);
}

/* A bet's logarithm, limited and kept from losing all. */
static double
settle(double log_ratio, uint64_t exchanges)
{
    double times = fmax(1, (double)exchanges / PLX_COIN_EXCHANGES);
    double most = times * log(PLX_COIN_GAIN);

    return plx_log_add(log(SAFE), log1p(-SAFE) + fmin(log_ratio, most));
}

/* ---- pairs ---- */

/* lgamma() writes a global. */
static double
log_gamma(double x)
{
    int sign;

    return lgamma_r(x, &sign);
}

static double
log_beta(double a, double b)
{
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b);
}

static double
pair_ratio(const struct plx_coin_class *u, const struct plx_coin_class *v, const struct plx_coin_pair *pair)
{
    double q = 1 / (1 + exp(log_odds(v->candidate, v->secondary) - log_odds(u->candidate, u->secondary)));
    uint32_t seen_u = u->candidate + u->secondary, seen_v = v->candidate + v->secondary;
    double weight = PRIOR + (double)(seen_u < seen_v ? seen_u : seen_v);
    double a = fmax(weight * q, 1e-3), b = fmax(weight * (1 - q), 1e-3);

    return ((double)pair->forth + pair->back) * log(2) + log_beta(a + pair->forth, b + pair->back) - log_beta(a, b);
}

static void
bet_on_pairs(struct plx_coin *coin, const struct plx_coin_fold *fold)
{
    double ratio = 0;

    for (size_t i = 0; i < fold->pair_count; i++) {
        const struct plx_coin_pair *pair = &fold->pairs[i];
        const struct plx_coin_class *u = class_of(coin, pair->u), *v = class_of(coin, pair->v);

        if (u && v)
            ratio += pair_ratio(u, v, pair);
    }
    if (fold->pair_count)
        coin->log += settle(ratio, fold->exchanges);
    for (size_t i = 0; i < fold->pair_count; i++) {
        const struct plx_coin_pair *pair = &fold->pairs[i];
        struct plx_coin_class *u = class_of(coin, pair->u), *v = class_of(coin, pair->v);

        if (u && v) {
            add(&u->candidate, pair->forth);
            add(&u->secondary, pair->back);
            add(&v->candidate, pair->back);
            add(&v->secondary, pair->forth);
        }
    }
}

/* ---- odd ones ---- */

static double
share_of(const struct plx_coin_class *class, double shift)
{
    double odds = log_odds(class->candidate_odd, class->secondary_odd) + shift;

    return 1 / (1 + exp(-fmin(fmax(odds, -ODDS_MAX), ODDS_MAX)));
}

/* The shift of all log odds with which as many of the block's differences are expected to be the candidate's as are. */
static double
fitting_shift(const struct plx_coin *coin, double candidates)
{
    double low = -40, high = 40;

    for (int i = 0; i < 50; i++) {
        double shift = (low + high) / 2, expected = 0;

        for (uint32_t c = 0; c < coin->count; c++)
            expected += ((double)coin->classes[c].candidate_open + coin->classes[c].secondary_open) *
                        share_of(&coin->classes[c], shift);
        if (expected < candidates)
            low = shift;
        else
            high = shift;
    }
    return (low + high) / 2;
}

/* The ratio's logarithm, and what it may be expected to be if the opinion is right. */
static double
odd_ratio(const struct plx_coin *coin, double candidates, double secondaries, double *expected)
{
    double ways = log_gamma(candidates + secondaries + 1) - log_gamma(candidates + 1) - log_gamma(secondaries + 1);
    double shift = fitting_shift(coin, candidates), ratio = ways;

    *expected = ways;
    for (uint32_t c = 0; c < coin->count; c++) {
        double a = coin->classes[c].candidate_open, s = coin->classes[c].secondary_open;
        double q = share_of(&coin->classes[c], shift);

        ratio += plx_log_times(a, log(q)) + plx_log_times(s, log1p(-q));
        *expected += (a + s) * (q * log(q) + (1 - q) * log1p(-q));
    }
    return ratio;
}

/* The first block is bet on without an opinion: each class has a coin of its own, of any bias. It pays if classes are
 * one role's each, and is worth while if there are two to tell apart. */
static double
first_odd_ratio(const struct plx_coin *coin, double candidates, double secondaries, double *expected)
{
    double ratio = log_gamma(candidates + secondaries + 1) - log_gamma(candidates + 1) - log_gamma(secondaries + 1);
    int telling = 0;

    for (uint32_t c = 0; c < coin->count; c++) {
        double a = coin->classes[c].candidate_open, s = coin->classes[c].secondary_open;

        telling += a + s >= TELLING_LEAST;
        ratio += log_beta(a + 0.5, s + 0.5) - log_beta(0.5, 0.5);
    }
    *expected = telling >= 2 ? 1 : 0;
    return ratio;
}

static void
close_odd_block(struct plx_coin *coin, uint32_t candidates, uint32_t secondaries)
{
    double expected, ratio = coin->odd_blocks == 0 ? first_odd_ratio(coin, candidates, secondaries, &expected)
                                                   : odd_ratio(coin, candidates, secondaries, &expected);

    if (expected > 0) {
        coin->log += settle(ratio, coin->open_exchanges);
        coin->odd_least = coin->odd_least / 2 > ODD_LEAST ? coin->odd_least / 2 : ODD_LEAST;
    } else if (coin->odd_blocks > 0) {
        coin->odd_least = coin->odd_least * 2 < PLX_COIN_ODD_MAX ? coin->odd_least * 2 : PLX_COIN_ODD_MAX;
    }
    for (uint32_t c = 0; c < coin->count; c++) {
        struct plx_coin_class *class = &coin->classes[c];

        add(&class->candidate_odd, class->candidate_open);
        add(&class->secondary_odd, class->secondary_open);
        class->candidate_open = class->secondary_open = 0;
    }
    coin->open_exchanges = 0;
    coin->odd_blocks++;
}

static void
bet_on_odd(struct plx_coin *coin, const struct plx_coin_fold *fold)
{
    uint32_t candidates = 0, secondaries = 0;

    for (size_t i = 0; i < fold->odd_count; i++) {
        struct plx_coin_class *class = class_of(coin, fold->odd[i].id);

        if (class) {
            add(&class->candidate_open, fold->odd[i].candidate);
            add(&class->secondary_open, fold->odd[i].secondary);
        }
    }
    for (uint32_t c = 0; c < coin->count; c++) {
        candidates += coin->classes[c].candidate_open;
        secondaries += coin->classes[c].secondary_open;
    }
    coin->open_exchanges += fold->exchanges;
    if (coin->odd_least < ODD_LEAST)
        coin->odd_least = ODD_LEAST;
    if (candidates >= coin->odd_least && secondaries >= coin->odd_least)
        close_odd_block(coin, candidates, secondaries);
}

void
plx_coin_feed(struct plx_coin *coin, const struct plx_coin_fold *fold)
{
    bet_on_pairs(coin, fold);
    bet_on_odd(coin, fold);
}

double
plx_coin_evidence(const struct plx_coin *coin)
{
    return coin->log;
}

bool
plx_coin_telling_class(const struct plx_coin *coin, uint32_t *id)
{
    double most = 0;

    for (uint32_t c = 0; c < coin->count; c++) {
        const struct plx_coin_class *class = &coin->classes[c];
        double odds =
            log_odds(class->candidate, class->secondary) + log_odds(class->candidate_odd, class->secondary_odd);

        if (odds > most) {
            most = odds;
            *id = class->id;
        }
    }
    return most > 0;
}

bool
plx_coin_is_valid(const struct plx_coin *coin)
{
    if (!isfinite(coin->log) || coin->count > PLX_COIN_CLASSES || coin->odd_least > PLX_COIN_ODD_MAX)
        return false;
    for (uint32_t c = 0; c < coin->count; c++) {
        const struct plx_coin_class *class = &coin->classes[c];

        if (class->candidate > COUNT_MAX || class->secondary > COUNT_MAX || class->candidate_odd > COUNT_MAX ||
            class->secondary_odd > COUNT_MAX || class->candidate_open > COUNT_MAX || class->secondary_open > COUNT_MAX)
            return false;
        for (uint32_t d = 0; d < c; d++)
            if (coin->classes[d].id == class->id)
                return false;
    }
    return true;
}
