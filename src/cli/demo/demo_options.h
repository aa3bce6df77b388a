/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax demo` was asked for. */
#ifndef PLX_DEMO_DEMO_OPTIONS_H
#define PLX_DEMO_DEMO_OPTIONS_H

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

#endif
