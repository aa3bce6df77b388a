/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that take turns. */
#include "traffic/net/address_choice.h"

_Static_assert(PLX_NAME_ADDRESSES_MAX <= 64, "a bit of plx_address_tries for each");

static struct plx_address_place *
place_of(struct plx_address_choice *choice, const union plx_socket_address *address)
{
    for (unsigned i = 0; i < choice->count; i++)
        if (plx_socket_address_equal(&choice->at[i].address, address))
            return &choice->at[i];
    return NULL;
}

bool
plx_address_choice_has(const struct plx_address_choice *choice, const union plx_socket_address *address)
{
    return place_of((struct plx_address_choice *)choice, address) != NULL;
}

void
plx_address_choice_take(struct plx_address_choice *choice, const union plx_socket_address *list, unsigned count)
{
    struct plx_address_choice before = *choice;

    choice->count = count < PLX_NAME_ADDRESSES_MAX ? count : PLX_NAME_ADDRESSES_MAX;
    choice->version++;
    for (unsigned i = 0; i < choice->count; i++) {
        const struct plx_address_place *known = place_of(&before, &list[i]);
        choice->at[i] = (struct plx_address_place){list[i], known ? known->left_out_until : 0};
    }
}

static bool
is_left_out(const struct plx_address_place *place, uint64_t now_ms)
{
    return place->left_out_until > now_ms;
}

const union plx_socket_address *
plx_address_choice_turn(struct plx_address_choice *choice, uint64_t now_ms)
{
    if (choice->count == 0)
        return NULL;
    unsigned next = (choice->turn + 1) % choice->count, first = next;

    for (unsigned i = 0; i < choice->count; i++, next = (next + 1) % choice->count)
        if (!is_left_out(&choice->at[next], now_ms)) {
            choice->turn = next;
            return &choice->at[next].address;
        }
    choice->turn = first;
    return &choice->at[first].address;
}

/* What speaks against it; a lower number goes first. */
static unsigned
reluctance(const struct plx_address_place *place, const struct plx_address_tries *tries, uint64_t now_ms)
{
    return 2 * is_left_out(place, now_ms) + (place->address.any.sa_family == tries->family);
}

const union plx_socket_address *
plx_address_choice_try(const struct plx_address_choice *choice, struct plx_address_tries *tries, uint64_t now_ms)
{
    unsigned best = 0, least = UINT32_MAX;

    if (tries->version != choice->version) /* all of them are worth a try */
        *tries = (struct plx_address_tries){.version = choice->version, .family = tries->family};
    for (unsigned i = 0; i < choice->count; i++) {
        unsigned at = (choice->turn + i) % choice->count;
        if (tries->tried >> at & 1)
            continue;
        unsigned against = reluctance(&choice->at[at], tries, now_ms);
        if (against < least) {
            least = against;
            best = at;
        }
    }
    if (least == UINT32_MAX)
        return NULL;
    tries->tried |= (uint64_t)1 << best;
    tries->family = choice->at[best].address.any.sa_family;
    return &choice->at[best].address;
}

bool
plx_address_choice_is_left(const struct plx_address_choice *choice, const struct plx_address_tries *tries)
{
    uint64_t all = choice->count == 64 ? UINT64_MAX : ((uint64_t)1 << choice->count) - 1;

    return tries->version != choice->version ? choice->count > 0 : (tries->tried & all) != all;
}

bool
plx_address_choice_failed(struct plx_address_choice *choice, const union plx_socket_address *address, uint64_t now_ms)
{
    struct plx_address_place *place = place_of(choice, address);

    if (!place || choice->count < 2)
        return false;
    bool before = is_left_out(place, now_ms);
    place->left_out_until = now_ms + PLX_ADDRESS_LEFT_OUT_MS;
    return !before;
}
