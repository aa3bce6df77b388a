/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every other public header stands on: the status of an operation, slices and
 * the embedder's allocator. Nothing here allocates, prints or keeps state.
 */
#ifndef PARALLAX_BASE_H
#define PARALLAX_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PLX_API      __attribute__((visibility("default")))
#define PLX_MUST_USE __attribute__((warn_unused_result))
#else
#define PLX_API
#define PLX_MUST_USE
#endif

/*
 * Every status there is: name, number, text. 0 is done, above 0 is "not yet" (no error),
 * below 0 has failed. The text is for people and has no full stop.
 */
#define PLX_STATUS_MAP(X)                                               \
    X(PLX_OK, 0, "done")                                                \
    X(PLX_AGAIN, 1, "more input is needed")                             \
    X(PLX_DONE, 2, "the end has been reached")                          \
    X(PLX_E_MEMORY, -1, "out of memory")                                \
    X(PLX_E_LIMIT, -2, "a limit has been reached")                      \
    X(PLX_E_SYNTAX, -3, "the input is not well-formed")                 \
    X(PLX_E_DEPTH, -4, "nested too deep")                               \
    X(PLX_E_ENCODING, -5, "the text is not valid UTF-8")                \
    X(PLX_E_ARGUMENT, -6, "an argument is not valid")                   \
    X(PLX_E_NOT_FOUND, -7, "no such thing")                             \
    X(PLX_E_UNSUPPORTED, -8, "not supported")                           \
    X(PLX_E_IO, -9, "reading or writing has failed")                    \
    X(PLX_E_CONNECT, -10, "no connection could be made")                \
    X(PLX_E_TIMEOUT, -11, "it has taken too long")                      \
    X(PLX_E_RESET, -12, "the peer has closed the connection too early") \
    X(PLX_E_PROTOCOL, -13, "the peer does not speak the protocol")      \
    X(PLX_E_CANCELED, -14, "canceled")                                  \
    X(PLX_E_TOO_LARGE, -15, "larger than allowed when decoded")

enum plx_status {
#define PLX_STATUS_ENUM(name, number, text) name = (number),
    PLX_STATUS_MAP(PLX_STATUS_ENUM)
#undef PLX_STATUS_ENUM
};

/* The text of a status; "unknown status" for a number that is none. Static, never NULL. */
PLX_API const char *plx_status_text(enum plx_status status);

/* Bytes that somebody else owns. Never assumed to end in NUL; ptr may be NULL where len is 0. */
struct plx_slice {
    const char *ptr;
    size_t len;
};

static inline struct plx_slice
plx_slice_of(const char *text)
{
    struct plx_slice s = {text, text ? strlen(text) : 0};
    return s;
}

static inline struct plx_slice
plx_slice_make(const void *ptr, size_t len)
{
    struct plx_slice s = {(const char *)ptr, len};
    return s;
}

static inline bool
plx_slice_equal(struct plx_slice a, struct plx_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Equal but for the case of ASCII letters. */
PLX_API bool plx_slice_equal_nocase(struct plx_slice a, struct plx_slice b);

/*
 * Where memory comes from. resize() with ptr NULL allocates; it may move the block and returns
 * NULL, leaving the old block as it was, where there is no memory. A NULL allocator, where a function takes
 * one, means malloc, realloc and free.
 */
struct plx_allocator {
    void *(*resize)(void *context, void *ptr, size_t old_size, size_t new_size);
    void (*release)(void *context, void *ptr, size_t size);
    void *context;
};

#ifdef __cplusplus
}
#endif
#endif
