/* SPDX-License-Identifier: Apache-2.0 */
/* Intrusive doubly linked lists: a node lies in its owner; a list is a node that points to itself when empty. */
#ifndef PLX_BASE_LIST_H
#define PLX_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct plx_list {
    struct plx_list *prev, *next;
};

static inline void
plx_list_init(struct plx_list *list)
{
    list->prev = list->next = list;
}

static inline bool
plx_list_empty(const struct plx_list *list)
{
    return list->next == list;
}

static inline void
plx_list_push_front(struct plx_list *list, struct plx_list *node)
{
    node->prev = list;
    node->next = list->next;
    list->next->prev = node;
    list->next = node;
}

static inline void
plx_list_push_back(struct plx_list *list, struct plx_list *node)
{
    plx_list_push_front(list->prev, node);
}

/* Fine for a node that is in no list, once initialised. */
static inline void
plx_list_remove(struct plx_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    plx_list_init(node);
}

#endif
