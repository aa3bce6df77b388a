/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capitals of bound.h, by the share f of the largest stake that is bet: l = f / (1 - x). For each f every factor
 * grows with x, so that the x which are refuted are those above U, which bisection finds.
 */
#include "stats/bound.h"

#include "stats/mixture.h"

#define STAKES    10
#define LIMITS    22    /* stakes against a limit: 2^(-k/2) of the largest */
#define BISECTION 48    /* halvings of an interval of 1 */
#define HAIR      1e-12 /* a quotient of logarithms may be a hair above a whole number */

/* ---- U ---- */

/* Bold ones for few differences among many exchanges, timid ones for noise: the best is about x n / (a + s). */
static const double stakes[STAKES] = {0.95,     0.8,      1.0 / 2,  1.0 / 4,   1.0 / 8,
                                      1.0 / 16, 1.0 / 32, 1.0 / 64, 1.0 / 181, 1.0 / 512};

/* ln K(x) over the stakes. Counts as doubles: they may be what is expected of the future. */
static double
log_capital(double n, double a, double s, double x)
{
    double sum = -INFINITY;

    for (int k = 0; k < STAKES; k++) {
        double f = stakes[k];

        sum = plx_log_add(sum, plx_log_times(a, log1p(-f)) + plx_log_times(s, log1p(f * (1 + x) / (1 - x))) +
                                   plx_log_times(n - a - s, log1p(f * x / (1 - x))));
    }
    return sum - log(STAKES);
}

static double
upper(double n, double a, double s, double confidence)
{
    double needed = plx_log_needed(confidence), low = 0, high = 1;
    double quiet = a > 0 || n <= 0 ? 1 : -expm1(-needed / n);

    needed -= log(PLX_BOUND_NOISY_SHARE);
    for (int i = 0; i < BISECTION; i++) {
        double x = (low + high) / 2;

        if (log_capital(n, a, s, x) >= needed)
            high = x;
        else
            low = x;
    }
    return fmin(high, quiet);
}

double
plx_bound_upper(uint64_t compared, uint64_t candidate_alone, uint64_t secondary_alone, double confidence)
{
    return upper((double)compared, (double)candidate_alone, (double)secondary_alone, confidence);
}

/* ---- the state ---- */

#define JUMPS_MIN 3   /* below, the secondary's differences are not counted yet */
#define LOOSE     3.0 /* standard deviations of the dispersion that chance gives to independent differences */

static const uint64_t scale_exchanges[PLX_BOUND_SCALES] = {50, 400, 3200};

static double
square_of_jump(const struct plx_bound_scale *s)
{
    double jump = (double)s->lead / (double)s->exchanges - (double)s->last_lead / (double)s->last_exchanges;

    return jump * jump / (1 / (double)s->exchanges + 1 / (double)s->last_exchanges);
}

static void
close_window(struct plx_bound_scale *s)
{
    if (s->last_exchanges > 0) {
        s->jumped += square_of_jump(s);
        s->jumps++;
    }
    s->last_exchanges = s->exchanges;
    s->last_lead = s->lead;
    s->exchanges = 0;
    s->lead = 0;
}

void
plx_bound_feed(struct plx_bound *bound, const struct plx_fold *fold)
{
    bound->compared += fold->exchanges;
    bound->candidate_alone += fold->candidate_alone;
    bound->secondary_alone += fold->secondary_alone;
    bound->secondary_open += fold->secondary_alone;
    for (int i = 0; i < PLX_BOUND_SCALES; i++) {
        struct plx_bound_scale *scale = &bound->scales[i];

        scale->exchanges += fold->exchanges;
        scale->lead += (int64_t)fold->candidate_alone - (int64_t)fold->secondary_alone;
        if (scale->exchanges < scale_exchanges[i])
            continue;
        close_window(scale);
        if (i == 0)
            bound->secondary_open = 0;
    }
}

void
plx_bound_begin_anew(struct plx_bound *bound, uint64_t since_ms, const struct plx_fold *followed)
{
    bound->compared = followed->exchanges;
    bound->candidate_alone = followed->candidate_alone;
    bound->secondary_alone = followed->secondary_alone;
    bound->secondary_open = 0; /* what is open in the windows was before */
    bound->least = 0;
    bound->since_ms = since_ms;
    bound->beginnings++;
}

/* Each beginning errs with an alpha of its own, which add up to PLX_BOUND_BEGINNINGS_SHARE of that of the first. */
static double
confidence_of(const struct plx_bound *bound, double confidence)
{
    double j = (double)bound->beginnings;

    return j > 0 ? 1 - (1 - confidence) * PLX_BOUND_BEGINNINGS_SHARE / (j * (j + 1)) : confidence;
}

/* variance: of the lead of one exchange. The open window is looked at as if it were closed now. */
static double
dispersion_at(const struct plx_bound_scale *scale, double variance)
{
    bool open = scale->exchanges > 0 && scale->last_exchanges > 0;
    double jumps = (double)scale->jumps + open, dispersion;

    if (jumps <= 0 || variance <= 0)
        return 1;
    dispersion = (scale->jumped + (open ? square_of_jump(scale) : 0)) / (jumps * variance);
    return dispersion > 1 + LOOSE * sqrt(2 / jumps) ? dispersion : 1;
}

