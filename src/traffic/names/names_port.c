/* SPDX-License-Identifier: Apache-2.0 */
/* How loops are told of answers. The hard thing: a user that is told may leave, join, or take other users of its loop
 * along, so each is taken off a list of those to be told before it is. */
#include "traffic/names/names_port.h"

#include "base/assert.h"
#include "traffic/names/names_state.h"

/* The next of those to be told; NULL: there is none. Its answer is copied, since the lock can't be held while it is
 * told. */
static struct plx_name_user *
next_told(struct plx_names_port *port, struct plx_list *telling, struct plx_address_list *found)
{
    struct plx_name_user *user = NULL;

    pthread_mutex_lock(&port->names->lock);
    while (!user && !plx_list_empty(telling)) {
        struct plx_name_user *at = PLX_CONTAINER(telling->next, struct plx_name_user, link);
        plx_list_remove(&at->link);
        plx_list_push_back(&port->users, &at->link);
        if (at->seen == at->name->version)
            continue;
        user = at;
        user->seen = user->name->version;
        *found = user->name->list;
    }
    pthread_mutex_unlock(&port->names->lock);
    return user;
}

static void
on_port_wake(uv_async_t *wake)
{
    struct plx_names_port *port = PLX_CONTAINER(wake, struct plx_names_port, wake);
    struct plx_address_list found;
    struct plx_list telling;
    struct plx_name_user *user;

    plx_list_init(&telling);
    if (!plx_list_empty(&port->users)) { /* all of them move over */
        telling = port->users;
        telling.next->prev = telling.prev->next = &telling;
        plx_list_init(&port->users);
    }
    while ((user = next_told(port, &telling, &found)))
        user->told(user, found.count ? &found : NULL);
}

void
plx_names_ports_wake(struct plx_names *names)
{
    for (struct plx_list *at = names->ports.next; at != &names->ports; at = at->next)
        uv_async_send(&PLX_CONTAINER(at, struct plx_names_port, link)->wake);
}

bool
plx_names_port_init(struct plx_names_port *port, struct plx_names *names, uv_loop_t *loop)
{
    plx_list_init(&port->users);
    if (uv_async_init(loop, &port->wake, on_port_wake) != 0)
        return false;
    port->names = names;
    pthread_mutex_lock(&names->lock);
    plx_list_push_back(&names->ports, &port->link);
    pthread_mutex_unlock(&names->lock);
    return true;
}

void
plx_names_port_close(struct plx_names_port *port)
{
    if (!port->names)
        return;
    pthread_mutex_lock(&port->names->lock);
    plx_list_remove(&port->link);
    pthread_mutex_unlock(&port->names->lock);
    uv_close((uv_handle_t *)&port->wake, NULL);
}

enum plx_status
plx_names_join(struct plx_names_port *port, struct plx_name_user *user, const char *host)
{
    struct plx_names *names = port->names;

    if (!names)
        return PLX_E_CONNECT;
    pthread_mutex_lock(&names->lock);
    struct plx_name *name = plx_name_find_or_add(names, host, false);
    bool is_new = name && name->version == 0, is_known = name && name->times.known;
    if (name) {
        name->users++;
        user->seen = is_known ? 0 : name->version;
    }
    pthread_mutex_unlock(&names->lock);
    if (!name)
        return PLX_E_MEMORY;
    user->name = name;
    user->port = port;
    plx_list_push_back(&port->users, &user->link);
    if (is_known)
        uv_async_send(&port->wake);
    else if (is_new)
        uv_async_send(&names->wake);
    return PLX_OK;
}

void
plx_names_leave(struct plx_name_user *user)
{
    if (!user->name)
        return;
    pthread_mutex_lock(&user->port->names->lock);
    user->name->users--;
    plx_name_release(user->name);
    pthread_mutex_unlock(&user->port->names->lock);
    user->name = NULL;
    plx_list_remove(&user->link);
}

void
plx_names_note_left_out(struct plx_name_user *user, const union plx_socket_address *address, uint32_t for_ms)
{
    struct plx_name *name = user->name;

    if (!name)
        return;
    pthread_mutex_lock(&user->port->names->lock);
    name->left_out_total++;
    for (unsigned i = 0; i < name->list.count; i++)
        if (plx_socket_address_equal(&name->list.at[i], address))
            name->left_out_until[i] = plx_names_now_ms() + for_ms;
    pthread_mutex_unlock(&user->port->names->lock);
}
