/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports of a step. Each is taken before anything starts, by a socket that does not listen: so a port that somebody
 * has is known at once, and a free one stays free until the process that it is for listens on it (on Linux SO_REUSEADDR
 * on both sockets allows just that).
 */
#ifndef PLX_DEMO_DEMO_PORTS_H
#define PLX_DEMO_DEMO_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#define PLX_DEMO_PORTS_MAX 8u
#define PLX_DEMO_URL_SIZE  32u

struct plx_demo_ports {
    struct {
        const char *name;
        uint16_t number;
        int socket;
    } rows[PLX_DEMO_PORTS_MAX];
    unsigned count;
};

/* number 0: any free one. 0, or the exit status after telling who has it and how to mend that. name stays the caller's.
 */
int plx_demo_ports_take(struct plx_demo_ports *ports, const char *name, uint16_t number);
/* The same without taking it. */
void plx_demo_ports_name(struct plx_demo_ports *ports, const char *name, uint16_t number);
/* 0: there is none of that name. */
uint16_t plx_demo_ports_find(const struct plx_demo_ports *ports, const char *name);
/* "http://127.0.0.1:8080", in out. */
const char *plx_demo_ports_url(const struct plx_demo_ports *ports, const char *name, char out[PLX_DEMO_URL_SIZE]);
void plx_demo_ports_free(struct plx_demo_ports *ports);

#endif
