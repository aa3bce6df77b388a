/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asked: what an exchange tells the one whose request it is, without knowing what that is (a connection of HTTP/1).
 * An answer is a head, a body as it comes, a trailer and an end; how they are written is the client's.
 *
 *   (go_on | interim)* head body* end    answered: the client asks its next
 *   (go_on | interim)* head body*        cut
 *   (go_on | interim)* head              tunnel
 *   (go_on | interim)* own               answered
 *
 * `answered`, `cut` and `tunnel` each are the last thing that it is told; the exchange is not its own any more.
 */
#ifndef PLX_EXCHANGE_EXCHANGE_CLIENT_H
#define PLX_EXCHANGE_EXCHANGE_CLIENT_H

#include "service/service.h"
#include "traffic/http1/wire.h"
#include "traffic/net/upstream_pool.h"

struct plx_http1_head;
struct plx_exchange_client;

/* Of a spy's listener: where its connections belong. */
struct plx_spy_port {
    size_t spy; /* its index, which is its service's in the snapshot, too */
    enum plx_role side;
};

/* A short answer of our own. */
struct plx_own_answer {
    int status;
    struct plx_slice lines; /* header lines; Content-Length and what concerns the connection are the client's */
    struct plx_slice body;
    bool head_only; /* only its length is told */
};

struct plx_exchange_client_ops {
    void (*go_on)(struct plx_exchange_client *client);                                      /* 100: the body may come */
    void (*interim)(struct plx_exchange_client *client, const struct plx_http1_head *head); /* another 1xx, but 101 */
    void (*head)(struct plx_exchange_client *client, const struct plx_http1_head *head);
    /* The bytes stay as they are until the next flush or end. */
    void (*body)(struct plx_exchange_client *client, struct plx_slice data);
    void (*end)(struct plx_exchange_client *client, struct plx_slice trailer);
    /* What has been told goes out. false: the client takes no more for now, plx_exchange_client_drained() says when. */
    bool (*flush)(struct plx_exchange_client *client);
    /* The answer is whole, the request is not: whether its rest still comes, so that the client may ask its next. */
    bool (*stays)(struct plx_exchange_client *client);
    void (*own)(struct plx_exchange_client *client, const struct plx_own_answer *answer);
    void (*answered)(struct plx_exchange_client *client); /* the answer is whole, the exchange not the client's now */
    void (*cut)(struct plx_exchange_client *client);      /* the answer can't be completed, which the client must see */
    void (*resume)(struct plx_exchange_client *client);   /* the serving role takes more of the request's body */
    /* Bytes go both ways as they are; early: what the peer has sent already. The peer becomes the client's. */
    void (*tunnel)(struct plx_exchange_client *client, struct plx_peer *peer, struct plx_slice early);
};

struct plx_exchange_client {
    const struct plx_exchange_client_ops *ops;
    const struct plx_spy_port *port; /* NULL: it came to a service, not to a spy */
    const char *address;             /* as text; outlives its exchange's beginning */
};

#endif
