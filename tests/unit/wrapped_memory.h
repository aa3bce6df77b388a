/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For programs that are linked so that each of our allocations goes through here (--wrap, see meson.build); those
 * inside of other libraries do not. Included by one file of a program only, behind its fails_now(), which says whether
 * the one that is asked for fails.
 */
#ifndef TEST_WRAPPED_MEMORY_H
#define TEST_WRAPPED_MEMORY_H

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
