/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations of the product that fail by chance. The program is linked so that each of ours goes through here (--wrap,
 * see meson.build); those inside of other libraries do not.
 */
#include "sim.h"

#define ONE_IN 500u

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

static _Thread_local struct sim *failing; /* NULL: none fails */

void
sim_memory_begin(struct sim *sim)
{
    sim->allocations = sim_chances(sim, 0, 12);
    failing = sim;
}

void
sim_memory_end(void)
{
    failing = NULL;
}

static bool
fails_now(void)
{
    return failing && failing->world.in_product && world_below(&failing->allocations, ONE_IN) == 0;
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
