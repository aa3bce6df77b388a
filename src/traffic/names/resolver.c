/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resolver's thread: asks for what is due by c-ares, whose sockets are polled by a loop of its own, and publishes
 * what comes. All questions are under way side by side. c-ares may answer inside the call that asks (/etc/hosts, or no
 * server): so nothing is asked with the lock held, and nobody keeps a place in the list of names over a question.
 */
#include "traffic/names/names_state.h"

#include "base/assert.h"
#include "base/thread.h"
#include "log/log.h"
#include "traffic/names/names_port.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#define CHANNEL_AGAIN_MS 1000u /* until it is tried again to make one, where there is no memory */

/* Of one of c-ares' sockets. */
struct socket_poll {
    struct plx_list link;
    struct plx_names *names;
    uv_poll_t poll;
    ares_socket_t socket;
};

static void look(struct plx_names *names);

/* ---- sockets ---- */

static void
on_readiness(uv_poll_t *poll, int status, int events)
{
    const struct socket_poll *it = PLX_CONTAINER(poll, struct socket_poll, poll);
    struct plx_names *names = it->names;
    ares_socket_t socket = it->socket;

    if (status < 0)
        events = UV_READABLE | UV_WRITABLE; /* reading it says what is wrong */
    ares_process_fd(names->channel, events & UV_READABLE ? socket : ARES_SOCKET_BAD,
                    events & UV_WRITABLE ? socket : ARES_SOCKET_BAD);
    look(names);
}

static void
on_poll_closed(uv_handle_t *handle)
{
    free(PLX_CONTAINER(handle, struct socket_poll, poll));
}

static struct socket_poll *
poll_of(struct plx_names *names, ares_socket_t socket)
{
    for (struct plx_list *at = names->sockets.next; at != &names->sockets; at = at->next) {
        struct socket_poll *it = PLX_CONTAINER(at, struct socket_poll, link);
        if (it->socket == socket)
            return it;
    }
    return NULL;
}

static void
on_socket(void *data, ares_socket_t socket, int readable, int writable)
{
    struct plx_names *names = data;
    struct socket_poll *it = poll_of(names, socket);

    if (!readable && !writable) {
        if (!it)
            return;
        plx_list_remove(&it->link);
        uv_poll_stop(&it->poll);
        uv_close((uv_handle_t *)&it->poll, on_poll_closed);
        return;
    }
    if (!it) {
        it = calloc(1, sizeof(*it));
        if (!it || uv_poll_init_socket(&names->loop, &it->poll, socket) != 0) {
            free(it); /* its questions end by their time */
            return;
        }
        it->names = names;
        it->socket = socket;
        plx_list_push_back(&names->sockets, &it->link);
    }
    uv_poll_start(&it->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_readiness);
}

static ares_channel
new_channel(struct plx_names *names, const char *servers)
{
    struct ares_options options = {.timeout = PLX_NAMES_QUERY_MS,
                                   .tries = PLX_NAMES_QUERY_TRIES,
                                   .sock_state_cb = on_socket,
                                   .sock_state_cb_data = names};
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    ares_channel channel;

#ifdef ARES_OPT_QUERY_CACHE
    mask |= ARES_OPT_QUERY_CACHE; /* of no seconds: names are kept here */
#endif
    if (ares_init_options(&channel, &options, mask) != ARES_SUCCESS)
        return NULL;
    if (*servers && ares_set_servers_ports_csv(channel, servers) != ARES_SUCCESS) {
        ares_destroy(channel);
        return NULL;
    }
    return channel;
}

static bool
asks_the_systems(const struct plx_names *names)
{
    return !names->asked || !*names->asked;
}

static struct plx_names_file
look_at_file(void)
{
    struct stat found;

    if (stat(PLX_NAMES_FILE, &found) != 0)
        return (struct plx_names_file){0, 0, 0, 0};
    return (struct plx_names_file){(uint64_t)found.st_dev, (uint64_t)found.st_ino, (uint64_t)found.st_size,
                                   (uint64_t)found.st_mtim.tv_sec * 1000000000u + (uint64_t)found.st_mtim.tv_nsec};
}

