/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of roles and their addresses, looked up once for all workers and outside of their loops. The resolver is a
 * thread of its own, which asks by c-ares: no look-up holds another one up, and none is waited for at the end.
 *
 *   control thread: plx_names_want() --.                             .--> port of a worker's loop --> its pools
 *                                       v                            |     (woken when an answer is another one)
 *                      names, under one lock <--answers-- resolver --+--> port of the next ...
 *                      (names_state.h)        --due-->  (resolver.c)
 *
 * A name is there as long as somebody wants it: the configuration in force, or a pool. It is renewed before its time to
 * live is over (name_times.h), and where that fails what was known is used on. A loop is told of what changes; what it
 * reads in between is its own, so a request takes no lock.
 */
#ifndef PLX_NAMES_NAMES_H
#define PLX_NAMES_NAMES_H

#include <parallax/base.h>

#define PLX_NAMES_START_MS 2000u /* how long a start or a reload waits for names at most */

struct plx_names;
struct plx_address_list;

/* What the configuration names: of whom, as in "primary of payment", is for the log. */
struct plx_names_wish {
    const char *host;
    char of[96];
    bool serves; /* clients wait for it: such names are asked for first */
};

/* What is known of a name; texts are valid during the call. */
struct plx_name_facts {
    const char *host, *of;
    const char *state; /* "looking", "known", "stale", "unknown" */
    const struct plx_address_list *list;
    uint32_t addresses, left_out; /* left out at the moment, by a worker at least */
    uint64_t lookups, failures, left_out_total;
};

/* changed (may be NULL) is called by the resolver's thread when a look-up has ended. NULL: no memory, or no thread. */
struct plx_names *plx_names_new(void (*changed)(void *owner), void *owner);
/* Ends the thread, whatever is under way; all ports are closed. NULL is fine. */
void plx_names_free(struct plx_names *names);
/* Whom to ask: "ADDRESS:PORT,..."; "": those of /etc/resolv.conf, which is read again. In force shortly after; look-ups
 * under way begin anew. PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_names_set_servers(struct plx_names *names, const char *servers);
/* In the place of what was wanted before; numeric addresses are passed over. PLX_E_MEMORY: nothing has changed but that
 * some names more are looked up. */
PLX_MUST_USE enum plx_status plx_names_want(struct plx_names *names, const struct plx_names_wish *wishes, size_t count);
/* Whether each name that is wanted was found, or could not be found, once. */
bool plx_names_are_ready(struct plx_names *names);
/* Waits for that, at most so long. */
void plx_names_wait(struct plx_names *names, uint32_t at_most_ms);
/* Tells the log which are not ready yet. */
void plx_names_tell_waiting(struct plx_names *names);
/* Of each that is wanted by the configuration. */
void plx_names_each(struct plx_names *names, void (*each)(const struct plx_name_facts *facts, void *to), void *to);

#endif
