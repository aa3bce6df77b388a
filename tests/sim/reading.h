/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 as the simulation's clients and roles read it, written apart from the product's: strict, and with nothing
 * that the product does not need.
 */
#ifndef TEST_SIM_READING_H
#define TEST_SIM_READING_H

#include "base/buffer.h"

enum sim_read {
    SIM_READ_MORE, /* all bytes are used */
    SIM_READ_HEAD, /* it stands in head; say what body follows by sim_reader_body() */
    SIM_READ_DATA, /* some of the body */
    SIM_READ_DONE, /* trailer has the lines behind chunks; the next head begins */
    SIM_READ_BAD,
};

enum sim_read_state {
    SIM_AT_HEAD,
    SIM_AT_LENGTH,
    SIM_AT_CHUNK_LINE,
    SIM_AT_CHUNK,
    SIM_AT_CHUNK_END,
    SIM_AT_TRAILER,
    SIM_AT_REST, /* until the connection's end */
    SIM_AT_END,
};

struct sim_reader {
    enum sim_read_state state;
    struct plx_buffer head, line, trailer;
    uint64_t left;
};

void sim_reader_init(struct sim_reader *reader);
void sim_reader_fini(struct sim_reader *reader);
/* Takes bytes off input until there is something to tell. */
enum sim_read sim_reader_read(struct sim_reader *reader, struct plx_slice *input, struct plx_slice *data);
/* After a head: none of a body (also as the head says). false: its lengths are no lengths. */
bool sim_reader_body(struct sim_reader *reader, bool none, bool may_end_with_connection);
/* The value of a header line of the head; empty where there is none. */
struct plx_slice sim_header(struct plx_slice head, const char *name);
/* A number at the beginning of text. */
long sim_number(struct plx_slice text);

#endif