/* Whether the system's servers are asked, and stand there otherwise than when they were read. */
static bool
file_has_changed(struct plx_names *names)
{
    uint64_t now_ms = plx_names_now_ms();

    if (!asks_the_systems(names) || now_ms - names->looked_ms < PLX_NAMES_FILE_LOOK_MS)
        return false;
    names->looked_ms = now_ms;
    const struct plx_names_file now = look_at_file();
    if (memcmp(&now, &names->file, sizeof(now)) == 0)
        return false;
    plx_log(PLX_LOG_INFO, "name_servers_changed", PLX_TEXT("file", PLX_NAMES_FILE));
    return true;
}

/* What was under way at the servers before is canceled, and due at once. */
static void
take_servers(struct plx_names *names)
{
    pthread_mutex_lock(&names->lock);
    char *servers = names->servers;
    names->servers = NULL;
    pthread_mutex_unlock(&names->lock);
    if (!servers && names->channel && !file_has_changed(names))
        return;
    if (servers) {
        free(names->asked);
        names->asked = servers;
    }
    if (asks_the_systems(names)) {
        names->file = look_at_file(); /* before it is read: a change in between is found later */
        names->looked_ms = plx_names_now_ms();
    }
    ares_channel before = names->channel;
    names->channel = new_channel(names, names->asked ? names->asked : "");
    if (before)
        ares_destroy(before);
}

/* ---- answers ---- */

static const char *
reason_text(int reason)
{
    switch (reason) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
        return "there is no such name, or it has no address";
    case ARES_ETIMEOUT:
        return "no server of names has answered in time";
    case ARES_ECONNREFUSED:
        return "no server of names can be reached";
    case ARES_EBADNAME:
        return "this can't be a name";
    default:
        return ares_strerror(reason);
    }
}

static void
take_list(struct plx_name *name, const struct plx_address_list *list)
{
    uint64_t left_out[PLX_NAME_ADDRESSES_MAX] = {0};

    for (unsigned i = 0; i < list->count; i++)
        for (unsigned k = 0; k < name->list.count; k++)
            if (plx_socket_address_equal(&list->at[i], &name->list.at[k]))
                left_out[i] = name->left_out_until[k];
    memcpy(name->left_out_until, left_out, sizeof(left_out));
    name->list = *list;
    name->version++;
}

/* What the log is to tell, once the lock is given back: whoever reads the log may be slow. */
struct news {
    const char *event; /* NULL: nothing */
    char host[256], of[128];
    unsigned addresses;
    int reason;
};

static void
note_news(struct plx_names *names, const struct plx_name *name, const char *event, struct news *news)
{
    names->telling++;
    *news = (struct news){.event = event, .addresses = name->list.count, .reason = name->reason};
    snprintf(news->host, sizeof(news->host), "%s", name->host);
    snprintf(news->of, sizeof(news->of), "%s", name->of);
}

static void
tell(struct plx_names *names, const struct news *news)
{
    if (!news->event)
        return;
    if (news->reason == ARES_SUCCESS)
        plx_log(PLX_LOG_INFO, news->event, PLX_TEXT("name", news->host), PLX_TEXT("of", news->of),
                PLX_NUMBER_OF("addresses", news->addresses));
    else
        plx_log(PLX_LOG_WARN, news->event, PLX_TEXT("name", news->host), PLX_TEXT("of", news->of),
                PLX_TEXT("reason", reason_text(news->reason)),
                PLX_TEXT("mend", news->addresses
                                     ? "its last addresses are used on, and it is looked up again every second; see "
                                       "whether the servers of `resolver` or /etc/resolv.conf answer"
                                     : "it is looked up again every second, and requests to it fail meanwhile; "
                                       "correct the name in the configuration, or see whether the servers of "
                                       "`resolver` or /etc/resolv.conf know it"));
    pthread_mutex_lock(&names->lock);
    names->telling--;
    pthread_cond_broadcast(&names->ended);
    pthread_mutex_unlock(&names->lock);
}

/* With the lock. */
static void
publish(struct plx_names *names, struct plx_name *name, const struct plx_address_list *list, uint64_t ttl_ms,
        struct news *news)
{
    const char *event = name->told ? "name_known" : NULL;
    bool known = name->times.known, same = known && plx_address_lists_same(&name->list, list);

