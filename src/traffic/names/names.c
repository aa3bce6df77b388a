/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants which name, waiting for them, and what is told of them. */
#include "traffic/names/names.h"

#include "base/assert.h"
#include "log/log.h"
#include "traffic/names/names_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- names ---- */

static bool
is_numeric(const char *host)
{
    struct sockaddr_in6 address;

    return uv_ip4_addr(host, 0, (struct sockaddr_in *)&address) == 0 || uv_ip6_addr(host, 0, &address) == 0;
}

static struct plx_name *
find(const struct plx_names *names, const char *host)
{
    for (struct plx_list *at = names->names.next; at != &names->names; at = at->next) {
        struct plx_name *name = PLX_CONTAINER(at, struct plx_name, link);
        if (strcmp(name->host, host) == 0)
            return name;
    }
    return NULL;
}

/* Those for which clients wait go to the front. */
struct plx_name *
plx_name_find_or_add(struct plx_names *names, const char *host, bool serves)
{
    struct plx_name *name = find(names, host);

    if (!name) {
        name = calloc(1, sizeof(*name));
        if (!name || !(name->host = strdup(host))) {
            free(name);
            return NULL;
        }
        name->names = names;
        for (unsigned i = 0; i < PLX_NAME_FAMILIES; i++)
            name->questions[i] = (struct plx_name_question){name, i};
        plx_list_push_back(&names->names, &name->link);
    }
    if (serves && !name->serves) {
        plx_list_remove(&name->link);
        plx_list_push_front(&names->names, &name->link);
        name->serves = true;
    }
    return name;
}

void
plx_name_release(struct plx_name *name)
{
    if (name->wanted || name->users || name->asking)
        return;
    plx_list_remove(&name->link);
    free(name->host);
    free(name);
}

/* What is not known is looked up anew, and told anew if it is still not: somebody may just have mended it. */
static void
want_one(struct plx_name *name, const char *of)
{
    name->wanted_next = true;
    name->others = 0;
    name->of_len = (size_t)snprintf(name->of, sizeof(name->of), "%s", of);
    if (name->times.known)
        return;
    name->times.due_ms = 0;
    name->times.failures = 0;
    name->told = false;
}

static void
want_again(struct plx_name *name)
{
    snprintf(name->of + name->of_len, sizeof(name->of) - name->of_len, " and %u more", ++name->others);
}

enum plx_status
plx_names_want(struct plx_names *names, const struct plx_names_wish *wishes, size_t count)
{
    enum plx_status status = PLX_OK;

    pthread_mutex_lock(&names->lock);
    for (size_t i = 0; i < count && status == PLX_OK; i++) {
        if (is_numeric(wishes[i].host))
            continue;
        struct plx_name *name = plx_name_find_or_add(names, wishes[i].host, wishes[i].serves);
        if (!name)
            status = PLX_E_MEMORY;
        else if (name->wanted_next)
            want_again(name);
        else
            want_one(name, wishes[i].of);
    }
    for (struct plx_list *at = names->names.next, *next; at != &names->names; at = next) {
        struct plx_name *name = PLX_CONTAINER(at, struct plx_name, link);
        next = at->next;
        name->wanted = name->wanted_next || (status != PLX_OK && name->wanted);
        name->wanted_next = false;
        plx_name_release(name);
    }
    pthread_mutex_unlock(&names->lock);
    uv_async_send(&names->wake);
    return status;
}

/* ---- waiting, and what is told ---- */

static bool
is_ready(const struct plx_name *name)
{
    return !name->wanted || name->times.known || name->times.failures > 0;
}

static bool
are_ready(const struct plx_names *names)
{
    if (names->telling)
        return false;
    for (struct plx_list *at = names->names.next; at != &names->names; at = at->next)
        if (!is_ready(PLX_CONTAINER(at, struct plx_name, link)))
            return false;
    return true;
}

bool
plx_names_are_ready(struct plx_names *names)
{
    pthread_mutex_lock(&names->lock);
    bool ready = are_ready(names);
    pthread_mutex_unlock(&names->lock);
    return ready;
}

