/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worlds with a known truth for verdict.c: which fields of candidate and secondary differ from the primary's in each
 * exchange. Deterministic from a seed.
 */
#ifndef PLX_BENCH_WORLDS_H
#define PLX_BENCH_WORLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_FIELDS_MAX 1000
#define EVENTS_MAX       4096

struct chance {
    uint64_t state;
};

double chance_take(struct chance *chance); /* 0 <= x < 1 */
double chance_normal(struct chance *chance);

struct world {
    const char *name;
    int fields;      /* 1 to WORLD_FIELDS_MAX */
    double noise;    /* of each field and role, independent */
    double drift;    /* the noise swings by this share of it, over 30,000 exchanges */
    bool appearing;  /* each field begins to differ at a time of its own */
    double shared;   /* probability that a burst of both begins, in field 0 */
    double private;  /* that one of a role begins, in field 0; of each role */
    int burst;       /* how long bursts are */
    double fault;    /* the candidate's own differences: field = endpoint at random */
    long fault_from; /* from this exchange on */
};

/* One field in one exchange. */
struct event {
    int field;
    bool candidate, secondary;
};

struct world_state {
    const struct world *world;
    struct chance chance;
    long at, length;
    int shared_left, candidate_left, secondary_left;
    long begins[WORLD_FIELDS_MAX];
    double rate, log_none,
        none; /* of the noise: ln(1 - rate), and the probability that no cell of an exchange is hit */
};

void world_begin(struct world_state *state, const struct world *world, uint64_t seed, long length);
/* The next exchange's events, a field once at most. Returns how many. */
size_t world_next(struct world_state *state, struct event *events);

#endif