    plx_name_times_found(&name->times, plx_names_now_ms(), ttl_ms);
    name->told = false;
    name->reason = ARES_SUCCESS;
    if (!same) {
        event = known ? "name_changed" : event;
        take_list(name, list);
        plx_names_ports_wake(names);
    }
    if (event)
        note_news(names, name, event, news);
}

/* With the lock. */
static void
fail(struct plx_names *names, struct plx_name *name, struct news *news)
{
    uint64_t now_ms = plx_names_now_ms();
    bool stale = plx_name_is_stale(&name->times, now_ms);

    plx_name_times_failed(&name->times, now_ms);
    name->failures++;
    if (!name->times.known) {
        name->version++;
        plx_names_ports_wake(names);
    }
    if (name->told || (name->times.known && !stale))
        return;
    name->told = true;
    if (name->reason == ARES_SUCCESS) /* an answer without an address */
        name->reason = ARES_ENODATA;
    note_news(names, name, stale ? "name_stale" : "name_unknown", news);
}

/* Some or all that can come of this look-up is there. With the lock. */
static void
conclude(struct plx_names *names, struct plx_name *name, struct news *news)
{
    struct plx_address_list merged;
    uint64_t ttl_ms;

    name->merge_ms = 0;
    switch (plx_name_merge(name->answers, &name->list, &merged, &ttl_ms)) {
    case PLX_OK:
        publish(names, name, &merged, ttl_ms, news);
        break;
    case PLX_AGAIN:
        return;
    default:
        fail(names, name, news);
        break;
    }
    pthread_cond_broadcast(&names->ended);
}

static void
take_answer(struct plx_family_answer *answer, const struct ares_addrinfo *found)
{
    answer->list.count = 0;
    answer->ttl_ms = UINT64_MAX;
    for (const struct ares_addrinfo_cname *at = found->cnames; at; at = at->next)
        if ((uint64_t)at->ttl * 1000 < answer->ttl_ms)
            answer->ttl_ms = (uint64_t)at->ttl * 1000;
    for (const struct ares_addrinfo_node *at = found->nodes; at; at = at->ai_next) {
        union plx_socket_address address = {.any.sa_family = AF_UNSPEC};
        if ((size_t)at->ai_addrlen > sizeof(address))
            continue;
        memcpy(&address, at->ai_addr, at->ai_addrlen);
        if (address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6)
            continue;
        plx_address_list_add(&answer->list, &address);
        uint64_t ttl_ms = at->ai_ttl > 0 ? (uint64_t)at->ai_ttl * 1000 : 0;
        answer->ttl_ms = ttl_ms < answer->ttl_ms ? ttl_ms : answer->ttl_ms;
    }
    answer->state = answer->list.count ? PLX_FAMILY_FOUND : PLX_FAMILY_NONE;
}

static bool
is_canceled(int status)
{
    return status == ARES_EDESTRUCTION || status == ARES_ECANCELLED;
}

/* With the lock: all questions of the look-up have ended. */
static void
end_look_up(struct plx_names *names, struct plx_name *name, bool canceled, struct news *news)
{
    name->times.looking = false;
    if (canceled)
        name->times.due_ms = 0;
    else
        conclude(names, name, news);
    plx_name_release(name);
}

static void
on_answer(void *argument, int status, int timeouts, struct ares_addrinfo *found)
{
    const struct plx_name_question *question = argument;
    struct plx_name *name = question->name;
    struct plx_names *names = name->names;
    struct plx_family_answer *answer = &name->answers[question->family];
    struct news news = {0};

    if (status == ARES_SUCCESS)
        take_answer(answer, found);
    else
        answer->state = status == ARES_ENODATA || status == ARES_ENOTFOUND ? PLX_FAMILY_NONE : PLX_FAMILY_FAILED;
    if (answer->state == PLX_FAMILY_FAILED || name->reason == ARES_SUCCESS)
        name->reason = status;
    pthread_mutex_lock(&names->lock);
    if (--name->asking == 0)
        end_look_up(names, name, is_canceled(status), &news);
    else if (answer->state == PLX_FAMILY_FOUND)
        name->merge_ms = plx_names_now_ms() + PLX_NAME_FAMILY_MS;
    pthread_mutex_unlock(&names->lock);
    ares_freeaddrinfo(found);
    tell(names, &news);
}

/* ---- what is due ---- */

