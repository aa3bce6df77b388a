/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the serving role, as HTTP/1.1 writes it. */
#include "traffic/exchange/forward.h"

#include "traffic/exchange/requests.h"
#include "traffic/http1/write.h"

void
plx_forward_begin(struct plx_exchange *exchange)
{
    plx_call_start(plx_exchange_serving(exchange), plx_slice_make("", 0));
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
        struct plx_slice slices[] = {plx_slice_of("0\r\n"),
                                     plx_requests_trailer(exchange, exchange->terms.serving, trailer),
                                     plx_slice_of("\r\n")};
        plx_call_send(serving, slices, PLX_COUNT(slices));
        plx_buffer_add(&exchange->trailer, trailer);
    }
}
