/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations that fail when told to, for programs that are linked so that each of ours goes through here (--wrap, see
 * meson.build); those inside of other libraries do not. Included by one file of a program only.
 */
#ifndef TEST_FAILING_MEMORY_H
#define TEST_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

static struct {
    bool on, for_good;
    size_t allocations, failing_one;
} failing;

/* From now on the at-th allocation (the first is 1) fails; stays: and all that follow. */
static inline void
start_failing(size_t at, bool stays)
{
    failing.allocations = 0;
    failing.failing_one = at;
    failing.for_good = stays;
    failing.on = true;
}

/* Whether an allocation has failed since, which says that there may be more to try. */
static inline bool
stop_failing(void)
{
    failing.on = false;
    return failing.allocations >= failing.failing_one;
}

static inline bool
fails_now(void)
{
    if (!failing.on)
        return false;
    failing.allocations++;
    return failing.for_good ? failing.allocations >= failing.failing_one : failing.allocations == failing.failing_one;
}

void *
__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *ptr, size_t size)
{
    return fails_now() ? NULL : __real_realloc(ptr, size);
}

char *
__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : __real_strdup(text);
}

char *
__wrap_strndup(const char *text, size_t len)
{
    return fails_now() ? NULL : __real_strndup(text, len);
}

#endif