/* The first name that is to be looked up now, and all is ready for its questions; NULL: none. */
static struct plx_name *
next_due(struct plx_names *names)
{
    struct plx_name *due = NULL;

    pthread_mutex_lock(&names->lock);
    for (struct plx_list *at = names->names.next; at != &names->names && !due; at = at->next) {
        struct plx_name *name = PLX_CONTAINER(at, struct plx_name, link);
        if (plx_name_is_due(&name->times, plx_names_now_ms()))
            due = name;
    }
    if (due) {
        due->times.looking = true;
        due->lookups++;
        due->asking = PLX_NAME_FAMILIES;
        due->reason = ARES_SUCCESS;
    }
    pthread_mutex_unlock(&names->lock);
    return due;
}

static const int families[PLX_NAME_FAMILIES] = {AF_INET6, AF_INET};

/* What /etc/hosts has of one family. */
static void
read_hosts(const struct plx_names *names, const char *host, int family, struct plx_family_answer *answer)
{
    struct hostent *entry;

    answer->state = PLX_FAMILY_NONE;
    answer->ttl_ms = PLX_NAMES_HOSTS_MS;
    answer->list.count = 0;
    if (ares_gethostbyname_file(names->channel, host, family, &entry) != ARES_SUCCESS)
        return;
    for (char **at = entry->h_addr_list; *at; at++) {
        union plx_socket_address address = {.any.sa_family = (sa_family_t)family};
        if (family == AF_INET)
            memcpy(&address.v4.sin_addr, *at, sizeof(address.v4.sin_addr));
        else
            memcpy(&address.v6.sin6_addr, *at, sizeof(address.v6.sin6_addr));
        plx_address_list_add(&answer->list, &address);
        answer->state = PLX_FAMILY_FOUND;
    }
    ares_free_hostent(entry);
}

/* This machine, whatever servers say (RFC 6761, 6.3). */
static bool
is_localhost(const char *host)
{
    static const char localhost[] = ".localhost";
    size_t len = strlen(host);

    return strcasecmp(host, localhost + 1) == 0 ||
           (len >= sizeof(localhost) && strcasecmp(host + len - (sizeof(localhost) - 1), localhost) == 0);
}

static void
add_loopback(struct plx_family_answer *answer, int family)
{
    union plx_socket_address address = {.any.sa_family = (sa_family_t)family};

    if (family == AF_INET)
        address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        address.v6.sin6_addr = in6addr_loopback;
    plx_address_list_add(&answer->list, &address);
    answer->state = PLX_FAMILY_FOUND;
}

/* A name that this machine knows, in either family, is no question for a server, in neither. */
static bool
is_in_hosts(struct plx_names *names, struct plx_name *name)
{
    bool found = false;

    for (unsigned i = 0; i < PLX_NAME_FAMILIES; i++) {
        read_hosts(names, name->host, families[i], &name->answers[i]);
        found |= name->answers[i].state == PLX_FAMILY_FOUND;
    }
    for (unsigned i = 0; i < PLX_NAME_FAMILIES && !found && is_localhost(name->host); i++)
        add_loopback(&name->answers[i], families[i]);
    return found || is_localhost(name->host);
}

