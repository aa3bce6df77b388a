/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change that a client of the admin side asks for is one that makes sense, or it is refused with words; and a
 * request, however it is written, comes to a side that depends on the share alone, and on more of it only towards the
 * candidate.
 */
#include "control/rollout/rollout.h"
#include "service/clients.h"
#include "traffic/http1/head.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)  \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

static char service_name[] = "payment", trait_name[] = "id", trait_value[] = "1";

static void
check_wish(struct plx_slice json, enum plx_change_kind kind)
{
    struct plx_rollout_wish wish, again;
    struct plx_rollout_error error = {0};

    bool ok = plx_rollout_read(json, kind, &wish, &error);
    CHECK(plx_rollout_read(json, kind, &again, &error) == ok);
    if (!ok) {
        CHECK(error.status == 400 && error.code && *error.message);
        return;
    }
    CHECK(wish.kind == kind && plx_change_reason_is_fit(plx_slice_of(wish.reason)));
    CHECK((wish.has_stage || wish.has_share) == (kind == PLX_CHANGE_STAGE));
    CHECK(!wish.has_stage || (unsigned)wish.stage <= PLX_STAGE_CANDIDATE);
    CHECK(!wish.has_share || wish.share <= PLX_SHARE_ALL);
    CHECK(!wish.has_stage || !wish.has_share || wish.stage == PLX_STAGE_CANARY);
    CHECK(wish.stage == again.stage && wish.share == again.share);
}

static void
check_sides(const struct plx_http_head *head, enum plx_client_by by, enum plx_client_by only)
{
    struct plx_service service = {.name = service_name,
                                  .stage = PLX_STAGE_CANARY,
                                  .by = {.by = by, .name = trait_name},
                                  .only = {.by = only, .name = trait_name, .value = trait_value}};
    bool before = false;

    for (uint32_t share = 0; share <= PLX_SHARE_ALL; share += PLX_SHARE_ALL / 4) {
        uint32_t turn = 0;
        service.share = share;
        enum plx_role role = plx_clients_draw(&service, head, plx_slice_of("::1"), &turn).role;
        CHECK(role == PLX_PRIMARY || role == PLX_CANDIDATE);
        CHECK(share > 0 || role == PLX_PRIMARY);
        CHECK(share < PLX_SHARE_ALL || role == PLX_CANDIDATE || only != PLX_CLIENT_REQUEST);
        if (by == PLX_CLIENT_REQUEST)
            continue;
        CHECK(turn == 0 && (role == PLX_CANDIDATE || !before));
        before = role == PLX_CANDIDATE;
    }
}

static void
check_request(struct plx_slice bytes)
{
    static struct plx_http1_head head;
    struct plx_http_error error;
    size_t scanned = 0;

    if (plx_http_read_request(bytes, &scanned, &head, &error) != PLX_OK)
        return;
    struct plx_slice value = plx_clients_cookie(&head.message, plx_slice_of(trait_name));
    if (value.ptr) {
        CHECK(value.ptr > head.bytes.ptr && value.ptr + value.len < head.bytes.ptr + head.bytes.len);
        CHECK(!memchr(value.ptr, ';', value.len) && !memchr(value.ptr, '\n', value.len));
    }
    for (int by = PLX_CLIENT_REQUEST; by < PLX_CLIENT_BY_COUNT; by++)
        for (int only = PLX_CLIENT_REQUEST; only < PLX_CLIENT_ADDRESS; only++)
            check_sides(&head.message, (enum plx_client_by)by, (enum plx_client_by)only);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_slice input = plx_slice_make(size ? (const char *)data : "", size);

    check_wish(input, PLX_CHANGE_STAGE);
    check_wish(input, PLX_CHANGE_PAUSE);
    check_request(input);
    return 0;
}
