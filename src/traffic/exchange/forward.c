/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the serving role, as HTTP/1.1 writes it. */
#include "traffic/exchange/forward.h"
#include "traffic/http1/write.h"

/* As the role's URL has it: host and port, brackets included. */
static struct plx_slice
authority_of(const struct plx_upstream *role)
{
    if (!role->url)
        return plx_slice_make(NULL, 0); /* at a spy's address, where nothing is passed on */
    const char *begin = strstr(role->url, "://");

    begin = begin ? begin + 3 : role->url;
    return plx_slice_make(begin, strcspn(begin, "/?#"));
}

bool
plx_forward_heads(struct plx_exchange *exchange, const struct plx_http1_head *head, struct plx_slice name)
{
    struct plx_http_forward forward = {
        .client_address = plx_slice_of(exchange->address),
        .authority = authority_of(&exchange->service->roles[exchange->terms.serving]),
        .scheme = plx_slice_of("http"),
        .upgrade = exchange->terms.upgrade,
        .framing = head->framing,
        .content_length = head->content_length,
        .exchange = name,
    };

    plx_http_write_request(&exchange->heads, head, &forward);
    size_t head_len = exchange->heads.len;
    forward.exchange = plx_slice_make(exchange->id, PLX_EXCHANGE_ID_BYTES);
    forward.drop_expect = true;
    for (int role = 0; role < PLX_ROLES; role++) {
        if (exchange->copy && role != (int)exchange->terms.serving && exchange->service->roles[role].url) {
            forward.role = plx_role_text((enum plx_role)role);
            forward.authority = authority_of(&exchange->service->roles[role]);
            plx_http_write_request(&exchange->heads, head, &forward);
        }
        exchange->copy_head_ends[role] = exchange->heads.len;
    }
    exchange->terms.head = plx_slice_make(exchange->heads.ptr, head_len);
    return !exchange->heads.failed;
}

void
plx_forward_begin(struct plx_exchange *exchange)
{
    plx_call_start(plx_exchange_serving(exchange), &exchange->terms.head, 1);
}

void
plx_forward_body(struct plx_exchange *exchange, struct plx_slice data)
{
    struct plx_slice slices[3];
    char line[20];
    size_t count = 0;

    if (exchange->framing == PLX_FRAMING_CHUNKED)
        slices[count++] = plx_slice_make(line, plx_http_chunk_line(line, data.len));
    slices[count++] = data;
    if (exchange->framing == PLX_FRAMING_CHUNKED)
        slices[count++] = plx_slice_of("\r\n");
    plx_call_send(plx_exchange_serving(exchange), slices, count);
}

void
plx_forward_end(struct plx_exchange *exchange, struct plx_slice trailer)
{
    struct plx_call *serving = plx_exchange_serving(exchange);

    if (exchange->framing == PLX_FRAMING_CHUNKED) {
        struct plx_slice slices[] = {plx_slice_of("0\r\n"), trailer, plx_slice_of("\r\n")};
        plx_call_send(serving, slices, PLX_COUNT(slices));
        plx_buffer_add(&exchange->trailer, trailer);
    }
}