static void
ask(struct plx_names *names, struct plx_name *name)
{
    if (is_in_hosts(names, name)) {
        struct news news = {0};
        pthread_mutex_lock(&names->lock);
        name->asking = 0;
        end_look_up(names, name, false, &news);
        pthread_mutex_unlock(&names->lock);
        tell(names, &news);
        return;
    }
    for (unsigned i = 0; i < PLX_NAME_FAMILIES; i++)
        name->answers[i].state = PLX_FAMILY_LOOKING;
    /* After the last question it may be gone. */
    for (unsigned i = 0; i < PLX_NAME_FAMILIES; i++) {
        const struct ares_addrinfo_hints hints = {
            .ai_flags = ARES_AI_NOSORT, .ai_family = families[i], .ai_socktype = SOCK_STREAM}; /* they take turns */
        ares_getaddrinfo(names->channel, name->host, NULL, &hints, on_answer, &name->questions[i]);
    }
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Uses what of one name has waited long enough for its other family. False: there is none such. */
static bool
merge_late(struct plx_names *names)
{
    struct news news = {0};
    bool merged = false;

    pthread_mutex_lock(&names->lock);
    for (struct plx_list *at = names->names.next; at != &names->names && !merged; at = at->next) {
        struct plx_name *name = PLX_CONTAINER(at, struct plx_name, link);
        merged = name->merge_ms && name->merge_ms <= plx_names_now_ms();
        if (merged)
            conclude(names, name, &news);
    }
    pthread_mutex_unlock(&names->lock);
    tell(names, &news);
    return merged;
}

/* When something is to be done next; UINT64_MAX: never. */
static uint64_t
next_time(struct plx_names *names)
{
    uint64_t next_ms = UINT64_MAX;

    pthread_mutex_lock(&names->lock);
    for (struct plx_list *at = names->names.next; at != &names->names; at = at->next) {
        const struct plx_name *name = PLX_CONTAINER(at, struct plx_name, link);
        if (name->merge_ms)
            next_ms = earlier(next_ms, name->merge_ms);
        if (!name->times.looking)
            next_ms = earlier(next_ms, name->times.due_ms);
    }
    pthread_mutex_unlock(&names->lock);
    return next_ms;
}

static void
on_timer(uv_timer_t *timer)
{
    struct plx_names *names = PLX_CONTAINER(timer, struct plx_names, timer);

    if (names->channel)
        ares_process_fd(names->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    look(names);
}

/* Does all that is due, and sets the timer for what comes next. */
static void
look(struct plx_names *names)
{
    struct plx_name *name;
    struct timeval left;

    take_servers(names);
    while (names->channel && (name = next_due(names)))
        ask(names, name);
    while (merge_late(names))
        ;
    uint64_t next_ms = next_time(names), now_ms = plx_names_now_ms();
    uint64_t in_ms = next_ms == UINT64_MAX ? UINT64_MAX : next_ms > now_ms ? next_ms - now_ms : 0;
    if (!names->channel)
        in_ms = CHANNEL_AGAIN_MS;
    else if (ares_timeout(names->channel, NULL, &left))
        in_ms = earlier(in_ms, (uint64_t)left.tv_sec * 1000 + (uint64_t)left.tv_usec / 1000 + 1);
    uv_update_time(&names->loop);
    if (in_ms == UINT64_MAX)
        uv_timer_stop(&names->timer);
    else
        uv_timer_start(&names->timer, on_timer, in_ms ? in_ms : 1, 0);
    if (names->changed)
        names->changed(names->owner);
}

/* ---- the thread ---- */

static void
close_handle(uv_handle_t *handle, void *unused)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void
on_wake(uv_async_t *wake)
{
    struct plx_names *names = PLX_CONTAINER(wake, struct plx_names, wake);

    pthread_mutex_lock(&names->lock);
    bool ending = names->ending;
    pthread_mutex_unlock(&names->lock);
    if (ending)
        uv_stop(&names->loop);
    else
        look(names);
}

static void *
resolve(void *argument)
{
    struct plx_names *names = argument;

    uv_run(&names->loop, UV_RUN_DEFAULT);
    if (names->channel)
        ares_destroy(names->channel); /* which ends all questions */
    uv_walk(&names->loop, close_handle, NULL);
    while (uv_run(&names->loop, UV_RUN_DEFAULT) != 0)
        ;
    return NULL;
}

bool
plx_resolver_start(struct plx_names *names)
{
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS || uv_loop_init(&names->loop) != 0)
        return false;
    if (uv_async_init(&names->loop, &names->wake, on_wake) == 0 && uv_timer_init(&names->loop, &names->timer) == 0 &&
        plx_thread_start(&names->thread, resolve, names))
        return true;
    uv_walk(&names->loop, close_handle, NULL);
    while (uv_run(&names->loop, UV_RUN_DEFAULT) != 0)
        ;
    uv_loop_close(&names->loop);
    return false;
}

void
plx_resolver_end(struct plx_names *names)
{
    pthread_mutex_lock(&names->lock);
    names->ending = true;
    pthread_mutex_unlock(&names->lock);
    uv_async_send(&names->wake);
    pthread_join(names->thread, NULL);
    PLX_ASSERT(uv_loop_close(&names->loop) == 0);
    ares_library_cleanup();
    free(names->asked);
}