double
plx_bound_dispersion(const struct plx_bound *bound)
{
    double n = fmax(1, (double)bound->compared), a = (double)bound->candidate_alone / n,
           s = (double)bound->secondary_alone / n, largest = 1;

    for (int i = 0; i < PLX_BOUND_SCALES; i++)
        largest = fmax(largest, dispersion_at(&bound->scales[i], a + s - (a - s) * (a - s)));
    return largest;
}

/* The secondary's differences that U counts with. */
static double
credited(const struct plx_bound *b)
{
    return b->scales[0].jumps < JUMPS_MIN ? 0
                                          : (double)(b->secondary_alone - b->secondary_open) / plx_bound_dispersion(b);
}

double
plx_bound_look(struct plx_bound *bound, double confidence)
{
    double now = upper((double)bound->compared, (double)bound->candidate_alone, credited(bound),
                       confidence_of(bound, confidence));

    if (bound->least <= 0 || bound->confidence != confidence || now < bound->least)
        bound->least = now;
    bound->confidence = confidence;
    return bound->least;
}

static bool
is_possible(const struct plx_bound_scale *s)
{
    return s->lead <= (int64_t)s->exchanges && s->lead >= -(int64_t)s->exchanges &&
           s->last_lead <= (int64_t)s->last_exchanges && s->last_lead >= -(int64_t)s->last_exchanges &&
           s->exchanges <= INT64_MAX && s->last_exchanges <= INT64_MAX && isfinite(s->jumped) && s->jumped >= 0;
}

bool
plx_bound_is_valid(const struct plx_bound *bound)
{
    for (int i = 0; i < PLX_BOUND_SCALES; i++)
        if (!is_possible(&bound->scales[i]))
            return false;
    return bound->candidate_alone <= bound->compared &&
           bound->secondary_alone <= bound->compared - bound->candidate_alone &&
           bound->secondary_open <= bound->secondary_alone && bound->least >= 0 && bound->least <= 1 &&
           bound->confidence >= 0 && bound->confidence < 1;
}

/* ---- how many it takes ---- */

static uint64_t
whole(double exchanges)
{
    exchanges = ceil(exchanges * (1 - HAIR));
    return exchanges >= 0 && exchanges < 0x1p62 ? (uint64_t)exchanges : UINT64_MAX; /* NaN too */
}

uint64_t
plx_bound_quiet_needed(double limit, double confidence)
{
    if (limit >= 1)
        return 1;
    return limit > 0 ? whole(plx_log_needed(confidence) / -log1p(-limit)) : UINT64_MAX;
}

/* The least n from `from` on with U(n) <= limit, where a share a and s of them differ; what came before is added. */
static uint64_t
search(double n0, double a0, double s0, double a, double s, double limit, double confidence)
{
    double low = 0, high = 16;

    if (limit <= 0 || a - s >= limit)
        return UINT64_MAX;
    while (upper(n0 + high, a0 + a * high, s0 + s * high, confidence) > limit) {
        low = high;
        high *= 2;
        if (high > 0x1p50)
            return UINT64_MAX;
    }
    while (high - low > fmax(1, high * 1e-3)) {
        double middle = floor((low + high) / 2);

        if (upper(n0 + middle, a0 + a * middle, s0 + s * middle, confidence) > limit)
            low = middle;
        else
            high = middle;
    }
    return whole(high);
}

uint64_t
plx_bound_noisy_needed(double noise, double limit, double confidence)
{
    if (noise <= 0)
        return plx_bound_quiet_needed(limit, confidence);
    return search(0, 0, 0, noise, noise, limit, confidence);
}

uint64_t
plx_bound_more(const struct plx_bound *bound, double limit, double confidence)
{
    double n = (double)bound->compared, a = (double)bound->candidate_alone, s = credited(bound);

    if (bound->least > 0 && bound->confidence == confidence && bound->least <= limit)
        return 0;
    confidence = confidence_of(bound, confidence);
    if (a <= 0) {
        uint64_t needed = plx_bound_quiet_needed(limit, confidence);

        return needed == UINT64_MAX || needed > bound->compared ? needed - (needed == UINT64_MAX ? 0 : bound->compared)
                                                                : 0;
    }
    if (upper(n, a, s, confidence) <= limit)
        return 0;
    return search(n, a, s, a / n, s / n, limit, confidence);
}

/* ---- limits ---- */

double
plx_bound_exceeds(uint64_t compared, uint64_t candidate_alone, uint64_t secondary_alone, double limit)
{
    double a = (double)candidate_alone, s = (double)secondary_alone, rest = (double)compared - a - s;
    double sum = -INFINITY;

    for (int k = 0; k < LIMITS; k++) {
        double l = 0.98 * exp2(-k / 2.0) / (1 + limit);

        sum = plx_log_add(sum, a * log1p(l * (1 - limit)) + s * log1p(-l * (1 + limit)) + rest * log1p(-l * limit));
    }
    return sum - log(LIMITS);
}

double
plx_bound_exceeds_allowed(uint64_t compared, uint64_t differing, double allow)
{
    double a = (double)differing, rest = (double)compared - a, sum = -INFINITY;

    if (allow <= 0)
        return differing ? INFINITY : 0;
    for (int k = 0; k < LIMITS; k++) {
        double f = 0.98 * exp2(-k / 2.0);

        sum = plx_log_add(sum, a * log1p(f * (1 - allow) / allow) + rest * log1p(-f));
    }
    return sum - log(LIMITS);
}
