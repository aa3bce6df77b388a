/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seed's steps as a table: which processes, and what to try once they are up. The compose files below examples/ run
 * the same commands; a test holds the two together.
 *
 * In an argument stand {NAME} for the port of that name, {examples} for the folder of the examples, {store NAME} for
 * the URL of a service's database, {reconcile} for the batch's configuration over those, and {weights} for the
 * configuration whose weights move; {{ and }} stay as they are.
 */
#ifndef PLX_DEMO_DEMO_STEPS_H
#define PLX_DEMO_DEMO_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#define PLX_DEMO_PROCESSES_MAX 6u
#define PLX_DEMO_ARGUMENTS_MAX 16u
#define PLX_DEMO_TRIES_MAX     4u

struct plx_demo_row {
    const char *name;
    const char *ready;                             /* in the line that says so */
    const char *arguments[PLX_DEMO_ARGUMENTS_MAX]; /* the program's name first; parallax is this program */
};

struct plx_demo_try {
    const char *port;          /* its name; "proxy" is asked as payment.service */
    const char *target, *body; /* body NULL: GET */
    const char *wanted;        /* in the answer's body */
};

struct plx_demo_step {
    const char *scenario;
    unsigned number;
    bool generic;
    const char *what; /* to be seen */
    const struct plx_demo_row *rows[PLX_DEMO_PROCESSES_MAX];
    const struct plx_demo_try *tries[PLX_DEMO_TRIES_MAX];
    bool weights;  /* the clients move in it */
    bool compares; /* there is a candidate to be asked about */
};

/* NULL: there is no such step. */
const struct plx_demo_step *plx_demo_step_find(const char *scenario, unsigned number, bool generic);
/* The seed's port of that name; 0: there is none. */
uint16_t plx_demo_port_of(const char *name);

#endif
