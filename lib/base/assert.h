/* SPDX-License-Identifier: Apache-2.0 */
/* Asserts that stay on in release: for what our own code guarantees, never for a peer's bytes or for configuration. */
#ifndef PLX_BASE_ASSERT_H
#define PLX_BASE_ASSERT_H

#include <stdio.h>
#include <stdlib.h>

#define PLX_ASSERT(condition)                                                                             \
    do {                                                                                                  \
        if (__builtin_expect(!(condition), 0)) {                                                          \
            fprintf(stderr, "parallax: broken invariant at %s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                                      \
        }                                                                                                 \
    } while (0)

/* The structure that a member is embedded in. */
#define PLX_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#define PLX_COUNT(array)                 (sizeof(array) / sizeof((array)[0]))

#endif
