/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios of `parallax demo`: each runs to its end and gives the exit status. */
#ifndef PLX_DEMO_DEMO_H
#define PLX_DEMO_DEMO_H

#include "cli/terminal/options.h"

struct plx_demo_options {
    struct plx_options common;
    const char *scenario;
    unsigned step;    /* 0: all of them */
    unsigned seconds; /* 0: until Ctrl-C, or where all steps run not at all */
    uint16_t port;    /* of the proxy; 0: the step's own */
    bool free_ports;  /* whatever ports are free, in place of the seed's */
    bool postgresql;  /* else SQLite */
    bool generic, fault, print;
};

int plx_demo_compare(struct plx_demo_options *options);
int plx_demo_scientist(const struct plx_demo_options *options);
/* The seed's walk-throughs: one step, or all of them one after another. */
int plx_demo_walk(const struct plx_demo_options *options);

#endif