void
plx_names_wait(struct plx_names *names, uint32_t at_most_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += at_most_ms / 1000;
    until.tv_nsec += (long)(at_most_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&names->lock);
    while (!are_ready(names) && pthread_cond_timedwait(&names->ended, &names->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&names->lock);
}

/* One that is still looked up and was not told yet: its name and whose it is. The lock is not held while the log is
 * written, since whoever reads it may be slow. */
static bool
next_waiting(struct plx_names *names, char host[256], char of[128])
{
    bool found = false;

    pthread_mutex_lock(&names->lock);
    for (struct plx_list *at = names->names.next; at != &names->names && !found; at = at->next) {
        struct plx_name *name = PLX_CONTAINER(at, struct plx_name, link);
        if (name->told || is_ready(name))
            continue;
        name->told = found = true;
        snprintf(host, 256, "%s", name->host);
        snprintf(of, 128, "%s", name->of);
    }
    pthread_mutex_unlock(&names->lock);
    return found;
}

void
plx_names_tell_waiting(struct plx_names *names)
{
    char host[256], of[128];

    while (next_waiting(names, host, of))
        plx_log(PLX_LOG_WARN, "name_unknown", PLX_TEXT("name", host), PLX_TEXT("of", of),
                PLX_TEXT("reason", "no server of names has answered yet"),
                PLX_TEXT("mend", "it is still being looked up, and requests to it wait; see whether the servers of "
                                 "`resolver` or /etc/resolv.conf can be reached"));
}

static const char *
state_text(const struct plx_name *name, uint64_t now_ms)
{
    if (plx_name_is_stale(&name->times, now_ms) && name->times.failures > 0)
        return "stale";
    if (name->times.known)
        return "known";
    return name->times.failures > 0 ? "unknown" : "looking";
}

void
plx_names_each(struct plx_names *names, void (*each)(const struct plx_name_facts *facts, void *to), void *to)
{
    uint64_t now_ms = plx_names_now_ms();

    pthread_mutex_lock(&names->lock);
    for (struct plx_list *at = names->names.next; at != &names->names; at = at->next) {
        const struct plx_name *name = PLX_CONTAINER(at, struct plx_name, link);
        if (!name->wanted)
            continue;
        struct plx_name_facts facts = {
            .host = name->host,
            .of = name->of,
            .state = state_text(name, now_ms),
            .list = &name->list,
            .addresses = name->list.count,
            .lookups = name->lookups,
            .failures = name->failures,
            .left_out_total = name->left_out_total,
        };
        for (unsigned i = 0; i < name->list.count; i++)
            facts.left_out += name->left_out_until[i] > now_ms;
        each(&facts, to);
    }
    pthread_mutex_unlock(&names->lock);
}

/* ---- life ---- */

enum plx_status
plx_names_set_servers(struct plx_names *names, const char *servers)
{
    char *copy = strdup(servers);

    if (!copy)
        return PLX_E_MEMORY;
    pthread_mutex_lock(&names->lock);
    free(names->servers);
    names->servers = copy;
    pthread_mutex_unlock(&names->lock);
    uv_async_send(&names->wake);
    return PLX_OK;
}

struct plx_names *
plx_names_new(void (*changed)(void *owner), void *owner)
{
    struct plx_names *names = calloc(1, sizeof(*names));
    pthread_condattr_t monotonic;

    if (!names)
        return NULL;
    names->changed = changed;
    names->owner = owner;
    plx_list_init(&names->names);
    plx_list_init(&names->ports);
    plx_list_init(&names->sockets);
    pthread_mutex_init(&names->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&names->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (plx_resolver_start(names))
        return names;
    pthread_cond_destroy(&names->ended);
    pthread_mutex_destroy(&names->lock);
    free(names);
    return NULL;
}

void
plx_names_free(struct plx_names *names)
{
    if (!names)
        return;
    PLX_ASSERT(plx_list_empty(&names->ports));
    plx_resolver_end(names);
    for (struct plx_list *at = names->names.next, *next; at != &names->names; at = next) {
        struct plx_name *name = PLX_CONTAINER(at, struct plx_name, link);
        next = at->next;
        PLX_ASSERT(name->asking == 0);
        name->wanted = false;
        plx_name_release(name);
    }
    PLX_ASSERT(plx_list_empty(&names->names));
    free(names->servers);
    pthread_cond_destroy(&names->ended);
    pthread_mutex_destroy(&names->lock);
    free(names);
}
